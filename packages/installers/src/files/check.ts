// Looks at the certificate that a program serves, until it is the wanted one or time is up.
import { createHash } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

import { type Clock, describeError, systemClock, withDeadline } from '@certward/base';
import type { CallOptions } from '@certward/engine';

import { FileTargetError } from './errors.ts';
import { startTls } from './start-tls.ts';
import type { TlsCheck } from './target.ts';

const pauseMs = 200;
const connectionMs = 5_000;

/** Resolves once the program serves the certificate with this SHA-256 fingerprint. Throws `checkFailed`. */
export async function checkServed(check: TlsCheck, fingerprint: string, { clock = systemClock, signal }: CallOptions & { readonly clock?: Clock | undefined } = {}): Promise<void> {
  const until = clock.monotonicMs() + check.timeoutMs;
  const place = `${check.host}:${check.port}`;
  for (;;) {
    signal?.throwIfAborted();
    const seen = await lookOnce(check, signal);
    if (seen.fingerprint === fingerprint) return;
    if (clock.monotonicMs() + pauseMs > until) {
      const what = seen.fingerprint === undefined ? `does not serve TLS: ${seen.reason ?? ''}` : 'still serves another certificate';
      throw new FileTargetError('checkFailed', `${place} ${what}`, {
        details: { host: check.host, port: check.port, expected: fingerprint, served: seen.fingerprint },
        hint: 'make sure that the program is configured to read the files of this target, and that its reload works',
      });
    }
    await clock.sleep(pauseMs, { signal });
  }
}

/** The fingerprint that is served now, or why none is. */
export async function servedFingerprint(check: TlsCheck, options: CallOptions = {}): Promise<string | undefined> {
  return (await lookOnce(check, options.signal)).fingerprint;
}

async function lookOnce(check: TlsCheck, signal: AbortSignal | undefined): Promise<{ readonly fingerprint?: string; readonly reason?: string }> {
  try {
    return { fingerprint: await withDeadline(`${check.host}:${check.port}`, connectionMs, (limit) => handshake(check, limit), signal) };
  } catch (error) {
    signal?.throwIfAborted();
    return { reason: describeError(error) };
  }
}

async function handshake({ host, port, servername, startTls: protocol }: TlsCheck, signal: AbortSignal): Promise<string> {
  const plain = connect({ host, port });
  const onAbort = () => void plain.destroy(signal.reason as Error);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    await connected(plain);
    if (protocol !== undefined) await startTls(plain, protocol);
    return await peerFingerprint(plain, servername);
  } finally {
    signal.removeEventListener('abort', onAbort);
    plain.destroy();
  }
}

function connected(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('connect', resolve).once('error', reject);
  });
}

/** The certificate is compared with the one we know, so who signed it is of no interest here. */
function peerFingerprint(socket: Socket, servername: string | undefined): Promise<string> {
  return new Promise((resolve, reject) => {
    const tls = connectTls({ socket, rejectUnauthorized: false, ...(servername === undefined ? {} : { servername }) }, () => {
      resolve(createHash('sha256').update(tls.getPeerCertificate().raw).digest('hex'));
    });
    tls.once('error', reject).once('close', () => reject(new Error('the server closed the connection')));
  });
}
