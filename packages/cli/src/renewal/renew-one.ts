// Renews one due certificate with its stored settings and what was typed on top of them.
import type { Identifier } from '@certward/pki';
import { cliError } from '../errors.ts';
import { settleAuthenticator } from '../issue/choose-authenticator.ts';
import { issuanceId, type Obtained, obtainLineage, type ObtainTask } from '../issue/obtain.ts';
import type { IssueSession } from '../issue/session.ts';
import { refuseStagingOverReal } from '../issue/staging-guard.ts';
import { validateHooks } from '../hooks/validate-hooks.ts';
import { authenticatorsFor } from '../settings/authenticator-map.ts';
import { type AuthenticatorName, chosenPlugins } from '../settings/plugins.ts';
import { resolveServer } from '../settings/server.ts';
import type { Settings } from '../settings/settings.ts';
import { restoreSettings, storedSettingsOf } from '../settings/stored.ts';

/** How {@link renewOne} reports. */
export interface RenewOneOptions {
  readonly session: IssueSession;
  /** Waits before the first attempt of an unattended run. */
  readonly beforeFirst: () => Promise<void>;
  /** Told the settings as soon as the attempt is about to reach the CA: whatever fails from then on is a failed renewal. */
  readonly onAttempt: (settings: Settings) => void;
}

/** These share nothing; others run commands or edit files of web servers, which expect to be alone. */
const sideBySide: ReadonlySet<AuthenticatorName> = new Set(['standalone', 'webroot', 'tls-alpn', 'dns-rfc2136']);

/** Renews. Throws whatever stands in the way; the caller goes on with the next certificate. */
export async function renewOne(name: string, typed: Settings, { session, beforeFirst, onAttempt }: RenewOneOptions): Promise<Obtained> {
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
  const task: ObtainTask = { settings, authenticator, identifiers, target: { kind: 'renew', lineage } };
  return await session.recovered({ id: issuanceId(task.target, settings), name: authenticator, settings }, async () => {
    await hooks.runPre(settings.values);
    hooks.expectPost(settings.values);
    onAttempt(settings);
    const obtain = () => obtainLineage(task, session);
    const isAlone = ![...authenticatorsFor(identifiers, authenticator, settings.values).keys()].every((one) => sideBySide.has(one));
    return isAlone ? await session.inTurn('authenticator', obtain) : await obtain();
  });
}
