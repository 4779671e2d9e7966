// After a run that was killed between storing a certificate and cleaning up: the certificate is not due, so nobody would
// come back for the proof and the journalled key.
import { describeError } from '@certward/base';
import { chosenPlugins, requireAuthenticator } from '../settings/plugins.ts';
import type { Settings } from '../settings/settings.ts';
import { restoreSettings, storedSettingsOf } from '../settings/stored.ts';
import type { IssueSession } from './session.ts';

/** Cleans up with the stored settings of the lineage that is left as it is. Failures are reported, never thrown. */
export async function recoverLineage(name: string, typed: Settings, session: IssueSession): Promise<void> {
  const { context, journal, store } = session;
  if (!(await journal.list()).some(({ id }) => id.startsWith(`${name} `))) return;
  try {
    const settings = restoreSettings(typed, storedSettingsOf(store.load(name).conf.params));
    const { authenticator } = chosenPlugins(settings);
    if (authenticator !== undefined) await session.recover(requireAuthenticator(authenticator), settings);
  } catch (error) {
    context.signal.throwIfAborted();
    context.terminal.warning(`could not clean up after an interrupted run: ${describeError(error)}`);
  }
}
