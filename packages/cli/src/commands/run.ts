// `run`: obtains a certificate and puts it into a web server. There are no installers yet, so it says so and does what
// certonly does; what would need an installer is refused in Certbot's words.
import type { Command } from '../context.ts';
import { cliError } from '../errors.ts';
import { chosenPlugins } from '../settings/plugins.ts';
import { settingsOf } from '../settings/settings.ts';
import { certonly } from './certonly.ts';

/** Runs the verb. */
export const runVerb: Command = async (context) => {
  const { arguments: parsed, terminal, program } = context;
  const { installer } = chosenPlugins(settingsOf(parsed, new Map()));
  if (parsed.values.ipAddresses.length > 0) {
    throw cliError('argumentConflict', 'IP addresses cannot be installed into a web server; use certonly', { hint: `${program} certonly takes --ip-address` });
  }
  if (installer !== undefined) {
    throw cliError('pluginMissing', `The requested ${installer} plugin does not appear to be installed`, {
      hint: `\`${program} certonly\` obtains the certificate; the web server is then told by hand or by a deploy hook where it lies`,
    });
  }
  const outcome = await certonly(context);
  terminal.notice(`There are no installers yet: the certificate was saved and no web server was changed. \`${program} certonly\` says so from the start.`);
  return outcome;
};
