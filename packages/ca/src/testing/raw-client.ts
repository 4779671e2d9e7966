// A hand-made ACME client for this package's tests: it only signs what it is told to sign, right or wrong, and shares
// nothing with the client library.
import { createHash, type KeyObject } from 'node:crypto';
import { createCsr, generatePrivateKey, type Identifier, jwkThumbprint, publicJwk, signJws } from '@certward/pki';
import type { CaRequest, CaResponse } from '../handler/exchange.ts';

/** Whatever serves requests: a Ca, or a function that goes over sockets. */
export interface Serves {
  handle(request: CaRequest): Promise<CaResponse>;
}

/** An answer with its body read. */
export interface Reply {
  readonly status: number;
  readonly headers: CaResponse['headers'];
  readonly text: string;
  /** The body as JSON; undefined where it is none. */
  readonly body: Record<string, unknown>;
  /** The error type without its prefix. */
  readonly problem: string | undefined;
}

/** How one request differs from a proper one. */
export interface Deviations {
  readonly nonce?: string | undefined;
  readonly contentType?: string;
  readonly header?: Readonly<Record<string, unknown>>;
  readonly omit?: readonly string[];
  readonly method?: string;
  readonly key?: KeyObject;
  readonly useJwk?: boolean;
}

/** Makes requests for one account key. */
export class RawClient {
  readonly ca: Serves;
  readonly origin: string;
  readonly key: KeyObject;
  kid: string | undefined;

  constructor(ca: Serves, options: { readonly origin: string; readonly key: KeyObject }) {
    this.ca = ca;
    this.origin = options.origin;
    this.key = options.key;
  }

  static async create(ca: Serves & { readonly publicUrl: string }): Promise<RawClient> {
    return new RawClient(ca, { origin: ca.publicUrl, key: await generatePrivateKey({ type: 'ecdsa', curve: 'P-256' }) });
  }

  /** A client whose account exists. */
  static async registered(ca: Serves & { readonly publicUrl: string }): Promise<RawClient> {
    const client = await RawClient.create(ca);
    await client.register();
    return client;
  }

  get thumbprint(): string {
    return jwkThumbprint(publicJwk(this.key));
  }

  async get(path: string, method = 'GET'): Promise<Reply> {
    return read(await this.ca.handle({ method, path, headers: { 'user-agent': 'test' }, body: new Uint8Array() }));
  }

  async nonce(): Promise<string> {
    return String((await this.get('/acme/new-nonce', 'HEAD')).headers['replay-nonce']);
  }

  /** A signed POST; `payload` undefined makes it a POST-as-GET. */
  async post(urlOrPath: string, payload?: unknown, deviations: Deviations = {}): Promise<Reply> {
    const url = urlOrPath.startsWith('/') ? `${this.origin}${urlOrPath}` : urlOrPath;
    const key = deviations.key ?? this.key;
    const useJwk = deviations.useJwk ?? this.kid === undefined;
    const header: Record<string, unknown> = {
      ...(useJwk ? { jwk: publicJwk(key) } : { kid: this.kid }),
      nonce: deviations.nonce ?? (await this.nonce()),
      url,
      ...deviations.header,
    };
    for (const name of deviations.omit ?? []) delete header[name];
    const jws = signJws({ key, protected: header, payload: payload === undefined ? '' : JSON.stringify(payload) });
    return this.raw(url.slice(this.origin.length), JSON.stringify(jws), deviations);
  }

  async raw(path: string, body: string | Uint8Array, deviations: Deviations = {}): Promise<Reply> {
    return read(
      await this.ca.handle({
        method: deviations.method ?? 'POST',
        path,
        headers: { 'content-type': deviations.contentType ?? 'application/jose+json', 'user-agent': 'test' },
        body: typeof body === 'string' ? Buffer.from(body) : body,
      }),
    );
  }

  async register(payload: Record<string, unknown> = { termsOfServiceAgreed: true }): Promise<Reply> {
    const reply = await this.post('/acme/new-account', payload, { useJwk: true });
    if (reply.status < 300) this.kid = String(reply.headers['location']);
    return reply;
  }

  async order(names: readonly (string | Identifier)[], more: Record<string, unknown> = {}): Promise<Reply> {
    return this.post('/acme/new-order', { identifiers: names.map(toIdentifier), ...more });
  }

  keyAuthorization(token: unknown): string {
    return `${String(token)}.${this.thumbprint}`;
  }

  /** What a dns-01 record has to hold. */
  txtValue(token: unknown): string {
    return createHash('sha256').update(this.keyAuthorization(token)).digest('base64url');
  }

  /** Responds to one challenge type of every authorization of an order. */
  async respondAll(order: Reply, type = 'http-01'): Promise<void> {
    for (const url of order.body['authorizations'] as string[]) {
      const authorization = await this.post(url);
      const challenge = (authorization.body['challenges'] as Record<string, string>[]).find((one) => one['type'] === type);
      if (challenge !== undefined) await this.post(challenge['url'] as string, {});
    }
  }

  /** Finalizes an order with a fresh key. */
  async finalize(order: Reply, options: { readonly key?: KeyObject; readonly identifiers?: readonly Identifier[] } = {}): Promise<Reply> {
    const key = options.key ?? (await generatePrivateKey({ type: 'ecdsa', curve: 'P-256' }));
    const { der } = createCsr({ key, identifiers: options.identifiers ?? (order.body['identifiers'] as Identifier[]) });
    return this.post(order.body['finalize'] as string, { csr: Buffer.from(der).toString('base64url') });
  }

  /** The whole flow over a CA whose validator says yes. Returns the finalized order and its chain in PEM. */
  async obtain(
    ca: { idle(): Promise<void> },
    names: readonly (string | Identifier)[],
    options: { readonly key?: KeyObject; readonly order?: Record<string, unknown>; readonly challengeType?: string } = {},
  ): Promise<{ readonly order: Reply; readonly pem: string; readonly orderUrl: string }> {
    const placed = await this.order(names, options.order);
    await this.respondAll(placed, options.challengeType);
    await ca.idle();
    const order = await this.finalize(placed, options);
    const certificate = await this.post(order.body['certificate'] as string);
    return { order, pem: certificate.text, orderUrl: String(placed.headers['location']) };
  }
}

function toIdentifier(name: string | Identifier): Identifier {
  return typeof name === 'string' ? { type: 'dns', value: name } : name;
}

function read({ body, headers, status }: CaResponse): Reply {
  const text = typeof body === 'string' ? body : Buffer.from(body).toString('utf8');
  const parsed = parse(text);
  const type = parsed['type'];
  return { status, headers, text, body: parsed, problem: typeof type === 'string' ? type.replace('urn:ietf:params:acme:error:', '') : undefined };
}

function parse(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return {};
  }
}
