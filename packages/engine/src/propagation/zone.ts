// Zones and their name servers, as found in DNS. Types only, and the question what an answer says about a name's place.
import type { DnsAnswer, DnsRecord } from './message.ts';
import { isDnsName, isWithin, type ServerAddress } from './server-address.ts';

/** One name server of a zone. */
export interface NameServer {
  readonly name: string;
  /** All its addresses, IPv4 and IPv6. Empty when the name has none. */
  readonly addresses: readonly ServerAddress[];
}

/** A zone with all its authoritative servers. */
export interface Zone {
  /** Without trailing dot, lower-case. */
  readonly name: string;
  readonly servers: readonly NameServer[];
}

/** What an authoritative server's answer to a CNAME question says about where a name lives. */
export type Placement =
  /** The name is an alias. */
  | { readonly kind: 'alias'; readonly target: string }
  /** The name belongs into this zone (RFC 2308 §3: the SOA of a negative answer names it). */
  | { readonly kind: 'zone'; readonly zone: string }
  /** Another zone, closer to the name, is in charge. */
  | { readonly kind: 'referral'; readonly zone: string; readonly nameServers: readonly string[]; readonly glue: readonly DnsRecord[] }
  /** The server is of no use for this name. */
  | { readonly kind: 'lame'; readonly reason: string };

/** Reads the placement of `fqdn` out of an answer of a server of `zone` (or of a zone above it). */
export function readPlacement(answer: DnsAnswer, fqdn: string, zone: string): Placement {
  if (answer.rcode !== 'NOERROR' && answer.rcode !== 'NXDOMAIN') return { kind: 'lame', reason: answer.rcode };
  const alias = answer.answers.find((record) => record.type === 'CNAME' && record.name === fqdn);
  if (alias?.type === 'CNAME') return { kind: 'alias', target: alias.target };
  const soa = answer.authorities.find((record) => record.type === 'SOA' && isWithin(fqdn, record.name) && isWithin(record.name, zone));
  if (answer.authoritative) return { kind: 'zone', zone: soa?.name ?? zone };
  return readReferral(answer, fqdn, zone) ?? { kind: 'lame', reason: 'it is not authoritative' };
}

function readReferral(answer: DnsAnswer, fqdn: string, zone: string): Placement | undefined {
  const cut = answer.authorities.find(
    // Only downwards, or two servers could send us back and forth for ever (RFC 1034 §5.3.3).
    (record) => record.type === 'NS' && record.name !== zone && isWithin(record.name, zone) && isWithin(fqdn, record.name),
  );
  if (cut === undefined) return undefined;
  return { kind: 'referral', zone: cut.name, nameServers: nameServersIn(answer.authorities, cut.name), glue: answer.additionals };
}

/** The names that NS records of `zone` in `records` point to; at most sixteen, odd names left out. */
export function nameServersIn(records: readonly DnsRecord[], zone: string): string[] {
  const names = records.flatMap((record) => (record.type === 'NS' && record.name === zone && isDnsName(record.target) ? [record.target] : []));
  return [...new Set(names)].slice(0, 16);
}
