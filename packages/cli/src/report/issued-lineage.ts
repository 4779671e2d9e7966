// What is said of a lineage that was just obtained or renewed: its files, and what that takes to stay good.
import type { Lineage } from '@certward/engine';
import { optionTable } from '../args/table.ts';
import type { Context } from '../context.ts';
import type { Settings } from '../settings/settings.ts';
import type { IssuedReport } from './issued.ts';

/** The report on a lineage. `nextSteps` come before what we know ourselves. */
export function issuedReportOf(
  lineage: Lineage,
  { values }: Settings,
  { program, folders, nextSteps = [] }: Pick<Context, 'program' | 'folders'> & { readonly nextSteps?: readonly string[] },
): IssuedReport {
  const byHand = values.authenticator === 'manual' && values.manualAuthHook === undefined;
  const onlyByHand = `This certificate will not be renewed automatically. Autorenewal of --manual certificates requires the use of an authentication hook script (--manual-auth-hook) but one was not provided. To renew this certificate, repeat this same ${program} command before the certificate's expiry date.`;
  return {
    fullchainPath: lineage.links.fullchain,
    privkeyPath: lineage.links.privkey,
    notAfter: lineage.certificate.notAfter,
    renewable: !byHand && !values.noAutorenew,
    // The packager's timer knows only the usual folder.
    preconfiguredRenewal: values.preconfiguredRenewal && folders.config === optionTable.configDir.defaultValue,
    nextSteps: [...nextSteps, ...(byHand ? [onlyByHand] : [])],
    program,
  };
}
