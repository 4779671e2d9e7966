// Which authenticator proves control: -a, --configurator, the shortcuts, or the question. Texts as Certbot's.
import { cliError } from '../errors.ts';
import { pluginOptions } from '../args/options/plugins.ts';
import { type OptionName, optionOf } from '../args/table.ts';
import type { Settings } from './settings.ts';

/** The authenticators that exist here, with what the menu says about them. */
export const authenticatorNames = {
  standalone: 'Runs a small web server meanwhile (standalone)',
  webroot: "Puts files into a running web server's folder (webroot)",
  'tls-alpn': 'Runs a small TLS server meanwhile (tls-alpn)',
  'dns-rfc2136': 'Adds DNS records through RFC 2136 (dns-rfc2136)',
  manual: 'By hand or by your own commands (manual)',
  nginx: 'Through nginx, which is reloaded (nginx)',
  apache: 'Through Apache, which is reloaded (apache)',
  haproxy: 'Through HAProxy (haproxy)',
} as const;

/** The installers that exist here, with what the menu says about them. They prove control, too. */
export const installerNames = {
  nginx: 'nginx web server (nginx)',
  apache: 'Apache web server (apache)',
  haproxy: 'HAProxy load balancer (haproxy)',
} as const satisfies Partial<Record<keyof typeof authenticatorNames, string>>;

/** Name of an authenticator of ours. */
export type AuthenticatorName = keyof typeof authenticatorNames;

/** Name of an installer of ours. */
export type InstallerName = keyof typeof installerNames;

/** What was asked for, by name; unknown names are kept for the message. */
export interface PluginChoice {
  readonly authenticator: string | undefined;
  readonly installer: string | undefined;
}

const shortcuts = (Object.keys(pluginOptions) as (keyof typeof pluginOptions)[]).filter((name) => optionOf(name).kind === 'flag' && optionOf(name).topics[0] === 'plugins');
const configurators: readonly OptionName[] = ['apache', 'nginx', 'haproxy'];

/** The choice that options make. Throws `argumentConflict` when two of them contradict each other. */
export function chosenPlugins({ values }: Pick<Settings, 'values'>): PluginChoice {
  const named = shortcuts.filter((name) => values[name] === true);
  const asConfigurator = [...named.filter((name) => configurators.includes(name)).map(pluginName), ...optional(values.configurator)];
  const authenticators = new Set([...named.map(pluginName), ...asConfigurator.filter((name) => name !== values.authenticator), ...optional(values.authenticator)].map(normalise));
  // `-a webroot -i nginx` and `--webroot -i nginx` are fine; `--nginx --webroot` means: installed by nginx, proved by webroot.
  const proving = [...authenticators].filter((name) => !asConfigurator.map(normalise).includes(name));
  const chosen = proving.length > 0 ? proving : [...authenticators];
  if (chosen.length > 1) {
    throw cliError('argumentConflict', `Too many flags setting configurators/installers/authenticators ${chosen.map((name) => `'${name}'`).join(' -> ')}`);
  }
  const installer = values.installer ?? asConfigurator[0];
  return { authenticator: chosen[0], installer: isNone(installer) || installer === 'null' ? undefined : installer };
}

function optional(value: string | undefined): readonly string[] {
  return value === undefined || isNone(value) ? [] : [value];
}

/** How stored configurations say that there is none; the first versions wrote it in lower case. */
function isNone(value: string | undefined): boolean {
  return value?.toLowerCase() === 'none';
}

function pluginName(name: OptionName): string {
  return optionOf(name).flags[0]?.replace(/^--/, '') ?? name;
}

/** Old configurations say `distribution:plugin`; the plugin's own name is what counts. */
function normalise(name: string): string {
  return name === 'certbot-route53:auth' ? 'dns-route53' : name.replace(/^.*:/, '');
}

/** Narrows a name. Throws `pluginMissing` with Certbot's text. */
export function requireAuthenticator(name: string): AuthenticatorName {
  if (Object.hasOwn(authenticatorNames, name)) return name as AuthenticatorName;
  throw cliError('pluginMissing', `The requested ${name} plugin does not appear to be installed`, {
    hint: `authenticators are ${Object.keys(authenticatorNames).join(', ')}`,
  });
}

/** Narrows a name. Throws `pluginMissing` with Certbot's text. */
export function requireInstaller(name: string): InstallerName {
  const own = normalise(name);
  if (isInstallerName(own)) return own;
  throw cliError('pluginMissing', `The requested ${name} plugin does not appear to be installed`, {
    hint: `installers are ${Object.keys(installerNames).join(', ')}; files for any other program are described with --target`,
  });
}

/** Whether an installer of ours has that name. */
export function isInstallerName(name: string | undefined): name is InstallerName {
  return name !== undefined && Object.hasOwn(installerNames, name);
}
