// The check of a quickstart: a TLS client that trusts only the authority's root looks at what is served.
import { readFileSync } from 'node:fs';
import { connect, type DetailedPeerCertificate } from 'node:tls';
import { withDeadline } from '@certward/base';
import { parseCertificate } from '@certward/pki';
import { cliError } from '../errors.ts';

/** What to check. */
export interface ServedCheck {
  readonly name: string;
  readonly port: number;
  readonly rootsPem: string;
  readonly fullchainPath: string;
  readonly signal: AbortSignal;
}

/** What was served. */
export interface ServedCertificate {
  readonly fingerprint: string;
  readonly validTo: string;
}

/** Connects and compares. Throws `checkFailed` when another certificate is served or its chain does not lead to the root. */
export async function checkServedCertificate({ name, port, rootsPem, fullchainPath, signal }: ServedCheck): Promise<ServedCertificate> {
  const served = await withDeadline('the TLS handshake', 10_000, (limit) => handshake({ name, port, rootsPem }, limit), signal);
  const fingerprint = served.fingerprint256.replaceAll(':', '').toLowerCase();
  const expected = parseCertificate(readFileSync(fullchainPath, 'utf8')).fingerprintSha256;
  if (fingerprint !== expected) throw cliError('checkFailed', `another certificate is served: ${fingerprint} instead of ${expected}`);
  return { fingerprint, validTo: served.valid_to };
}

function handshake({ name, port, rootsPem }: Pick<ServedCheck, 'name' | 'port' | 'rootsPem'>, signal: AbortSignal): Promise<DetailedPeerCertificate> {
  return new Promise((resolve, reject) => {
    // Node verifies chain and name; without an error here both are in order.
    const socket = connect({ host: '127.0.0.1', port, servername: name, ca: rootsPem }, () => {
      const certificate = socket.getPeerCertificate(true);
      socket.end();
      resolve(certificate);
    });
    signal.addEventListener('abort', () => socket.destroy(signal.reason as Error), { once: true });
    socket.once('error', (cause) => reject(cliError('checkFailed', `the served certificate was refused: ${cause.message}`, { cause })));
  });
}
