// Which installer a verb works with: the chosen one, the only one that this machine has, or the answer to a question.
import type { Context } from '../context.ts';
import { cliError } from '../errors.ts';
import { chosenPlugins, type InstallerName, installerNames, requireInstaller } from '../settings/plugins.ts';
import type { Settings } from '../settings/settings.ts';
import { presentServers } from './present.ts';

const servers = Object.keys(installerNames) as InstallerName[];

/** Chooses. Throws `pluginMissing` for an unknown name, `answerMissing` unattended without a choice. */
export async function chooseInstaller(settings: Settings, question: string, context: Context): Promise<InstallerName> {
  const { installer, authenticator } = chosenPlugins(settings);
  if (installer !== undefined) return requireInstaller(installer);
  if (authenticator !== undefined && context.arguments.verb === 'run') throw installerMissing(authenticator, context);
  return await askInstaller(settings, question, context);
}

/** Asks among the servers that are there. */
async function askInstaller(settings: Settings, question: string, { questions, signal, environment }: Context): Promise<InstallerName> {
  const present = presentServers(servers, settings, environment);
  const [only] = present;
  if (!questions.interactive && present.length !== 1) {
    const found = present.length === 0 ? 'no web server that could be configured was found' : `found are ${present.join(', ')}`;
    throw cliError('answerMissing', "Missing command line flags. For non-interactive execution, you will need to specify a plugin on the command line.  Run with '--help plugins' to see a list of options.", { hint: `${found}: name one with --nginx, --apache or --haproxy` });
  }
  if (present.length === 1 && only !== undefined) return only;
  if (present.length === 0) {
    throw cliError('pluginMissing', 'no web server that could be configured was found', { hint: 'name its folder, as with --nginx-server-root; certonly obtains a certificate without one' });
  }
  const index = await questions.menu(question, { choices: present.map((name) => installerNames[name]), flag: '--installer', signal });
  return present[index] ?? requireInstaller('');
}

/** `run` with an authenticator that installs nothing. The advice is Certbot's. */
function installerMissing(authenticator: string, { program }: Context): Error {
  return cliError('answerMissing', `With the ${authenticator} plugin, you probably want to use the "certonly" command, eg:\n\n    ${program} certonly --${authenticator}\n\n(Alternatively, add a --installer flag. See "--help plugins" for more information.)`);
}
