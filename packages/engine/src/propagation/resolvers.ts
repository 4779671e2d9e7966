// The machine's own recursive resolvers, as the first foothold into DNS.
import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { DnsError } from './errors.ts';
import { dnsPort, type ServerAddress } from './server-address.ts';

/**
 * The `nameserver` lines of a resolv.conf. Scoped addresses (`fe80::1%eth0`) keep their scope; at most three count,
 * as in the C library.
 */
export function parseResolvConf(text: string): ServerAddress[] {
  return text
    .split('\n')
    .flatMap((line) => /^\s*nameserver\s+(\S+)/.exec(line)?.[1] ?? [])
    .filter((host) => isIP(host) !== 0)
    .slice(0, 3)
    .map((host) => ({ host, port: dnsPort }));
}

/**
 * The resolvers of this machine.
 *
 * @throws DnsError `resolversMissing` when the file is absent or names none
 */
export async function systemResolvers(path = '/etc/resolv.conf'): Promise<ServerAddress[]> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw resolversMissing(path, cause);
  });
  const resolvers = parseResolvConf(text);
  if (resolvers.length === 0) throw resolversMissing(path);
  return resolvers;
}

function resolversMissing(path: string, cause?: unknown): DnsError {
  return new DnsError('resolversMissing', `"${path}" names no DNS resolver`, {
    cause,
    hint: 'add a nameserver line to it, or name the resolvers to use',
  });
}
