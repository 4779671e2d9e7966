// A loopback HTTP(S) server for tests: hands each request to a function that says what to answer, or to misbehave.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';

import { systemClock } from '@certward/base';
import { createCertificate, generatePrivateKey, privateKeyToPem } from '@certward/pki';

/** A request as it came. */
export interface Incoming {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: string;
}

/** What to answer. */
export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  /** Objects become JSON (with content type, unless given). */
  readonly body?: unknown;
  /** Sends the headers and this much of the body, then hangs up. */
  readonly cutAfter?: number;
  /** Sends the body byte by byte, one each so many milliseconds of real time. */
  readonly dripMs?: number;
}

/** An answer, or hanging up without one, or never answering. */
export type Reaction = Answer | 'hangUp' | 'silence';

/** A running server. */
export interface TestServer extends AsyncDisposable {
  readonly origin: string;
  /** Of an https server, to be trusted. */
  readonly caPem: string;
  readonly connections: () => number;
}

/** Starts a server on a free port of 127.0.0.1. */
export async function startHttpServer(react: (request: Incoming) => Promise<Reaction> | Reaction, options: { readonly tls?: boolean } = {}): Promise<TestServer> {
  const sockets = new Set<Socket>();
  let count = 0;
  const listener = (request: IncomingMessage, response: ServerResponse) => {
    void serve(request, response, react);
  };
  const identity = options.tls === true ? await selfSigned() : undefined;
  const server = identity === undefined ? createServer(listener) : createTlsServer({ key: identity.keyPem, cert: identity.caPem }, listener);
  server.on(identity === undefined ? 'connection' : 'secureConnection', (socket: Socket) => {
    count++;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    origin: `${identity === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    caPem: identity?.caPem ?? '',
    connections: () => count,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function serve(request: IncomingMessage, response: ServerResponse, react: (request: Incoming) => Promise<Reaction> | Reaction): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const reaction = await react({ method: request.method ?? '', path: request.url ?? '', headers: request.headers, body: Buffer.concat(chunks).toString() });
  if (reaction === 'silence') return;
  if (reaction === 'hangUp') {
    request.socket.destroy();
    return;
  }
  await send(response, reaction, request.method === 'HEAD');
}

async function send(response: ServerResponse, answer: Answer, isHead: boolean): Promise<void> {
  const { status, headers = {}, body, cutAfter, dripMs } = answer;
  const isRaw = typeof body === 'string' || body instanceof Uint8Array;
  const bytes = body === undefined ? Buffer.alloc(0) : Buffer.from(isRaw ? (body as string) : JSON.stringify(body));
  const type = isRaw || body === undefined ? {} : { 'content-type': status >= 400 ? 'application/problem+json' : 'application/json' };
  response.writeHead(status, { ...type, ...(headers as Record<string, string>), 'content-length': bytes.length });
  if (isHead) response.end();
  else if (cutAfter !== undefined) response.write(bytes.subarray(0, cutAfter), () => response.socket?.destroy());
  else if (dripMs !== undefined) await drip(response, bytes, dripMs);
  else response.end(bytes);
}

async function drip(response: ServerResponse, bytes: Buffer, dripMs: number): Promise<void> {
  for (const byte of bytes) {
    if (response.destroyed) return;
    response.write(Uint8Array.of(byte));
    await systemClock.sleep(dripMs);
  }
  response.end();
}

async function selfSigned(): Promise<{ keyPem: string; caPem: string }> {
  const key = await generatePrivateKey({ type: 'ecdsa', curve: 'P-256' });
  const certificate = createCertificate({
    subjectPublicKey: key,
    issuer: 'self',
    subject: { commonName: 'test server' },
    identifiers: [{ type: 'ip', value: '127.0.0.1' }],
    serialBytes: Uint8Array.of(1),
    notBefore: new Date('2020-01-01T00:00:00Z'),
    notAfter: new Date('2040-01-01T00:00:00Z'),
    isCa: true,
    keyUsage: ['digitalSignature', 'keyCertSign'],
    extendedKeyUsage: ['serverAuth'],
  });
  return { keyPem: privateKeyToPem(key), caPem: certificate.pem };
}
