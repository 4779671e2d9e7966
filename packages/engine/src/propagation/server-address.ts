// Addresses of name servers: text forms as people write them, and back.
import { isIP } from 'node:net';
import { DnsError } from './errors.ts';

/** Where a DNS server listens. */
export interface ServerAddress {
  /** An IP address without brackets; a host name only where the reader allowed one. */
  readonly host: string;
  readonly port: number;
}

/** The port of DNS (RFC 1035 §4.2). */
export const dnsPort = 53;

/**
 * Reads `192.0.2.1`, `192.0.2.1:5353`, `2001:db8::1`, `[2001:db8::1]:5353` and, with `allowHostName`, `ns1.example.org:53`.
 *
 * @throws DnsError `serverAddressInvalid`
 */
export function parseServerAddress(
  text: string,
  options: { readonly defaultPort?: number; readonly allowHostName?: boolean } = {},
): ServerAddress {
  const port = options.defaultPort ?? dnsPort;
  const trimmed = text.trim();
  if (isIP(trimmed) !== 0) return { host: trimmed, port };
  const match = /^(?:\[([^\]]+)\]|([^:[\]]+))(?::(\d{1,5}))?$/.exec(trimmed);
  const host = match?.[1] ?? match?.[2];
  const given = match?.[3] === undefined ? port : Number(match[3]);
  if (host === undefined || !isHost(host, match?.[1] !== undefined, options.allowHostName ?? false) || given < 1 || given > 65_535) {
    throw new DnsError('serverAddressInvalid', `"${text}" is not the address of a DNS server`, {
      hint: `write it as 192.0.2.1, 192.0.2.1:5353 or [2001:db8::1]:53${options.allowHostName === true ? ', or as host:port' : ''}`,
    });
  }
  return { host, port: given };
}

function isHost(host: string, bracketed: boolean, allowHostName: boolean): boolean {
  if (bracketed) return isIP(host) === 6;
  return isIP(host) === 4 || (allowHostName && isDnsName(host) && !/^[\d.]+$/.test(host));
}

/** Prints an address the way {@link parseServerAddress} reads it; the standard port is left out. */
export function formatServerAddress({ host, port }: ServerAddress): string {
  if (port === dnsPort) return host;
  return isIP(host) === 6 ? `[${host}]:${port}` : `${host}:${port}`;
}

/**
 * Whether `text` is a name we are willing to ask for or follow: letters, digits, hyphens and underscores (challenge
 * names, delegation targets) within the lengths of RFC 1035 §2.3.4. Anything else in an answer is treated as hostile.
 */
export function isDnsName(text: string): boolean {
  return text.length <= 253 && /^(?!-)[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*$/i.test(text);
}

/** The name and its ancestors, itself first, the root left out: `a.b.c`, `b.c`, `c`. */
export function ancestors(name: string): string[] {
  const labels = name.split('.');
  return labels.map((_, index) => labels.slice(index).join('.'));
}

/** Whether `name` equals `zone` or lies below it. Both lower-case, without trailing dot; the root is the empty name. */
export function isWithin(name: string, zone: string): boolean {
  return zone === '' || name === zone || name.endsWith(`.${zone}`);
}

/** Lower-case, one trailing dot stripped; the root becomes the empty name. */
export function normaliseName(name: string): string {
  return name.toLowerCase().replace(/\.$/, '');
}
