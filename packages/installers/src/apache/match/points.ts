// How well a virtual host fits a name: Certbot's points. 6 to 4 for hosts that speak TLS, 3 to 1 for others; within
// each, the name itself before a pattern before an address that is the name.
import { wildcardMatch } from '../tree/wildcard.ts';
import { namesOf, type VirtualHost } from '../tree/virtual-host.ts';

/** The points of a host for a name; 0 when it does not fit. */
export function pointsFor(host: VirtualHost, name: string): number {
  const basic = basicPoints(host, name);
  return basic > 0 && host.ssl ? basic + 3 : basic;
}

function basicPoints(host: VirtualHost, name: string): number {
  if (host.inMacro) return 0;
  const names = namesOf(host);
  if (names.includes(name)) return 3;
  if (coversName(names, name)) return 2;
  return host.addresses.some((address) => address.host.toLowerCase().replace(/^\[(.*)\]$/, '$1') === name) ? 1 : 0;
}

/** True when one of `names`, which may be patterns with `*` and `?`, stands for `name`. */
export function coversName(names: readonly string[], name: string): boolean {
  return names.some((pattern) => wildcardMatch(pattern, name));
}

/** True when a certificate for the wildcard `wildcard` (`*.example.com`) is good for a host called `name`. */
export function inWildcardScope(name: string, wildcard: string): boolean {
  if (name === wildcard) return true;
  const parent = wildcard.slice(1);
  return name.endsWith(parent) && name.length > parent.length && !/[.*?]/.test(name.slice(0, -parent.length));
}
