// What a killed run left open in a web server's configuration: taken back by the next run, whatever that one is about.
import { describeError } from '@certward/base';
import type { IssueSession } from '../issue/session.ts';
import { isInstallerName } from '../settings/plugins.ts';
import type { Settings } from '../settings/settings.ts';
import { restoreSettings, storedSettingsOf } from '../settings/stored.ts';
import { hasOpenEdits } from './waiting.ts';

/** Takes open edits back, and lets each web server that a certificate is renewed or installed with read its files again. */
export async function recoverServers(typed: Settings, { context, store, servers }: IssueSession): Promise<void> {
  if (!hasOpenEdits(context)) return;
  const { checkpointsOf } = await import('../compose/installers.ts');
  await (await checkpointsOf(context)).recover();
  context.log.warn('edits of an interrupted run were taken back');
  context.terminal.warning('An interrupted run had left changes in a web server configuration: they were taken back.');
  const told = new Set<unknown>();
  for (const lineage of store.list()) {
    if (lineage.status !== 'ok') continue;
    try {
      const settings = restoreSettings(typed, storedSettingsOf(lineage.conf.params));
      const name = [settings.values.authenticator, settings.values.installer].find(isInstallerName);
      const installer = name === undefined ? undefined : await servers.prepared(name, settings);
      if (installer === undefined || told.has(installer)) continue;
      told.add(installer);
      await installer.restart();
    } catch (error) {
      context.signal.throwIfAborted();
      context.terminal.warning(`the web server of ${lineage.name} could not be reloaded: ${describeError(error)}`);
    }
  }
}
