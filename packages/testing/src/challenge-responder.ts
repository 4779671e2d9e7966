// Answers HTTP-01 and TLS-ALPN-01 validations on loopback, for tests of clients that leave answering to their caller.
import { type Server as HttpServer, createServer as createHttpServer } from 'node:http';
import type { Server as NetServer } from 'node:net';
import { type Server as TlsServer, createSecureContext, createServer as createTlsServer } from 'node:tls';
import { Resources } from './resources.ts';

/** Where a responder listens. */
export interface ChallengeResponderOptions {
  readonly httpPort: number;
  readonly tlsPort: number;
  /** Default 127.0.0.1 and, where the machine has it, ::1. */
  readonly hosts?: readonly string[];
}

/** A responder that runs. */
export interface ChallengeResponder extends AsyncDisposable {
  /** Serves `body` under the well-known path of `token`. */
  answerHttp(token: string, body: string): void;
  forgetHttp(token: string): void;
  /** Presents a certificate to whoever asks for `serverName` by `acme-tls/1`. */
  answerTls(serverName: string, identity: { readonly keyPem: string; readonly certificatePem: string }): void;
  forgetTls(serverName: string): void;
  /** How many answers are still served: none, when a client cleaned up. */
  readonly answers: number;
  /** Paths that were asked for by HTTP, with the Host field. */
  readonly httpRequests: readonly { readonly host: string; readonly path: string }[];
}

const wellKnown = '/.well-known/acme-challenge/';

/** Starts a responder. */
export async function startChallengeResponder(options: ChallengeResponderOptions): Promise<ChallengeResponder> {
  const { httpPort, tlsPort, hosts = ['127.0.0.1', '::1'] } = options;
  const bodies = new Map<string, string>();
  const identities = new Map<string, { keyPem: string; certificatePem: string }>();
  const httpRequests: { host: string; path: string }[] = [];
  await using resources = new Resources();
  for (const host of hosts) {
    const http = createHttpServer((request, response) => {
      const path = request.url ?? '';
      httpRequests.push({ host: request.headers.host ?? '', path });
      const body = path.startsWith(wellKnown) ? bodies.get(path.slice(wellKnown.length)) : undefined;
      response.writeHead(body === undefined ? 404 : 200, { 'content-type': 'application/octet-stream' });
      response.end(body);
    });
    const tls = createTlsServer({
      ALPNProtocols: ['acme-tls/1'],
      SNICallback: (name, done) => {
        // Go's client drops the final dot of reverse names; others keep it.
        const identity = identities.get(name.replace(/\.$/, ''));
        if (identity === undefined) done(new Error(`no answer for ${name}`));
        else done(null, createSecureContext({ key: identity.keyPem, cert: identity.certificatePem }));
      },
    });
    tls.on('tlsClientError', () => undefined);
    for (const [server, port] of [[http, httpPort], [tls, tlsPort]] as const) {
      if (await listen(server, port, host)) resources.use({ [Symbol.asyncDispose]: () => close(server) });
    }
  }
  const owned = resources.move();
  return {
    answerHttp: (token, body) => void bodies.set(token, body),
    forgetHttp: (token) => void bodies.delete(token),
    answerTls: (serverName, identity) => void identities.set(serverName, identity),
    forgetTls: (serverName) => void identities.delete(serverName),
    get answers() {
      return bodies.size + identities.size;
    },
    httpRequests,
    [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose](),
  };
}

/** False where the machine has no such address. */
function listen(server: NetServer, port: number, host: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRNOTAVAIL' || error.code === 'EAFNOSUPPORT') resolve(false);
      else reject(error);
    });
    server.listen({ port, host }, () => resolve(true));
  });
}

function close(server: HttpServer | TlsServer): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    if ('closeAllConnections' in server) server.closeAllConnections();
  });
}
