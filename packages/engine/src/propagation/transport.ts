// One DNS message out, one back, over UDP or TCP. Knows sockets, time limits and sizes; not what the messages say.
import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { connect, isIP, type Socket as TcpSocket } from 'node:net';
import { type Random, systemRandom, TimeoutError, withDeadline } from '@certward/base';
import { DnsError } from './errors.ts';
import { formatServerAddress, type ServerAddress } from './server-address.ts';

/** Limits of one exchange. */
export interface ExchangeOptions {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** After this many foreign or forged datagrams the exchange is given up: somebody is flooding the port. */
const mostForeignDatagrams = 200;

/**
 * Sends `message` in a datagram from a random port and resolves to what `accept` makes of the first reply it accepts
 * (anything but undefined). Only datagrams of the server itself arrive: the socket is connected.
 *
 * @throws DnsError `dnsServerUnreachable` (nobody listens, no route), `dnsServerSilent`, or what `accept` throws
 */
export function exchangeUdp<T>(
  server: ServerAddress,
  message: Uint8Array,
  options: ExchangeOptions & { readonly accept: (reply: Uint8Array) => T | undefined; readonly random?: Random },
): Promise<T> {
  return limited(server, options, async (signal) => {
    const socket = await openUdp(server, options.random ?? systemRandom, signal);
    try {
      return await new Promise<T>((resolve, reject) => {
        let foreign = 0;
        rejectOnAbort(signal, reject);
        socket.on('error', reject);
        socket.on('message', (reply) => {
          try {
            const accepted = options.accept(reply);
            if (accepted !== undefined) resolve(accepted);
            else if (++foreign >= mostForeignDatagrams) reject(new DnsError('dnsMessageMalformed', 'too many forged answers'));
          } catch (error) {
            reject(error);
          }
        });
        socket.send(message, (error) => {
          if (error !== null) reject(error);
        });
      });
    } finally {
      socket.close();
    }
  });
}

/** Tries a few random ports (RFC 5452 §9.2), then lets the system choose. */
async function openUdp(server: ServerAddress, random: Random, signal: AbortSignal): Promise<UdpSocket> {
  for (let attempt = 0; ; attempt++) {
    signal.throwIfAborted();
    const port = attempt < 4 ? 32_768 + Math.floor(random.fraction() * 32_768) : 0;
    const socket = createSocket(isIP(server.host) === 6 ? 'udp6' : 'udp4');
    try {
      await new Promise<void>((resolve, reject) => {
        socket.once('error', reject);
        socket.once('connect', resolve);
        // Without a callback of its own, a failing connect() arrives as the error event.
        socket.bind(port, () => socket.connect(server.port, server.host));
      });
      socket.removeAllListeners('error');
      return socket;
    } catch (error) {
      socket.close();
      if (port === 0 || !['EADDRINUSE', 'EACCES'].includes(codeOf(error))) throw error;
    }
  }
}

/**
 * Sends `message` with its length in front (RFC 1035 §4.2.2) and resolves to the first message that comes back.
 * A message is at most 65,535 bytes; not a byte more than the announced length is kept.
 *
 * @throws DnsError `dnsServerUnreachable`, `dnsServerSilent`, `dnsMessageMalformed` (closed in the middle of a message)
 */
export function exchangeTcp(server: ServerAddress, message: Uint8Array, options: ExchangeOptions): Promise<Uint8Array> {
  return limited(server, options, async (signal) => {
    const socket = connect({ host: server.host, port: server.port, noDelay: true });
    try {
      socket.on('connect', () => {
        const frame = Buffer.alloc(2 + message.length);
        frame.writeUInt16BE(message.length);
        frame.set(message, 2);
        socket.write(frame);
      });
      return await readFrame(socket, signal);
    } finally {
      socket.destroy();
    }
  });
}

function readFrame(socket: TcpSocket, signal: AbortSignal): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    let received = Buffer.alloc(0);
    rejectOnAbort(signal, reject);
    socket.on('error', reject);
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      const end = received.length < 2 ? Number.POSITIVE_INFINITY : 2 + received.readUInt16BE(0);
      if (received.length >= end) resolve(new Uint8Array(received.subarray(2, end)));
    });
    socket.on('close', () => reject(new DnsError('dnsMessageMalformed', 'the connection was closed before the answer was complete', { retry: 'now' })));
  });
}

/** The signal may be aborted already, while a socket was being opened; then there is no event any more. */
function rejectOnAbort(signal: AbortSignal, reject: (reason: Error) => void): void {
  if (signal.aborted) reject(signal.reason as Error);
  else signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
}

async function limited<T>(server: ServerAddress, options: ExchangeOptions, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const name = formatServerAddress(server);
  try {
    return await withDeadline(`an answer of ${name}`, options.timeoutMs, work, options.signal);
  } catch (cause) {
    options.signal?.throwIfAborted();
    if (cause instanceof TimeoutError) {
      throw new DnsError('dnsServerSilent', `no answer from ${name} within ${options.timeoutMs / 1000} s`, { cause, retry: 'now' });
    }
    const code = codeOf(cause);
    if (code === '') throw cause;
    throw new DnsError('dnsServerUnreachable', `cannot reach ${name}`, {
      cause,
      details: { systemCode: code, routable: !noRouteCodes.has(code) },
      retry: 'now',
    });
  }
}

/** What the system says when this machine has no way to an address at all, as opposed to nobody answering there. */
const noRouteCodes = new Set(['ENETUNREACH', 'EHOSTUNREACH', 'EADDRNOTAVAIL', 'EAFNOSUPPORT', 'EINVAL', 'EPERM', 'EACCES', 'ENOTFOUND', 'EAI_AGAIN']);

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && !(error instanceof DnsError) ? error.code : '';
}
