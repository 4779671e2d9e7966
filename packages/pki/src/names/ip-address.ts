// IP addresses as identifiers (RFC 8738): text in the form of RFC 5952, 4 or 16 bytes in certificates, reverse names for SNI.
import { PkiError, printable } from '../errors.ts';

/** The 4 or 16 bytes of an address, or undefined when `text` is none. IPv6 zones and IPv4 octal forms are none. */
export function tryParseIp(text: string): Uint8Array | undefined {
  // The longest address: eight groups of four, or six groups and a dotted tail.
  if (text.length > 45) return undefined;
  return text.includes(':') ? parseIpv6(text) : parseIpv4(text);
}

function parseIpv4(text: string): Uint8Array | undefined {
  const parts = text.split('.');
  const isAddress = parts.length === 4 && parts.every((part) => /^(0|[1-9][0-9]{0,2})$/.test(part) && Number(part) < 256);
  return isAddress ? Uint8Array.from(parts.map(Number)) : undefined;
}

function parseIpv6(text: string): Uint8Array | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const head = groupBytes(halves[0] ?? '', halves.length === 1);
  const tail = groupBytes(halves[1] ?? '', true);
  if (head === undefined || tail === undefined) return undefined;
  const missing = 16 - head.length - tail.length;
  // "::" stands for at least one group; without it there is nothing to fill in.
  if (halves.length === 2 ? missing < 2 : missing !== 0) return undefined;
  return Uint8Array.from([...head, ...new Uint8Array(missing), ...tail]);
}

/** Bytes of groups divided by single colons; the last may be a dotted IPv4 address where `mayEndDotted`. */
function groupBytes(text: string, mayEndDotted: boolean): number[] | undefined {
  if (text === '') return [];
  const bytes: number[] = [];
  const groups = text.split(':');
  for (const [index, group] of groups.entries()) {
    const dotted = mayEndDotted && index === groups.length - 1 && group.includes('.') ? parseIpv4(group) : undefined;
    if (dotted !== undefined) bytes.push(...dotted);
    else if (/^[0-9a-f]{1,4}$/i.test(group)) bytes.push(Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 0xff);
    else return undefined;
  }
  return bytes;
}

/** Text of 4 or 16 bytes: dotted, or the one form of RFC 5952. Throws `nameInvalid` for other lengths. */
export function formatIp(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.');
  if (bytes.length !== 16) throw new PkiError('nameInvalid', 'an IP address has 4 or 16 bytes');
  const view = new DataView(bytes.buffer, bytes.byteOffset, 16);
  const groups = Array.from({ length: 8 }, (_, index) => view.getUint16(index * 2));
  // RFC 5952 §5: IPv4-mapped addresses keep their dotted tail.
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff) return `::ffff:${bytes.subarray(12).join('.')}`;
  const run = longestZeroRun(groups);
  const text = (part: number[]) => part.map((group) => group.toString(16)).join(':');
  // RFC 5952 §4.2.2: a single zero group is not shortened.
  if (run.length < 2) return text(groups);
  return `${text(groups.slice(0, run.start))}::${text(groups.slice(run.start + run.length))}`;
}

/** RFC 5952 §4.2.3: the longest run of zero groups, the first of equals. */
function longestZeroRun(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  let start = 0;
  for (const [index, group] of groups.entries()) {
    if (group !== 0) start = index + 1;
    else if (index + 1 - start > best.length) best = { start, length: index + 1 - start };
  }
  return best;
}

/**
 * The reverse-lookup name that TLS-ALPN-01 uses as SNI for an address (RFC 8738 §6): `1.0.0.127.in-addr.arpa`.
 * Without a final dot. Throws `nameInvalid` when `ip` is no address.
 */
export function reverseName(ip: string): string {
  const bytes = tryParseIp(ip);
  if (bytes === undefined) throw new PkiError('nameInvalid', `"${printable(ip)}" is not an IP address`);
  if (bytes.length === 4) return `${[...bytes].reverse().join('.')}.in-addr.arpa`;
  const nibbles = [...bytes].reverse().flatMap((byte) => [(byte & 0xf).toString(16), (byte >> 4).toString(16)]);
  return `${nibbles.join('.')}.ip6.arpa`;
}
