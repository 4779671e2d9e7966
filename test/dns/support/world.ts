// A small DNS of real name servers for the tests of this folder: a key, zones with several servers on loopback
// addresses of their own, and the way to look them up.
import { createDnsClient, type DnsLookupOptions, type DnsProvider, parseServerAddress } from '@certward/engine';
import { loadDnsProvider } from '@certward/dns';
import type { NameServer, NameServerKey } from '@certward/testing';

/** The key that may update the zones. */
export const updateKey: NameServerKey = { name: 'acme', algorithm: 'hmac-sha256', secretBase64: Buffer.alloc(32, 7).toString('base64') };

/** Zone lines: name servers `ns1`, `ns2`, … at these addresses, and a wildcard that every name falls under. */
export function zoneLines(hosts: readonly string[]): string[] {
  return [
    ...hosts.flatMap((host, index) => [`@ NS ns${index + 1}`, `ns${index + 1} ${host.includes(':') ? 'AAAA' : 'A'} ${host}`]),
    '@ A 127.0.0.1',
    '* A 127.0.0.1',
  ];
}

/** The provider against one server. */
export async function providerFor(server: { readonly address: string }, key: NameServerKey = updateKey, extra: Readonly<Record<string, string>> = {}): Promise<DnsProvider> {
  const definition = await loadDnsProvider('rfc2136');
  return definition.create(
    new Map(
      Object.entries({
        dns_rfc2136_server: server.address,
        dns_rfc2136_name: key.name,
        dns_rfc2136_secret: key.secretBase64,
        dns_rfc2136_algorithm: key.algorithm.toUpperCase(),
        ...extra,
      }),
    ),
  );
}

/** Looks up with the help of `resolvers`; the name servers named in `at` are found there, all others on the first one's port. */
export function lookupThrough(resolvers: readonly NameServer[], at: Readonly<Record<string, { readonly host: string; readonly port: number }>> = {}): DnsLookupOptions {
  return {
    resolvers: resolvers.map(({ address }) => parseServerAddress(address)),
    authoritativePort: resolvers[0]?.port ?? 53,
    nameServerAddresses: new Map(Object.entries(at).map(([name, { host, port }]) => [name, [{ host, port }]])),
    client: createDnsClient({ udpTimeoutsMs: [1_000], tcpTimeoutMs: 1_000 }),
  };
}

/** The TXT values that one server has, read by its address. */
export async function txtValues(server: NameServer, name: string): Promise<string[]> {
  const answer = await createDnsClient().ask(parseServerAddress(server.address), { name, type: 'TXT' });
  return answer.answers.flatMap((record) => (record.type === 'TXT' ? [record.value] : [])).sort();
}
