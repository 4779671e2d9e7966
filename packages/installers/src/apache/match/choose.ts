// Chooses the virtual hosts that a certificate for a name goes to.
import { ApacheError } from '../errors.ts';
import { servesPort } from '../tree/address.ts';
import { namesOf, type VirtualHost } from '../tree/virtual-host.ts';
import { coversName, inWildcardScope, pointsFor } from './points.ts';

/**
 * The hosts for `name`: the one with the most points, and those that have as many and listen elsewhere (an IPv6 twin, say).
 * Where none fits, the only host there is, unless it is a catch-all. For a wildcard name, every host in its scope, those
 * with TLS first. Throws `virtualHostMissing` naming what to set.
 */
export function chooseHosts(hosts: readonly VirtualHost[], name: string): VirtualHost[] {
  const chosen = name.startsWith('*.') ? chooseForWildcard(hosts, name) : chooseForName(hosts, name);
  if (chosen.length > 0) return chosen;
  const inMacros = hosts.some((host) => host.inMacro);
  throw new ApacheError('virtualHostMissing', `no virtual host of Apache serves "${name}", and it is not clear which one should`, {
    details: { name, hosts: hosts.length },
    hint: `set ServerName or ServerAlias "${name}" in the VirtualHost that is meant${inMacros ? ' (those inside <Macro> cannot be used)' : ''}, then run again`,
  });
}

function chooseForName(hosts: readonly VirtualHost[], name: string): VirtualHost[] {
  const scored = hosts.map((host) => ({ host, points: pointsFor(host, name) }));
  const most = Math.max(0, ...scored.map(({ points }) => points));
  if (most === 0) return onlyReasonable(hosts);
  const chosen: VirtualHost[] = [];
  for (const { host, points } of scored) {
    if (points === most && !chosen.some((other) => sharesAddress(other, host))) chosen.push(host);
  }
  return chosen;
}

function onlyReasonable(hosts: readonly VirtualHost[]): VirtualHost[] {
  const reasonable = hosts.filter((host) => !host.inMacro && !host.addresses.every(({ host: text }) => text === '_default_'));
  return reasonable.length === 1 ? reasonable : [];
}

function chooseForWildcard(hosts: readonly VirtualHost[], wildcard: string): VirtualHost[] {
  const inScope = hosts.filter((host) => namesOf(host).some((name) => inWildcardScope(name, wildcard)));
  const served = new Set(inScope.filter((host) => host.ssl).flatMap(namesOf));
  return inScope.filter((host) => host.ssl || !namesOf(host).some((name) => served.has(name)));
}

/** Of two hosts on one address httpd asks only the first for a name. */
function sharesAddress(one: VirtualHost, other: VirtualHost): boolean {
  return one.addresses.some((address) => other.addresses.some(({ host, port }) => host === address.host && port === address.port));
}

/** Hosts without TLS on the http port that answer for `name`: those that name it, else those without any name. */
export function chooseHttpHosts(hosts: readonly VirtualHost[], names: readonly string[], httpPort: string): VirtualHost[] {
  const plain = hosts.filter((host) => !host.ssl && !host.inMacro && host.addresses.some((address) => servesPort(address, httpPort)));
  const exact = plain.filter((host) => namesOf(host).some((name) => names.includes(name)));
  if (exact.length > 0) return exact;
  const covering = plain.filter((host) => names.some((name) => coversName(namesOf(host), name)));
  return covering.length > 0 ? covering : plain.filter((host) => namesOf(host).length === 0).slice(0, 1);
}
