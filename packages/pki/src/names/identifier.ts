// Identifiers: what a certificate certifies, a DNS name or an IP address (RFC 8555 §9.7.7, RFC 8738).
import { PkiError, printable } from '../errors.ts';
import { type DnsNameOptions, parseDnsName } from './dns-name.ts';
import { formatIp, tryParseIp } from './ip-address.ts';

/** A typed name. Made by the parsers here, `value` is in its one canonical form: lower case, RFC 5952 for IPv6. */
export interface Identifier {
  readonly type: 'dns' | 'ip';
  readonly value: string;
}

/** A DNS name or an IP address, whichever `text` is. Throws `nameInvalid`. */
export function parseIdentifier(text: string, options: DnsNameOptions = {}): Identifier {
  return tryParseIdentifierIp(text) ?? { type: 'dns', value: parseDnsName(text, options) };
}

/** An IPv4 or IPv6 address in its canonical form. Throws `nameInvalid` for anything else. */
export function parseIpAddress(text: string): Identifier {
  const ip = tryParseIdentifierIp(text);
  if (ip !== undefined) return ip;
  throw new PkiError('nameInvalid', `"${printable(text)}" is not an IP address`, {
    hint: 'write IPv4 as 192.0.2.1 and IPv6 as 2001:db8::1, without brackets, prefix length or zone',
  });
}

function tryParseIdentifierIp(text: string): Identifier | undefined {
  const bytes = tryParseIp(text);
  return bytes === undefined ? undefined : { type: 'ip', value: formatIp(bytes) };
}

/** One string per identifier, for maps and sets. */
export function identifierKey(identifier: Identifier): string {
  return `${identifier.type}:${identifier.value.toLowerCase()}`;
}

/** Whether both lists name the same identifiers, whatever their order and repetition. */
export function sameIdentifiers(a: readonly Identifier[], b: readonly Identifier[]): boolean {
  const left = new Set(a.map(identifierKey));
  const right = new Set(b.map(identifierKey));
  return left.size === right.size && [...left].every((key) => right.has(key));
}

/** Whether the identifier is a wildcard name. */
export function isWildcard(identifier: Identifier): boolean {
  return identifier.type === 'dns' && identifier.value.startsWith('*.');
}

/** The value without `*.` in front: the name that challenges are about. */
export function baseName(identifier: Identifier): string {
  return isWildcard(identifier) ? identifier.value.slice(2) : identifier.value;
}
