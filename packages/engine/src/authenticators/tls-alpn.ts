// Answers tls-alpn-01 (RFC 8737) from a listener of our own: only ALPN acme-tls/1, only names in the table, never any data.
import type { TLSSocket } from 'node:tls';
import { type Clock, type Random, systemClock, systemRandom } from '@certward/base';
import { createAcmeTlsAlpnCertificate, generatePrivateKey, type Identifier, privateKeyToPem, reverseName } from '@certward/pki';
import type { ChallengeToAnswer } from '../ports.ts';
import { ChallengeTable } from './challenge-table.ts';
import { handleObject, handleText } from './handle.ts';
import { type ClosableServer, SharedListener } from './shared-listener.ts';
import { type ListeningAuthenticator, presentationId } from './standalone.ts';
import { checkToken } from './token.ts';

/** Options of {@link createTlsAlpnAuthenticator}. */
export interface TlsAlpnOptions {
  /** Address to bind; default every address, IPv6 and IPv4. */
  readonly address?: string | undefined;
  /** Local port, default 443. The CA always connects to 443 (RFC 8737 §3); something must forward when this differs. */
  readonly port?: number | undefined;
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
}

/** RFC 8737 §6.2. */
const acmeTlsProtocol = 'acme-tls/1';

const maxConnections = 256;
const handshakeTimeoutMs = 10_000;

interface Proof {
  readonly certificatePem: string;
  readonly keyPem: string;
  readonly keyAuthorization: string;
}

/**
 * Answers tls-alpn-01 on a port of this machine, for DNS names and IP addresses (RFC 8738).
 *
 * Opens and closes like the standalone authenticator and throws the same errors. Two issuances at once for one name need
 * different certificates under one name; the second gets `challengeConflict` and may try again later.
 */
export function createTlsAlpnAuthenticator(options: TlsAlpnOptions = {}): ListeningAuthenticator {
  const { address, port = 443, clock = systemClock, random = systemRandom } = options;
  const table = new ChallengeTable<Proof>((a, b) => a.keyAuthorization === b.keyAuthorization);
  const listener = new SharedListener(() => createTlsServer(table), {
    address,
    port,
    portOption: '--tls-alpn-01-port',
    publicPort: 443,
  });

  return {
    name: 'tls-alpn',
    get port() {
      return listener.port;
    },
    challengeTypes: (_identifier, { wildcard }) => (wildcard ? [] : ['tls-alpn-01']),
    plan: async (challenges) =>
      challenges.map((challenge) => {
        checkToken(challenge.token);
        return { serverName: serverNameOf(challenge.identifier), presentation: presentationId(random) };
      }),
    async present(challenge, handle) {
      const planned = handleObject(handle);
      const serverName = handleText(planned, 'serverName');
      const presentation = handleText(planned, 'presentation');
      table.add(serverName, await createProof(challenge, clock), presentation);
      try {
        await listener.open();
      } catch (error) {
        table.remove(serverName, presentation);
        throw error;
      }
      return handle;
    },
    whenValidated: (challenge: ChallengeToAnswer) => table.whenAsked(serverNameOf(challenge.identifier)),
    async cleanUp(handle) {
      const planned = handleObject(handle);
      table.remove(handleText(planned, 'serverName'), handleText(planned, 'presentation'));
      if (table.isEmpty) await listener.close(() => !table.isEmpty);
    },
    hint: (problemType) =>
      ['connection', 'unauthorized', 'incorrectResponse', 'dns', 'tls'].includes(problemType)
        ? `make sure that the names point to this machine and that port 443 reaches the challenge listener on port ${port}, with no proxy ending TLS in between`
        : undefined,
    close: () => listener.close(),
  };
}

/** What the CA sends as server name: for an address its reverse name (RFC 8738 §6). */
export function serverNameOf(identifier: Identifier): string {
  return normalizeServerName(identifier.type === 'ip' ? reverseName(identifier.value) : identifier.value);
}

/** Some CAs build the reverse name with its final dot, and some TLS stacks do not drop it. */
function normalizeServerName(name: string): string {
  return name.toLowerCase().replace(/\.$/, '');
}

async function createProof(challenge: ChallengeToAnswer, clock: Clock): Promise<Proof> {
  const { identifier, keyAuthorization } = challenge;
  const key = await generatePrivateKey({ type: 'ecdsa', curve: 'P-256' });
  const certificate = createAcmeTlsAlpnCertificate({ key, identifier, keyAuthorization, now: clock.now() });
  return { certificatePem: certificate.pem, keyPem: privateKeyToPem(key), keyAuthorization };
}

async function createTlsServer(table: ChallengeTable<Proof>): Promise<ClosableServer> {
  const { createSecureContext, createServer } = await import('node:tls');
  const sockets = new Set<{ destroy(): void }>();
  const server = createServer({
    minVersion: 'TLSv1.2',
    handshakeTimeout: handshakeTimeoutMs,
    ALPNCallback: ({ servername, protocols }) => {
      if (!protocols.includes(acmeTlsProtocol)) return undefined;
      // Now rather than after the handshake: a CA that has seen the certificate may hang up without finishing it.
      table.markAsked(normalizeServerName(servername));
      return acmeTlsProtocol;
    },
    SNICallback: (name, done) => {
      const proof = table.get(normalizeServerName(name));
      if (proof === undefined) done(new Error('no challenge for this name'));
      else done(null, createSecureContext({ cert: proof.certificatePem, key: proof.keyPem }));
    },
  });
  server.maxConnections = maxConnections;
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  server.on('secureConnection', finish);
  return { server, destroyConnections: () => sockets.forEach((socket) => socket.destroy()) };
}

/** The handshake was the proof: the connection carries no data and is closed (RFC 8737 §3). */
function finish(socket: TLSSocket): void {
  socket.on('error', () => socket.destroy());
  if (socket.alpnProtocol !== acmeTlsProtocol) {
    socket.destroy();
    return;
  }
  socket.on('data', () => socket.destroy());
  socket.end();
}
