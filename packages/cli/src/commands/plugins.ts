// `plugins`: lists what can prove control and what can install. Changes nothing, takes no lock, needs no privileges.
import { describeError } from '@certward/base';
import { composeInstaller } from '../compose/installers.ts';
import type { Command, Context } from '../context.ts';
import { presentServers } from '../installers/present.ts';
import { authenticatorNames, isInstallerName } from '../settings/plugins.ts';
import { type Settings, settingsOf } from '../settings/settings.ts';
import { frameLine } from '../terminal/terminal.ts';

interface Listed {
  readonly name: string;
  readonly description: string;
  readonly interfaces: readonly string[];
  /** Whether it can be used; only found out on request. */
  readonly usable?: boolean;
  readonly problem?: string;
}

/** Runs the verb. */
export const plugins: Command = async (context) => {
  const { values } = context.arguments;
  const { terminal } = context;
  const settings = settingsOf(context.arguments, new Map());
  const asked = Object.entries(authenticatorNames).map(([name, description]): Listed => ({ name, description, interfaces: interfacesOf(name) }));
  const byKind = asked.filter(({ interfaces }) => (!values.pluginsInstallers || interfaces.includes('Installer')) && (!values.pluginsAuthenticators || interfaces.includes('Authenticator')));
  const present = values.pluginsInit || values.pluginsPrepare ? byKind.filter(({ name }) => isHere(name, settings, context)) : byKind;
  const listed = values.pluginsPrepare ? await Promise.all(present.map((one) => tryPreparing(one, settings, context))) : present;
  terminal.result(frameLine);
  terminal.result(listed.length === 0 ? 'No plugins' : listed.map(describe).join('\n\n'));
  terminal.result(frameLine);
  return { result: { plugins: listed } };
};

function interfacesOf(name: string): readonly string[] {
  return isInstallerName(name) ? ['Authenticator', 'Installer'] : ['Authenticator'];
}

function isHere(name: string, settings: Settings, { environment }: Context): boolean {
  return !isInstallerName(name) || presentServers([name], settings, environment).length > 0;
}

/** Lets the server test its configuration; authenticators of our own need nothing. */
async function tryPreparing(listed: Listed, settings: Settings, context: Context): Promise<Listed> {
  if (!isInstallerName(listed.name)) return { ...listed, usable: true };
  try {
    const { installer } = await composeInstaller(listed.name, settings, context);
    // Not `prepare`, which takes back what another, living run may be about to use.
    await installer.configTest({ signal: context.signal });
    return { ...listed, usable: true };
  } catch (error) {
    context.signal.throwIfAborted();
    return { ...listed, usable: false, problem: describeError(error) };
  }
}

function describe({ name, description, interfaces, usable, problem }: Listed): string {
  const lines = [`* ${name}`, `Description: ${description}`, `Interfaces: ${interfaces.join(', ')}`];
  if (usable !== undefined) lines.push(`Prepared: ${usable ? 'yes' : `no: ${problem ?? ''}`}`);
  return lines.join('\n');
}
