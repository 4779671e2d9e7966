// What `nginx -V` says, and whether it is enough for us.
import type { Log } from '@certward/base';
import { NginxError } from '../errors.ts';
import type { TlsAbilities } from '../snippets/content.ts';

/** The server's version and abilities. */
export interface NginxVersion extends TlsAbilities {
  readonly version: string;
  readonly openssl: string | undefined;
  /** nginx ≥ 1.3.7. */
  readonly canStaple: boolean;
}

/** Reads the output of `nginx -V`. Throws `nginxUnsupported` naming what is missing. */
export function parseVersion(output: string, log: Log): NginxVersion {
  const [, product, version] = /nginx version: ([^/\s]+)\/([0-9.]+)/i.exec(output) ?? [];
  if (product === undefined || version === undefined) throw unsupported('nginx -V does not say which version it is');
  if (!/ --with-http_ssl_module/.test(output)) throw unsupported('this nginx was built without TLS (--with-http_ssl_module)');
  if (!/TLS SNI support enabled/i.test(output)) throw unsupported('this nginx was built without server name indication (SNI)');
  if (!isAtLeast(version, '0.8.48')) throw unsupported(`nginx ${version} is too old: 0.8.48 is the oldest we can edit`);
  if (product !== 'nginx') log.warn('an nginx derivative: not all of it is tested with us', { product, version });
  const openssl = /running with OpenSSL (\S+)/.exec(output)?.[1] ?? /built with OpenSSL (\S+)/.exec(output)?.[1];
  return {
    version,
    openssl,
    canStaple: isAtLeast(version, '1.3.7'),
    tls13: isAtLeast(version, '1.13.0'),
    ticketsCanBeOff: isAtLeast(version, '1.5.9') && openssl !== undefined && isAtLeast(openssl, '1.0.2l'),
  };
}

/** Compares dotted numbers with an optional letter at the end, such as OpenSSL's `1.0.2l`. */
function isAtLeast(version: string, minimum: string): boolean {
  const [have, need] = [parts(version), parts(minimum)];
  for (let index = 0; index < Math.max(have.length, need.length); index++) {
    const [one = 0, other = 0] = [have[index], need[index]];
    if (one !== other) return one > other;
  }
  return true;
}

function parts(version: string): number[] {
  return (version.match(/\d+|[a-z]/g) ?? []).map((part) => (/\d/.test(part) ? Number(part) : part.charCodeAt(0)));
}

function unsupported(message: string): NginxError {
  return new NginxError('nginxUnsupported', message, { hint: 'install a current nginx, or use --webroot and point nginx at the certificate yourself' });
}
