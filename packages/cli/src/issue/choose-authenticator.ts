// Settles who proves control: the chosen authenticator, or the answer to a question, with what it still needs to know.
import type { Identifier } from '@certward/pki';
import path from 'node:path';
import type { Context } from '../context.ts';
import { cliError } from '../errors.ts';
import { authenticatorsFor, checkMappedNames } from '../settings/authenticator-map.ts';
import { presentServers } from '../installers/present.ts';
import { authenticatorNames, type AuthenticatorName, chosenPlugins, isInstallerName, requireAuthenticator } from '../settings/plugins.ts';
import { isSetNow, type Settings, withValues } from '../settings/settings.ts';
import { checkRoot, completeWebrootMap } from '../settings/webroots.ts';

/** Settings that are complete for issuing, and the authenticator by name. */
export interface SettledAuthenticator {
  readonly name: AuthenticatorName;
  readonly settings: Settings;
}

/** Settles. Throws `answerMissing` unattended without a choice, `pluginMissing` for one that does not exist here. */
export async function settleAuthenticator(settings: Settings, identifiers: readonly Identifier[], context: Context): Promise<SettledAuthenticator> {
  const chosen = chosenPlugins(settings).authenticator;
  const name = chosen === undefined ? await askAuthenticator(settings, context) : requireAuthenticator(chosen);
  const named = withValues(settings, { authenticator: name }, settings.sources.get('authenticator') === 'stored' ? 'stored' : 'decided');
  if (isSetNow(settings, 'authenticatorMap')) checkMappedNames(identifiers, settings.values);
  const served = authenticatorsFor(identifiers, name, settings.values).get('webroot');
  return { name, settings: served === undefined ? named : await settleWebroots(named, served, context) };
}

async function askAuthenticator(settings: Settings, { questions, signal, environment }: Context): Promise<AuthenticatorName> {
  if (!questions.interactive) {
    throw cliError('answerMissing', "Missing command line flags. For non-interactive execution, you will need to specify a plugin on the command line.  Run with '--help plugins' to see a list of options.");
  }
  const names = (Object.keys(authenticatorNames) as AuthenticatorName[]).filter((name) => !isInstallerName(name) || presentServers([name], settings, environment).length > 0);
  const choices = names.map((name) => authenticatorNames[name]);
  const index = await questions.menu('How would you like to authenticate with the ACME CA?', { choices, flag: '--authenticator', signal });
  return names[index] ?? 'standalone';
}

async function settleWebroots(settings: Settings, identifiers: readonly Identifier[], context: Context): Promise<Settings> {
  const { values } = settings;
  const names = identifiers.map(({ value }) => value);
  const webrootMap = new Map(completeWebrootMap(settings.webrootMap, names, values.webrootPath));
  for (const name of names) if (!webrootMap.has(name)) webrootMap.set(name, await askWebroot(name, [...webrootMap.values()], context));
  const absolute = values.webrootPath.map((folder) => path.resolve(folder));
  const stored = absolute.length === 0 ? settings : withValues(settings, { webrootPath: absolute }, settings.sources.get('webrootPath') ?? 'decided');
  return { ...stored, webrootMap };
}

/** Asks with the roots that other names have, as Certbot does. */
async function askWebroot(name: string, known: readonly string[], { questions, signal }: Context): Promise<string> {
  const message = `Input the webroot for ${name}:`;
  const roots = [...new Set(known)];
  const options = { flag: '--webroot-path', signal };
  if (roots.length > 0 && questions.interactive) {
    const index = await questions.menu(`Select the webroot for ${name}:`, { ...options, choices: ['Enter a new webroot', ...roots] });
    const root = roots[index - 1];
    if (root !== undefined) return root;
  }
  return checkRoot(await questions.input(message, options));
}
