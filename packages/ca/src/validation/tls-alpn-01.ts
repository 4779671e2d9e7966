// TLS-ALPN-01 (RFC 8737, RFC 8738 §6): the host shows a certificate made for the challenge under the protocol acme-tls/1.
import { createHash } from 'node:crypto';
import { connect, type TLSSocket } from 'node:tls';
import { AppError, TimeoutError, withDeadline } from '@certward/base';
import { type Certificate, type Identifier, parseCertificate, readDer, reverseName, sameIdentifiers } from '@certward/pki';
import { Problem } from '../problem.ts';
import type { Resolver } from './resolver.ts';
import type { ValidationRequest } from './validator.ts';

const alpnProtocol = 'acme-tls/1';
/** id-pe-acmeIdentifier (RFC 8737 §6.1). */
const acmeIdentifierOid = '1.3.6.1.5.5.7.1.31';

/** How hosts are reached. */
export interface TlsAlpnOptions {
  readonly resolver: Resolver;
  readonly tlsPort: number;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** Throws `connection`, `dns`, `tls` or `unauthorized` unless the host shows the certificate of this challenge. */
export async function validateTlsAlpn01({ identifier, keyAuthorization }: ValidationRequest, options: TlsAlpnOptions): Promise<void> {
  const { resolver, signal } = options;
  const addresses = identifier.type === 'ip' ? [identifier.value] : await resolver.addresses(identifier.value, { signal });
  const certificate = await fetchCertificate(identifier, addresses, options);
  checkCertificate(certificate, { identifier, keyAuthorization });
}

async function fetchCertificate(identifier: Identifier, addresses: readonly string[], options: TlsAlpnOptions): Promise<Certificate> {
  // RFC 8738 §6: the server name of an address is its reverse name.
  const servername = identifier.type === 'ip' ? reverseName(identifier.value) : identifier.value;
  let failure: Problem | undefined;
  for (const address of addresses) {
    const target = `${address} port ${options.tlsPort}`;
    try {
      return await withDeadline(target, options.timeoutMs, (signal) => handshake({ address, servername, port: options.tlsPort, signal }), options.signal);
    } catch (error) {
      options.signal.throwIfAborted();
      if (error instanceof Problem) throw error;
      const isUnreachable = error instanceof TimeoutError || (error as NodeJS.ErrnoException).syscall === 'connect';
      failure = new Problem(isUnreachable ? 'connection' : 'tls', `TLS handshake with ${target} failed: ${reasonOf(error)}`, { cause: error });
      if (!isUnreachable) throw failure;
    }
  }
  throw failure ?? new Problem('dns', `"${identifier.value}" has no address`);
}

function reasonOf(error: unknown): string {
  if (error instanceof TimeoutError) return 'timeout';
  const { code } = error as NodeJS.ErrnoException;
  return typeof code === 'string' ? code : 'the connection broke';
}

interface Handshake {
  readonly address: string;
  readonly servername: string;
  readonly port: number;
  readonly signal: AbortSignal;
}

function handshake({ address, port, servername, signal }: Handshake): Promise<Certificate> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: address, port, servername, ALPNProtocols: [alpnProtocol], rejectUnauthorized: false, minVersion: 'TLSv1.2' });
    const onAbort = () => socket.destroy(signal.reason as Error);
    signal.addEventListener('abort', onAbort, { once: true });
    socket.on('error', reject);
    socket.on('close', () => {
      signal.removeEventListener('abort', onAbort);
      reject(new Error('the connection was closed during the handshake'));
    });
    socket.on('secureConnect', () => {
      try {
        resolve(peerCertificate(socket));
      } catch (error) {
        reject(error);
      } finally {
        // §3: the connection carries no data.
        socket.destroy();
      }
    });
  });
}

function peerCertificate(socket: TLSSocket): Certificate {
  if (socket.alpnProtocol !== alpnProtocol) throw new Problem('unauthorized', `the host does not speak the protocol ${alpnProtocol}`);
  const { raw } = socket.getPeerCertificate() as { raw?: Buffer };
  try {
    if (raw !== undefined) return parseCertificate(raw);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
  }
  throw new Problem('unauthorized', 'the host shows no readable certificate');
}

/** §3: one name, which is the identifier, and the critical extension with the digest of the key authorization. */
function checkCertificate(certificate: Certificate, { identifier, keyAuthorization }: { readonly identifier: Identifier; readonly keyAuthorization: string }): void {
  const refuse = (detail: string) => new Problem('unauthorized', `the challenge certificate ${detail}`);
  try {
    const { extensions, identifiers, otherNames } = certificate;
    if (identifiers.length !== 1 || otherNames.length > 0) throw refuse('must have exactly one subject alternative name');
    if (!sameIdentifiers(identifiers, [identifier])) throw refuse(`is not for "${identifier.value}"`);
    const found = extensions.filter(({ oid }) => oid === acmeIdentifierOid);
    const [extension] = found;
    if (extension === undefined || found.length > 1) throw refuse('must have the acmeIdentifier extension once');
    if (!extension.critical) throw refuse('must mark the acmeIdentifier extension as critical');
    const expected = createHash('sha256').update(keyAuthorization).digest();
    if (!expected.equals(octetStringContent(extension.value))) throw refuse('does not hold the digest of the key authorization');
  } catch (error) {
    if (!(error instanceof AppError) || error instanceof Problem) throw error;
    throw refuse('is malformed');
  }
}

/** The extension's value is an OCTET STRING of its own. */
function octetStringContent(value: Uint8Array): Uint8Array {
  const element = readDer(value);
  return element.tag === 0x04 ? element.content : new Uint8Array();
}
