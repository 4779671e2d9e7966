// `rollback`: takes back the last changes of the web server configuration, ours and Certbot's alike.
import { describeError } from '@certward/base';
import { withLocks } from '../compose/locks.ts';
import { checkpointsOf } from '../compose/installers.ts';
import type { Command, Context } from '../context.ts';
import { chooseInstaller } from '../installers/choose.ts';
import { InstallerSession } from '../installers/session.ts';
import type { InstallerName } from '../settings/plugins.ts';
import { type Settings, settingsOf } from '../settings/settings.ts';

/** Runs the verb. A configuration that the server refuses is rolled back, too: that is what one wants then. */
export const rollback: Command = (context) =>
  withLocks(context, async () => {
    const { terminal, arguments: { values } } = context;
    const settings = settingsOf(context.arguments, new Map());
    const name = await chooseInstaller(settings, 'How would you like to rollback?', context);
    const wanted = values.checkpoints;
    const { rolledBack, reloaded } = await takeBack(name, settings, context);
    if (rolledBack < wanted) terminal.warning(`Unable to rollback ${wanted} checkpoints, only ${rolledBack} exist`);
    terminal.result(rolledBack === 0 ? 'Nothing was rolled back.' : `Rolled back ${rolledBack} checkpoint(s)${reloaded ? ` and reloaded ${name}` : ''}.`);
    return { result: { installer: name, rolledBack, reloaded } };
  });

async function takeBack(name: InstallerName, settings: Settings, context: Context): Promise<{ readonly rolledBack: number; readonly reloaded: boolean }> {
  const { log, terminal, signal, arguments: { values } } = context;
  await using servers = new InstallerSession(context);
  try {
    const installer = await servers.prepared(name, settings);
    const { rolledBack } = await installer.rollback(values.checkpoints, { signal });
    return { rolledBack, reloaded: rolledBack > 0 };
  } catch (error) {
    signal.throwIfAborted();
    log.warn('the server cannot be used as it is: files are rolled back without it', { installer: name, error });
    terminal.warning(`${name} cannot be used with its present configuration: ${describeError(error)}`);
  }
  const { rolledBack } = await (await checkpointsOf(context)).rollback(values.checkpoints);
  servers.forget();
  // Now that the files are as they were, the server may take them.
  if (rolledBack > 0) await (await servers.prepared(name, settings)).restart({ signal });
  return { rolledBack, reloaded: rolledBack > 0 };
}
