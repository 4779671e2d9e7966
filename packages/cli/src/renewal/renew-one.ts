// Renews one due certificate with its stored settings and what was typed on top of them.
import type { Identifier } from '@certward/pki';
import { cliError } from '../errors.ts';
import { settleAuthenticator } from '../issue/choose-authenticator.ts';
import { type Obtained, obtainLineage } from '../issue/obtain.ts';
import type { IssueSession } from '../issue/session.ts';
import { refuseStagingOverReal } from '../issue/staging-guard.ts';
import { validateHooks } from '../hooks/validate-hooks.ts';
import { chosenPlugins } from '../settings/plugins.ts';
import { resolveServer } from '../settings/server.ts';
import type { Settings } from '../settings/settings.ts';
import { restoreSettings, storedSettingsOf } from '../settings/stored.ts';

/** Waits before the first attempt of an unattended run. */
export interface RenewOneOptions {
  readonly session: IssueSession;
  readonly beforeFirst: () => Promise<void>;
}

/** Renews. Throws whatever stands in the way; the caller goes on with the next certificate. */
export async function renewOne(name: string, typed: Settings, { session, beforeFirst }: RenewOneOptions): Promise<Obtained> {
  const { context, hooks, store } = session;
  const lineage = store.load(name);
  const restored = resolveServer(restoreSettings(typed, storedSettingsOf(lineage.conf.params)));
  refuseStagingOverReal(restored, lineage);
  const identifiers: readonly Identifier[] = lineage.certificate.identifiers;
  if (chosenPlugins(restored).authenticator === undefined) {
    throw cliError('pluginMisconfigured', `the renewal configuration of "${name}" names no authenticator`, { hint: 'obtain it once more with certonly' });
  }
  const { name: authenticator, settings } = await settleAuthenticator(restored, identifiers, context);
  await validateHooks(settings.values, context.environment);
  await beforeFirst();
  await session.recover(authenticator, settings);
  await hooks.runPre(settings.values);
  hooks.expectPost(settings.values);
  return await obtainLineage({ settings, authenticator, identifiers, target: { kind: 'renew', lineage } }, session);
}
