// Which host httpd itself answers with: on one address, the first that names the name or has a pattern for it, in the
// order of the files; else the first of all.
import type { Address } from '../tree/address.ts';
import { namesOf, type VirtualHost } from '../tree/virtual-host.ts';
import { coversName } from './points.ts';

/** The host that answers for `name` on an address that hosts are bound to; undefined where none is. */
export function servedHost(hosts: readonly VirtualHost[], name: string, address: Address): VirtualHost | undefined {
  const bound = hosts.filter((host) => !host.inMacro && host.addresses.some(({ host: text, port }) => text === address.host && port === address.port));
  return bound.find((host) => coversName(namesOf(host), name)) ?? bound[0];
}

/** The host that takes the requests for `name` away from `host`; undefined where none does. */
export function shadowOf(hosts: readonly VirtualHost[], name: string, host: VirtualHost): VirtualHost | undefined {
  const serving = host.addresses.map((address) => servedHost(hosts, name, address));
  return serving.some((one) => one?.section === host.section) ? undefined : serving.find((one) => one !== undefined);
}
