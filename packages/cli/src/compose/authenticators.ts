// The one place that chooses concrete authenticators. DNS plug-ins are loaded only when one is used.
import {
  type Authenticator,
  createManualAuthenticator,
  createStandaloneAuthenticator,
  createTlsAlpnAuthenticator,
  createWebrootAuthenticator,
} from '@certward/engine';
import type { Context } from '../context.ts';
import { cliError } from '../errors.ts';
import { reportHook } from '../hooks/report-hook.ts';
import type { InstallerSession } from '../installers/session.ts';
import type { AuthenticatorName, InstallerName } from '../settings/plugins.ts';
import type { Settings } from '../settings/settings.ts';
import { createManualPrompt } from './manual-prompt.ts';

/** What authenticators are made of, besides settings. */
export interface AuthenticatorSources {
  readonly context: Context;
  /** The web servers of the run: some prove control through their configuration. */
  readonly servers: InstallerSession;
}

type Maker = (settings: Settings, context: Context, servers: InstallerSession) => Authenticator | Promise<Authenticator>;

const throughServer =
  (name: InstallerName): Maker =>
  async (settings, _context, servers) => {
    const authenticator = (await servers.prepared(name, settings)).createAuthenticator?.();
    if (authenticator !== undefined) return authenticator;
    throw cliError('pluginMisconfigured', `${name} cannot prove control with these options`, { hint: 'add an authenticator, such as --webroot or --standalone' });
  };


const makers = {
  standalone: ({ values }, { random }) =>
    createStandaloneAuthenticator({ port: values.http01Port, address: values.http01Address === '' ? undefined : values.http01Address, random }),
  webroot: ({ webrootMap }, { log, random }) => createWebrootAuthenticator({ webrootMap, log, random }),
  'tls-alpn': ({ values }, { clock, random }) =>
    createTlsAlpnAuthenticator({ port: values.tlsAlpn01Port, address: values.tlsAlpn01Address === '' ? undefined : values.tlsAlpn01Address, clock, random }),
  manual: createManual,
  'dns-rfc2136': async (settings, context) => {
    const { createRfc2136Authenticator } = await import('./rfc2136.ts');
    return createRfc2136Authenticator(settings, context);
  },
  nginx: throughServer('nginx'),
  apache: throughServer('apache'),
  haproxy: throughServer('haproxy'),
} as const satisfies Record<AuthenticatorName, Maker>;

/** Makes the authenticator of a run. Throws `answerMissing` or `pluginMisconfigured` when its options do not suffice. */
export async function createAuthenticator(name: AuthenticatorName, settings: Settings, { context, servers }: AuthenticatorSources): Promise<Authenticator> {
  return await makers[name](settings, context, servers);
}

function createManual({ values }: Settings, context: Context): Authenticator {
  const { manualAuthHook: authHook, manualCleanupHook: cleanupHook } = values;
  const prompt = authHook === undefined ? createManualPrompt(context) : undefined;
  if (authHook === undefined && prompt === undefined) {
    throw cliError(
      'pluginMisconfigured',
      'An authentication script must be provided with --manual-auth-hook when using the manual plugin non-interactively.',
    );
  }
  const { log, clock, environment } = context;
  return createManualAuthenticator({
    authHook,
    cleanupHook,
    prompt,
    env: environment,
    onHookEnd: (label, challenge, result) => reportHook(label, result, context, challenge.identifier.value),
    log,
    clock,
  });
}
