// The rfc2136 provider's description and credentials, with Certbot's keys.
import { Secret } from '@certward/base';
import { parseServerAddress, type ServerAddress } from '@certward/engine';
import { readCredentials } from '../../credentials.ts';
import type { CredentialField, DnsProviderDefinition } from '../../definition.ts';
import { DnsProviderError } from '../../errors.ts';
import { createRfc2136Provider } from './provider.ts';
import { tsigAlgorithms, type TsigAlgorithm, type TsigKey } from './tsig.ts';

const fields: readonly CredentialField[] = [
  { key: 'server', label: 'target DNS server', required: true, secret: false },
  { key: 'port', label: 'port of the DNS server', required: false, secret: false, fallback: '53' },
  { key: 'name', label: 'TSIG key name', required: true, secret: false },
  { key: 'secret', label: 'TSIG key secret', required: true, secret: true },
  // Certbot's default, kept so that its credentials files work; the reference page tells people to name a better one.
  { key: 'algorithm', label: 'TSIG key algorithm', required: false, secret: false, fallback: 'HMAC-MD5' },
  { key: 'sign_query', label: 'switch that signs queries too', required: false, secret: false, fallback: 'false' },
];

/** What the rfc2136 provider needs to know. */
export interface Rfc2136Credentials {
  readonly server: ServerAddress;
  readonly key: TsigKey;
  /** Also sign the queries that find zones, for servers that answer differently by key (BIND views). */
  readonly signQueries: boolean;
}

/**
 * Reads the entries of a credentials file (`dns_rfc2136_server`, `_port`, `_name`, `_secret`, `_algorithm`,
 * `_sign_query`). The server may be an address or, unlike Certbot's, a name, each with or without `:port`.
 *
 * @throws DnsProviderError `credentialsMissing`, `credentialsInvalid`
 */
export function parseRfc2136Credentials(values: ReadonlyMap<string, string>): Rfc2136Credentials {
  const found = readCredentials(values, { provider: 'rfc2136', fields });
  const of = (key: string) => found.get(key) ?? '';
  return {
    server: parseServer(of('server'), of('port')),
    key: { name: parseKeyName(of('name')), algorithm: parseAlgorithm(of('algorithm')), secret: parseSecret(of('secret')) },
    signQueries: parseSwitch(of('sign_query')),
  };
}

function parseServer(server: string, port: string): ServerAddress {
  const defaultPort = Number(port);
  if (!/^\d{1,5}$/.test(port) || defaultPort < 1 || defaultPort > 65_535) throw invalid('port', `"${port}" is not a port`);
  try {
    return parseServerAddress(server, { defaultPort, allowHostName: true });
  } catch (cause) {
    throw invalid('server', `"${server}" is not the address of a DNS server`, cause);
  }
}

function parseKeyName(name: string): string {
  const plain = name.replace(/\.$/, '');
  if (!/^[^\s."]{1,63}(?:\.[^\s."]{1,63})*$/.test(plain) || plain.length > 253) throw invalid('name', `"${name}" is not a key name`);
  return plain.toLowerCase();
}

function parseAlgorithm(name: string): TsigAlgorithm {
  const plain = name.toLowerCase().replace(/\.$/, '').replace(/^hmac-md5\.sig-alg\.reg\.int$/, 'hmac-md5');
  if (Object.hasOwn(tsigAlgorithms, plain)) return plain as TsigAlgorithm;
  const known = Object.keys(tsigAlgorithms).map((algorithm) => algorithm.toUpperCase());
  throw invalid('algorithm', `"${name}" is not a TSIG algorithm`, undefined, `use one of ${known.join(', ')}`);
}

function parseSecret(value: string): Secret<Uint8Array> {
  // Key generators break long secrets with a space, and people paste them so.
  const text = value.replaceAll(/\s/g, '');
  const bytes = Buffer.from(text, 'base64');
  // Buffer.from skips what it does not know; only text that comes back the same was base64.
  if (bytes.length === 0 || bytes.toString('base64').replace(/=+$/, '') !== text.replace(/=+$/, '')) {
    throw invalid('secret', 'the TSIG secret is not base64', undefined, 'copy the secret line of the key as tsig-keygen or keymgr printed it, in one line');
  }
  return new Secret(new Uint8Array(bytes));
}

/** The words that Certbot's reader of booleans takes. */
function parseSwitch(text: string): boolean {
  const word = text.toLowerCase();
  if (['true', 'yes', 'on', '1'].includes(word)) return true;
  if (['false', 'no', 'off', '0'].includes(word)) return false;
  throw invalid('sign_query', `"${text}" is neither true nor false`);
}

function invalid(key: string, message: string, cause?: unknown, hint?: string): DnsProviderError {
  return new DnsProviderError('credentialsInvalid', message, {
    cause,
    details: { property: `dns_rfc2136_${key}` },
    hint: `correct dns_rfc2136_${key} in the credentials${hint === undefined ? '' : `: ${hint}`}`,
  });
}

/** Dynamic updates as BIND, Knot, PowerDNS and others take them. */
export const rfc2136: DnsProviderDefinition = {
  name: 'rfc2136',
  title: 'RFC 2136 dynamic updates (BIND, Knot, PowerDNS, …)',
  credentials: fields,
  certbotPropagationSeconds: 60,
  create: (values, dependencies) => createRfc2136Provider(parseRfc2136Credentials(values), dependencies),
};
