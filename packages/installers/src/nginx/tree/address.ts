// What a `listen` directive says.
import { formatIp, tryParseIp } from '@certward/pki';
import type { DirectiveNode } from '../parser/nodes.ts';

/** One address that a server block listens on. */
export interface Address {
  /** As written: empty, `*`, a name, an IPv4 address, or an IPv6 address in brackets. */
  readonly host: string;
  /** `80` where none is written. */
  readonly port: string;
  /** This very directive says `ssl` (or `quic`, which is always encrypted). */
  readonly ssl: boolean;
  readonly isDefault: boolean;
  readonly ipv6: boolean;
  /** Sets options of the socket, which nginx allows once per address only. */
  readonly hasSocketOptions: boolean;
  /** Addresses that nginx takes for the same have the same key. */
  readonly key: string;
  readonly directive: DirectiveNode | undefined;
}

/** Options that may stand in one `listen` per address only; a copy of a block must not repeat them. */
export const socketOptions: ReadonlySet<string> = new Set([
  'default_server', 'default', 'setfib', 'fastopen', 'backlog', 'rcvbuf', 'sndbuf', 'accept_filter', 'deferred', 'bind',
  'ipv6only', 'reuseport', 'so_keepalive',
]);

/** What nginx listens on when a server block does not say. */
export const implicitAddress: Address = {
  host: '', port: '80', ssl: false, isDefault: false, ipv6: false, hasSocketOptions: false, key: '*:80', directive: undefined,
};

/** Reads a `listen` directive; undefined for Unix sockets, which no certificate concerns. */
export function parseListen(directive: DirectiveNode): Address | undefined {
  const [, address = '', ...options] = directive.words.map((word) => word.value);
  if (address === '' || address.startsWith('unix:')) return undefined;
  const ipv6 = address.startsWith('[');
  const { host, port } = ipv6 ? splitIpv6(address) : splitIpv4(address);
  const quic = options.includes('quic');
  const optionNames = options.map((option) => option.split('=', 1)[0] ?? '');
  return {
    host,
    port,
    ipv6,
    ssl: quic || options.includes('ssl'),
    isDefault: options.includes('default_server') || options.includes('default'),
    hasSocketOptions: optionNames.some((name) => socketOptions.has(name) && !name.startsWith('default')),
    key: `${canonicalHost(host, ipv6)}:${port}${quic ? '/udp' : ''}`,
    directive,
  };
}

function splitIpv6(address: string) {
  const end = address.indexOf(']') + 1;
  return end === 0 ? { host: address, port: '80' } : { host: address.slice(0, end), port: address.slice(end + 1) || '80' };
}

function splitIpv4(address: string) {
  if (/^\d+$/.test(address)) return { host: '', port: address };
  const colon = address.lastIndexOf(':');
  return colon < 0 ? { host: address, port: '80' } : { host: address.slice(0, colon), port: address.slice(colon + 1) };
}

function canonicalHost(host: string, ipv6: boolean): string {
  if (host === '' || host === '*' || host === '0.0.0.0') return '*';
  // The one that is nearly always written.
  if (host === '[::]') return host;
  const bytes = ipv6 ? tryParseIp(host.slice(1, -1)) : undefined;
  return bytes === undefined ? host.toLowerCase() : `[${formatIp(bytes)}]`;
}
