// HTTP in front of the handler: bounded bodies, bounded times, and nothing of the protocol.
import { createServer as createHttpServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer, type Server as HttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { CaError } from './errors.ts';
import type { CaRequest, CaResponse } from './handler/exchange.ts';
import type { ListenerCredentials } from './listener-certificate.ts';

/** A CSR with a hundred long names, in base64url twice over, has less than half of this. */
const maxBodyBytes = 256 * 1024;

/** Where and how to listen. */
export interface ListenerOptions {
  readonly host: string;
  readonly port: number;
  /** Absent: plain http. */
  readonly credentials?: ListenerCredentials | undefined;
  readonly handle: (request: CaRequest) => Promise<CaResponse>;
}

/** A listening server. */
export interface HttpListener extends AsyncDisposable {
  readonly port: number;
  /** Replaces the certificate for new connections. */
  install(credentials: ListenerCredentials): void;
}

/** Listens. Throws `listenRefused` where the address is taken or forbidden. */
export async function listen(options: ListenerOptions): Promise<HttpListener> {
  const onRequest = (request: IncomingMessage, response: ServerResponse) => void serve(request, response, options.handle);
  const { credentials } = options;
  const server: Server | HttpsServer = credentials === undefined ? createHttpServer(onRequest) : createHttpsServer({ ...credentials, minVersion: 'TLSv1.2' }, onRequest);
  server.requestTimeout = 60_000;
  server.headersTimeout = 15_000;
  // Longer than clients pause between polls, so that a whole order can use one connection.
  server.keepAliveTimeout = 65_000;
  await bind(server, options);
  return {
    port: (server.address() as AddressInfo).port,
    install: (fresh) => {
      if ('setSecureContext' in server) server.setSecureContext(fresh);
    },
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function bind(server: Server | HttpsServer, { host, port }: ListenerOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const hint = cause.code === 'EACCES' ? 'ports below 1024 need a privileged user' : 'choose another port, or stop what listens there';
      reject(new CaError('listenRefused', `cannot listen on "${host}" port ${port}`, { cause, hint }));
    });
    server.listen({ host, port }, () => resolve());
  });
}

async function serve(request: IncomingMessage, response: ServerResponse, handle: ListenerOptions['handle']): Promise<void> {
  let body: Uint8Array | undefined;
  try {
    body = await readBody(request);
  } catch {
    // The client went away in the middle of its request; there is nobody to answer.
    request.destroy();
    return;
  }
  if (body === undefined) {
    write(response, { request, answer: tooLarge });
    return;
  }
  const answer = await handle({
    method: request.method ?? 'GET',
    path: request.url ?? '/',
    headers: singleHeaders(request),
    body,
    ...(request.socket.remoteAddress === undefined ? {} : { remoteAddress: request.socket.remoteAddress }),
  });
  if (answer.lost === true) request.socket.destroy();
  else write(response, { request, answer });
}

const tooLarge: CaResponse = {
  status: 413,
  headers: { 'content-type': 'application/problem+json', connection: 'close' },
  body: `${JSON.stringify({ type: 'urn:ietf:params:acme:error:malformed', status: 413, detail: `a request may have ${maxBodyBytes} bytes` })}\n`,
};

/** The whole body, or undefined where it is too large. */
async function readBody(request: IncomingMessage): Promise<Uint8Array | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += (chunk as Buffer).length;
    // Read on without keeping anything, so that the client gets to see the answer.
    if (size <= maxBodyBytes) chunks.push(chunk as Buffer);
    else if (size > 16 * maxBodyBytes) throw new Error('the body does not end');
  }
  return size > maxBodyBytes ? undefined : Buffer.concat(chunks);
}

function singleHeaders({ headers }: IncomingMessage): CaRequest['headers'] {
  return { 'content-type': headers['content-type'], 'user-agent': headers['user-agent'] };
}

function write(response: ServerResponse, { answer, request }: { readonly answer: CaResponse; readonly request: IncomingMessage }): void {
  const body = typeof answer.body === 'string' ? Buffer.from(answer.body) : answer.body;
  const headers: Record<string, string | number | string[]> = { 'content-length': body.length };
  for (const [name, value] of Object.entries(answer.headers)) headers[name] = typeof value === 'string' ? value : [...value];
  response.writeHead(answer.status, headers);
  response.end(request.method === 'HEAD' ? undefined : body);
}
