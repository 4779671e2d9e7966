// The names that a configuration serves and that a public CA could certify.
import { parseDnsName } from '@certward/pki';
import { namesOf, type VirtualHost } from '../tree/virtual-host.ts';

/** Names of the hosts, each once, in alphabetical order. Patterns, addresses and names without a dot are left out. */
export function certifiableNames(hosts: readonly VirtualHost[]): string[] {
  const names = hosts.flatMap((host) => [...namesOf(host), ...host.addresses.map((address) => address.host.toLowerCase())]);
  return [...new Set(names.filter(isCertifiable))].sort();
}

function isCertifiable(name: string): boolean {
  // The last label of a name on the internet is never a number.
  if (!/^[a-z0-9.-]+$/.test(name) || !/\.[a-z][a-z0-9-]*$/.test(name)) return false;
  try {
    return parseDnsName(name) === name;
  } catch {
    return false;
  }
}
