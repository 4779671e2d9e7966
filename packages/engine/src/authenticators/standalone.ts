// Answers http-01 from a listener of our own. One listener serves all challenges of all issuances that share this object.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Random, systemRandom } from '@certward/base';
import type { Authenticator, ChallengeToAnswer } from '../ports.ts';
import { ChallengeTable } from './challenge-table.ts';
import { handleObject, handleText } from './handle.ts';
import { type ClosableServer, SharedListener } from './shared-listener.ts';
import { challengePathPrefix, checkToken } from './token.ts';

/** Options of {@link createStandaloneAuthenticator}. */
export interface StandaloneOptions {
  /** Address to bind; default every address, IPv6 and IPv4. */
  readonly address?: string | undefined;
  /** Local port, default 80. The CA always connects to 80 (RFC 8555 §8.3); something must forward when this differs. */
  readonly port?: number | undefined;
  readonly random?: Random | undefined;
}

/** An {@link Authenticator} with a listener; `port` is what it listens on now. */
export interface ListeningAuthenticator extends Authenticator {
  readonly port: number | undefined;
  close(): Promise<void>;
}

/** No honest validation needs more at once; strangers who flood the port are turned away by the system. */
const maxConnections = 256;

/** A validation is one short GET; whoever is slower than this holds a connection for nothing. */
const requestTimeoutMs = 10_000;

/**
 * Answers http-01 on a port of this machine.
 *
 * The port opens with the first presentation and closes with the last clean-up. `present` throws `portInUse`,
 * `portForbidden`, `addressUnavailable` or `addressInvalid` when it cannot.
 */
export function createStandaloneAuthenticator(options: StandaloneOptions = {}): ListeningAuthenticator {
  const { address, port = 80, random = systemRandom } = options;
  const table = new ChallengeTable<string>();
  const listener = new SharedListener(() => createHttpServer(table), {
    address,
    port,
    portOption: '--http-01-port',
    publicPort: 80,
  });

  return {
    name: 'standalone',
    get port() {
      return listener.port;
    },
    challengeTypes: (_identifier, { wildcard }) => (wildcard ? [] : ['http-01']),
    plan: async (challenges) =>
      challenges.map((challenge) => ({ token: checkToken(challenge.token), presentation: presentationId(random) })),
    async present(challenge, handle) {
      const planned = handleObject(handle);
      table.add(checkToken(challenge.token), challenge.keyAuthorization, handleText(planned, 'presentation'));
      try {
        await listener.open();
      } catch (error) {
        table.remove(challenge.token, handleText(planned, 'presentation'));
        throw error;
      }
      return handle;
    },
    whenValidated: (challenge: ChallengeToAnswer) => table.whenAsked(challenge.token),
    async cleanUp(handle) {
      const planned = handleObject(handle);
      table.remove(handleText(planned, 'token'), handleText(planned, 'presentation'));
      if (table.isEmpty) await listener.close(() => !table.isEmpty);
    },
    hint: (problemType) =>
      ['connection', 'unauthorized', 'incorrectResponse', 'dns', 'tls'].includes(problemType)
        ? `make sure that the names point to this machine and that port 80 reaches the challenge listener on port ${port} from the internet`
        : undefined,
    close: () => listener.close(),
  };
}

/** Tells apart two presentations of one token; unique over processes because handles outlive them. */
export function presentationId(random: Random): string {
  return Buffer.from(random.bytes(8)).toString('hex');
}

async function createHttpServer(table: ChallengeTable<string>): Promise<ClosableServer> {
  const { createServer } = await import('node:http');
  const server = createServer(
    { maxHeaderSize: 8192, headersTimeout: requestTimeoutMs, requestTimeout: requestTimeoutMs, connectionsCheckingInterval: 1000 },
    (request, response) => answer(table, request, response),
  );
  server.maxConnections = maxConnections;
  server.setTimeout(requestTimeoutMs, (socket) => socket.destroy());
  return { server, destroyConnections: () => server.closeAllConnections() };
}

/** Looks the path up in the table: no request can reach a file, and the Host header does not matter. */
function answer(table: ChallengeTable<string>, request: IncomingMessage, response: ServerResponse): void {
  const path = (request.url ?? '').split('?', 1)[0] ?? '';
  if (request.method !== 'GET' && request.method !== 'HEAD') return reply(response, 405, 'only GET is answered here\n');
  if (path === '/') return reply(response, 200, 'this listener answers certificate validation requests\n');
  const token = path.startsWith(challengePathPrefix) ? path.slice(challengePathPrefix.length) : '';
  const keyAuthorization = table.get(token);
  if (keyAuthorization === undefined) return reply(response, 404, 'no such challenge\n');
  response.once('finish', () => table.markAsked(token));
  reply(response, 200, keyAuthorization);
}

function reply(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, {
    'content-type': 'text/plain; charset=us-ascii',
    'content-length': Buffer.byteLength(body),
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
    connection: 'close',
  });
  response.end(response.req.method === 'HEAD' ? undefined : body);
}
