// The transport over node:https: few kept connections, bounded in size and time, no decoding, no redirects.
// node:https is loaded on the first request, since many runs of a program never make one.
import type { Agent as HttpAgent, ClientRequest, IncomingMessage, RequestOptions } from 'node:http';
import type { AgentOptions } from 'node:https';
import type { Socket } from 'node:net';

import { AcmeError } from './errors.ts';
import { deadline } from '@certward/base';
import { addressOf, createTunnelAgent, proxyAuthorization, type ProxyChoice } from './proxy.ts';
import { type Transport, TransportError, type TransportRequest, type TransportResponse } from './transport.ts';

/** How {@link createHttpsTransport} connects. */
export interface HttpsTransportOptions {
  /** Further roots to trust (PEM, any number of certificates) beside those of the platform. */
  readonly trustedCaPem?: string | undefined;
  /** False trusts `trustedCaPem` alone, for those who keep the platform's roots out. Default true. */
  readonly trustPlatformRoots?: boolean | undefined;
  /** False takes any server certificate: for test servers only. Default true. */
  readonly verifyTls?: boolean | undefined;
  /**
   * Connections at most, all hosts together as a rule since a CA is one host. Default 8: enough to fetch a hundred
   * authorizations in well under a second over a slow link, few enough that no CA's edge limit minds.
   */
  readonly connections?: number | undefined;
  /** The HTTP proxy for a URL, see {@link proxyFromEnvironment}. Default none. */
  readonly proxyFor?: ProxyChoice | undefined;
  /** Silence after which a connection is given up. Default 20 s. */
  readonly idleTimeoutMs?: number | undefined;
}

/** Kept connections die after this much idleness unless the server says sooner: shorter than usual server timeouts. */
const keepIdleMs = 30_000;

/** Verification failures that a missing root explains; with these, the platform's own roots are tried. */
const unknownIssuerCodes = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

/** Sockets whose handshake is over: what is written to them may arrive. */
const connectedSockets = new WeakSet<object>();

type RequestFunction = (url: URL, options: RequestOptions, onResponse: (response: IncomingMessage) => void) => ClientRequest;

interface Door {
  /** Plain http goes to it as absolute URLs (RFC 9112 §3.2.2). */
  readonly proxy?: URL | undefined;
  readonly request: RequestFunction;
  readonly agent: HttpAgent;
}

/** A {@link Transport} over node:https and, for plain-http test servers, node:http. */
export function createHttpsTransport(options: HttpsTransportOptions = {}): Transport {
  return new HttpsTransport(options);
}

class HttpsTransport implements Transport {
  readonly #options: HttpsTransportOptions;
  readonly #doors = new Map<string, Promise<Door>>();
  /**
   * With extra roots, those alone are tried first: reading the platform's hundred and forty takes 18 ms of CPU, more
   * than all cryptography of a certificate. Once they do not suffice, the platform's are used from then on.
   */
  #onlyExtraRoots: boolean;

  constructor(options: HttpsTransportOptions) {
    this.#options = options;
    this.#onlyExtraRoots = options.trustedCaPem !== undefined;
  }

