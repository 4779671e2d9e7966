// A proxy in front of an ACME server that puts scripted faults between it and the client.
// The client signs the URLs it asks for (RFC 8555 §6.4), so nothing may be rewritten: the proxy passes the Host field on
// untouched, and a server that builds its URLs from it, as Pebble does, believes to live where the proxy listens.
import { type IncomingMessage, type RequestListener, type Server, type ServerResponse, createServer as createHttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { describeError, systemRandom } from '@certward/base';
import { createServerIdentity } from '../test-ca.ts';
import { deliver } from './delivery.ts';
import { type Fault, FaultPlan, type FaultRule, faultName } from './faults.ts';
import { type LoggedRequest, RequestLog, decodeJws } from './log.ts';
import { type HeldAnswer, endToEndHeaders, headerValues, readBody } from './message.ts';
import { ResourceMap } from './resources.ts';
import { createUpstream } from './upstream.ts';

/** How {@link startFaultProxy} starts. */
export interface FaultProxyOptions {
  /** The server's directory URL. */
  readonly target: string;
  /** Roots that the server's certificate is checked against. */
  readonly trustedCaPem?: string;
  /** Default: none, a faithful proxy that only keeps a log. */
  readonly rules?: readonly FaultRule[];
}

/** A proxy that runs. */
export interface FaultProxy extends AsyncDisposable {
  /** The directory as the client reaches it through the proxy. */
  readonly directoryUrl: string;
  /** Trust this to speak TLS with the proxy. */
  readonly trustedCaPem: string;
  /** Every request since the start or the last call of {@link FaultProxy.setRules}. */
  readonly log: RequestLog;
  /** How many connections clients opened. */
  readonly connections: number;
  /** Replaces the rules, their counts and the log. */
  setRules(rules: readonly FaultRule[]): void;
  /** Rules that never struck. */
  unusedRules(): readonly FaultRule[];
}

/** Starts a proxy on a free port of loopback, with TLS where the target has it. */
export async function startFaultProxy(options: FaultProxyOptions): Promise<FaultProxy> {
  const target = new URL(options.target);
  const identity = await createServerIdentity();
  const session = new ProxySession(target, options);
  const listener: RequestListener = (request, response) => void session.handle(request, response);
  const server: Server =
    target.protocol === 'https:'
      ? createHttpsServer({ key: identity.keyPem, cert: identity.certificatePem }, listener)
      : createHttpServer(listener);
  let connections = 0;
  server.on(target.protocol === 'https:' ? 'secureConnection' : 'connection', () => connections++);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    directoryUrl: `${target.protocol}//127.0.0.1:${port}${target.pathname}`,
    trustedCaPem: identity.trustedCaPem,
    get log() {
      return session.log;
    },
    get connections() {
      return connections;
    },
    setRules: (rules) => session.setRules(rules),
    unusedRules: () => session.plan.unused(),
    [Symbol.asyncDispose]: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      session.close();
      await closed;
    },
  };
}

/** The state of a running proxy: what it learnt, what it has yet to do wrong, what it saw. */
class ProxySession {
  log = new RequestLog();
  plan: FaultPlan;
  readonly #resources: ResourceMap;
  readonly #upstream: ReturnType<typeof createUpstream>;
  readonly #earlier = new Map<string, HeldAnswer>();
  #usedNonce: string | undefined;

  constructor(target: URL, options: FaultProxyOptions) {
    this.plan = new FaultPlan(options.rules ?? []);
    this.#resources = new ResourceMap(target.pathname);
    this.#upstream = createUpstream(target, options.trustedCaPem);
  }

  setRules(rules: readonly FaultRule[]): void {
    this.plan = new FaultPlan(rules);
    this.log = new RequestLog();
  }

  close(): void {
    this.#upstream.close();
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const body = await readBody(request);
      const logged = this.#logRequest(request, body);
      const faults = this.plan.faultsFor(logged);
      logged.faults = faults.map(faultName);
      if (faults.some((fault) => fault.kind === 'drop' && fault.when === 'beforeForwarding')) {
        request.socket.destroy();
        return;
      }
      const answer = this.#standIn(logged, faults) ?? (await this.#ask(request, logged, body));
      this.#rememberNonce(logged);
      await deliver({ request, response, logged, answer: this.#alter(answer, faults), faults });
    } catch (error) {
      if (!response.headersSent) response.writeHead(502, { 'content-type': 'text/plain' });
      response.end(`the fault proxy failed: ${describeError(error)}\n`);
    }
  }

  #logRequest(request: IncomingMessage, body: Buffer): LoggedRequest {
    const { method = '', url: path = '' } = request;
    const logged: LoggedRequest = {
      method,
      path,
      resource: this.#resources.kindOf(path),
      ...decodeJws(body),
      headers: request.headers,
      serverStatus: undefined,
      status: undefined,
      faults: [],
    };
    this.log.add(logged);
    return logged;
  }

  /** The answer that is given without asking the server. */
  #standIn(logged: LoggedRequest, faults: readonly Fault[]): HeldAnswer | undefined {
    for (const fault of faults) {
      if (fault.kind === 'refuse') return fault.answer;
      if (fault.kind === 'repeatEarlier') return this.#earlier.get(`${logged.method} ${logged.path}`);
    }
    return undefined;
  }

  async #ask(request: IncomingMessage, logged: LoggedRequest, body: Buffer): Promise<HeldAnswer> {
    const answer = await this.#upstream.ask({ method: logged.method, path: logged.path, headers: endToEndHeaders(request.headers), body });
    logged.serverStatus = answer.status;
    this.#resources.learn(logged.resource, logged.path, answer);
    this.#earlier.set(`${logged.method} ${logged.path}`, answer);
    return answer;
  }

  #rememberNonce(logged: LoggedRequest): void {
    const nonce = logged.protectedHeader?.['nonce'];
    if (typeof nonce === 'string' && logged.serverStatus !== undefined) this.#usedNonce = nonce;
  }

  #alter(answer: HeldAnswer, faults: readonly Fault[]): HeldAnswer {
    return faults.reduce((altered, fault) => {
      if (fault.kind === 'alter') return fault.alter(altered);
      if (fault.kind === 'withoutNonce') return withNonce(altered, undefined);
      if (fault.kind === 'staleNonce') return withNonce(altered, Buffer.from(systemRandom.bytes(16)).toString('base64url'));
      if (fault.kind === 'usedNonce') return withNonce(altered, this.#usedNonce ?? 'AAAAAAAAAAAAAAAAAAAAAA');
      return altered;
    }, answer);
  }
}

function withNonce(answer: HeldAnswer, nonce: string | undefined): HeldAnswer {
  if (headerValues(answer.headers, 'replay-nonce').length === 0) return answer;
  const { 'replay-nonce': _removed, ...headers } = answer.headers;
  return { ...answer, headers: nonce === undefined ? headers : { ...headers, 'replay-nonce': nonce } };
}
