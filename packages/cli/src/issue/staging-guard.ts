// Keeps a certificate that nobody trusts from replacing one that everybody does. Text as Certbot's.
import type { Lineage } from '@certward/engine';
import { cliError } from '../errors.ts';
import { isStagingServer } from '../settings/server.ts';
import type { Settings } from '../settings/settings.ts';

/** Throws `argumentConflict` unless `--break-my-certs` allows it, or nothing is saved anyway. */
export function refuseStagingOverReal({ values }: Settings, lineage: Lineage): void {
  if (values.breakMyCerts || values.dryRun || !isStagingServer(values.server) || isStagingServer(lineage.conf.server)) return;
  const names = lineage.certificate.identifiers.map(({ value }) => value).join(', ');
  throw cliError(
    'argumentConflict',
    `You've asked to renew/replace a seemingly valid certificate with a test certificate (domains: ${names}). We will not do that unless you use the --break-my-certs flag!`,
  );
}