  async send(request: TransportRequest, { signal }: { readonly signal?: AbortSignal | undefined }): Promise<TransportResponse> {
    signal?.throwIfAborted();
    const url = new URL(request.url);
    const roots = this.#onlyExtraRoots;
    try {
      return await exchange(await this.#door(url, roots), { ...request, parsedUrl: url, idleTimeoutMs: this.#options.idleTimeoutMs ?? 20_000 }, signal);
    } catch (error) {
      if (!roots || this.#options.trustPlatformRoots === false || !isUnknownIssuer(error)) throw error;
      this.#onlyExtraRoots = false;
      return this.send(request, { signal });
    }
  }

  async close(): Promise<void> {
    const doors = [...this.#doors.values()];
    this.#doors.clear();
    for (const door of doors) (await door).agent.destroy();
  }

  #door(url: URL, onlyExtraRoots: boolean): Promise<Door> {
    const proxy = this.#options.proxyFor?.(url);
    const key = `${url.protocol === 'https:' ? `https ${onlyExtraRoots}` : 'http'} ${proxy?.href ?? ''}`;
    let door = this.#doors.get(key);
    if (door === undefined) {
      door = openDoor(url.protocol, this.#options, { onlyExtraRoots, proxy });
      this.#doors.set(key, door);
    }
    return door;
  }
}

async function openDoor(
  protocol: string,
  options: HttpsTransportOptions,
  { onlyExtraRoots, proxy }: { readonly onlyExtraRoots: boolean; readonly proxy: URL | undefined },
): Promise<Door> {
  const { connections = 8, verifyTls = true, trustedCaPem } = options;
  // Last in, first out: a sequential caller stays on one connection, the others may go idle and close.
  const common: AgentOptions = { keepAlive: true, maxSockets: connections, scheduling: 'lifo', timeout: keepIdleMs };
  if (protocol !== 'https:') {
    const http = await import('node:http');
    return { request: http.request, agent: new http.Agent(common), proxy };
  }
  const https = await import('node:https');
  const tls: AgentOptions = { rejectUnauthorized: verifyTls, minVersion: 'TLSv1.2', ...(onlyExtraRoots ? { ca: trustedCaPem } : {}) };
  const agent = proxy === undefined ? new https.Agent({ ...common, ...tls }) : await createTunnelAgent(proxy, { ...common, ...tls });
  return { request: https.request, agent };
}

interface Exchange extends TransportRequest {
  readonly parsedUrl: URL;
  readonly idleTimeoutMs: number;
}

async function exchange(door: Door, exchanged: Exchange, signal: AbortSignal | undefined): Promise<TransportResponse> {
  using limit = deadline(`the answer of ${exchanged.parsedUrl.host}`, exchanged.timeoutMs, signal);
  return await new Promise<TransportResponse>((resolve, reject) => {
    const progress: Progress = { connected: false };
    // A connection that breaks in the middle of an answer tells the response, before that the request, sometimes both.
    const fail = (error: Error) => {
      if (signal?.aborted === true) reject(signal.reason as Error);
      else reject(asTransportError(limit.signal.aborted ? (limit.signal.reason as Error) : error, exchanged, progress));
      request.destroy();
    };
    const request = door.request(exchanged.parsedUrl, { ...requestOptions(exchanged, door), signal: limit.signal }, (response) => {
      progress.response = response;
      // Node takes the socket away from a response that is read to its end.
      const { socket } = response;
      const done = (answer: TransportResponse) => resolve({ ...answer, isReusedConnection: request.reusedSocket, discard: () => void socket.destroy() });
      collect(response, { maxBytes: exchanged.maxBytes, resolve: done, fail });
    });
    request.on('socket', (socket) => watchConnection(socket, exchanged.parsedUrl.protocol, progress));
    request.setTimeout(exchanged.idleTimeoutMs, () => fail(new IdleTimeout(exchanged.idleTimeoutMs)));
    request.on('error', fail);
    request.end(exchanged.body);
  });
}

function requestOptions({ method, headers, body, parsedUrl }: Exchange, { agent, proxy }: Door): RequestOptions {
  const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
  const direct = { method, headers: { ...headers, ...length }, agent };
  if (proxy === undefined) return direct;
  const { host, port } = addressOf(proxy);
  return { ...direct, headers: { ...direct.headers, host: parsedUrl.host, ...proxyAuthorization(proxy) }, host, hostname: host, port, path: parsedUrl.href };
}

function watchConnection(socket: Socket, protocol: string, progress: Progress): void {
  progress.connected = connectedSockets.has(socket);
  if (progress.connected) return;
  socket.once(protocol === 'https:' ? 'secureConnect' : 'connect', () => {
    connectedSockets.add(socket);
    progress.connected = true;
  });
}

interface Progress {
  connected: boolean;
  response?: IncomingMessage;
}

interface Collecting {
  readonly maxBytes: number;
  readonly resolve: (response: TransportResponse) => void;
  readonly fail: (error: Error) => void;
}

function collect(response: IncomingMessage, { maxBytes, resolve, fail }: Collecting): void {
  const chunks: Buffer[] = [];
  let size = 0;
  response.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size > maxBytes) fail(new TooLarge(maxBytes));
    else chunks.push(chunk);
  });
  response.on('end', () => {
    const body = chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks);
    if (size <= maxBytes) resolve({ status: response.statusCode ?? 0, headers: response.headers, body });
  });
  response.on('error', fail);
  response.on('close', () => {
    if (!response.complete) fail(new Error('the connection closed in the middle of the answer'));
  });
}

class IdleTimeout extends Error {
  constructor(ms: number) {
    super(`nothing came for ${ms / 1000} s`);
  }
}

class TooLarge extends Error {
  constructor(maxBytes: number) {
    super(`the answer is longer than ${maxBytes} bytes`);
  }
}

function asTransportError(cause: Error, { parsedUrl, method }: Exchange, progress: Progress): TransportError {
  const { response } = progress;
  return new TransportError(cause instanceof TooLarge ? cause.message : `could not reach "${parsedUrl.origin}"`, {
    cause,
    code: cause instanceof TooLarge ? 'responseTooLarge' : 'network',
    requestMayHaveArrived: progress.connected,
    partial: response === undefined ? undefined : { status: response.statusCode ?? 0, headers: response.headers },
    details: { method, url: parsedUrl.href, ...(codeOf(cause) === undefined ? {} : { reason: codeOf(cause) }) },
    hint: hintFor(codeOf(cause)),
  });
}

function codeOf(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}

function isUnknownIssuer(error: unknown): boolean {
  return error instanceof AcmeError && unknownIssuerCodes.has(codeOf(error.cause) ?? '');
}

function hintFor(code: string | undefined): string | undefined {
  if (code === undefined) return undefined;
  if (unknownIssuerCodes.has(code)) return 'the certificate of the server comes from an unknown root: for a private ca, pass its root as trusted';
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID') return 'look at the clock of this machine: the certificate of the server is outside its validity';
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return 'the server is not the one the url names: check the url, and for something in between';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'the name does not resolve: check the url and the DNS of this machine';
  if (code === 'ECONNREFUSED') return 'nothing listens there: check the url and the port';
  return undefined;
}
