// Which ACME server a run talks to: --server, --staging and --dry-run together.
import { productionDirectory, stagingDirectory } from '../args/options/security.ts';
import { cliError } from '../errors.ts';
import { isSetNow, type Settings, withValues } from './settings.ts';

/** Applies `--staging` and `--dry-run`. Throws `argumentInvalid` for a server that is not a URL of ours to ask. */
export function resolveServer(settings: Settings): Settings {
  const { staging, dryRun, server } = settings.values;
  checkUrl(server);
  const ofLetsEncrypt = server === productionDirectory || server === stagingDirectory;
  if (!(staging || dryRun) || !ofLetsEncrypt) return settings;
  return withValues(settings, { server: stagingDirectory }, 'decided');
}

/** The CA that a renewal asks: the typed one, else the stored one, and its staging server with --staging. */
export function serverAsked(stored: string, settings: Settings): string {
  const server = isSetNow(settings, 'server') ? settings.values.server : stored;
  const ofLetsEncrypt = server === productionDirectory || server === stagingDirectory;
  return settings.values.staging && ofLetsEncrypt ? stagingDirectory : server;
}

function checkUrl(server: string): void {
  const url = URL.canParse(server) ? new URL(server) : undefined;
  if (url !== undefined && ['https:', 'http:'].includes(url.protocol)) return;
  throw cliError('argumentInvalid', `--server "${server}" is not the URL of an ACME directory`, {
    hint: 'it looks like https://acme-v02.api.letsencrypt.org/directory',
  });
}

/** Whether certificates of this server are for tests only; Certbot judges by the word. */
export function isStagingServer(server: string): boolean {
  return server === stagingDirectory || server.includes('staging');
}

/** Whether plain http may be spoken: to this machine only, where nobody can listen in between. */
export function mayUseHttp(server: string): boolean {
  const { protocol, hostname } = new URL(server);
  return protocol === 'http:' && ['127.0.0.1', 'localhost', '[::1]'].includes(hostname);
}
