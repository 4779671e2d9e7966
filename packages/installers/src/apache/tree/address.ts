// Addresses of `<VirtualHost>` and `Listen`: `*:80`, `192.0.2.1`, `[2001:db8::1]:443`, `_default_:*`, `name:80`.

/** Host and port; the host in brackets where it is IPv6, the port empty where none is given. */
export interface Address {
  readonly host: string;
  readonly port: string;
}

/** Reads an address as it stands in `<VirtualHost …>`. */
export function parseAddress(text: string): Address {
  const match = /^(\[[^\]]*\]|[^:]*)(?::(.*))?$/.exec(text);
  if (match === null) return { host: text, port: '' };
  return { host: match[1] ?? '', port: match[2] ?? '' };
}

/** The address as text. */
export function formatAddress({ host, port }: Address): string {
  return port === '' ? host : `${host}:${port}`;
}

/** Reads the argument of `Listen`, where a lone number is a port on every address. */
export function parseListen(text: string): Address {
  return /^\d+$/.test(text) ? { host: '*', port: text } : parseAddress(text);
}

/** True for addresses that stand for all that have no host of their own. */
export function isAnyHost({ host }: Address): boolean {
  return host === '*' || host === '_default_' || host === '';
}

/** True when the address serves `port`: its own, or all of them. */
export function servesPort({ port }: Address, wanted: string): boolean {
  return port === wanted || port === '' || port === '*';
}
