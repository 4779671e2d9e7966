// A small ACME server for tests, held to the shapes of RFC 8555 and checking every signature. It validates by asking the
// test, and misbehaves by script: `server.fault` replaces or alters the next answers of one resource.
import { createPublicKey, type KeyObject, randomBytes } from 'node:crypto';

import { type Certificate, createCertificate, generatePrivateKey, identifierKey, type Identifier, type Issuer, jwkThumbprint, jwkToPublicKey, type Jwk, parseCertificate, parseCsr, parseFlattenedJws, type ParsedJws, renewalInfoCertId, verifyHmacJws, verifyJws } from '@certward/pki';

import { type Answer, type Incoming, type Reaction, startHttpServer } from './http-server.ts';

/** The resources, by the names that faults use. */
export type Resource = 'directory' | 'newNonce' | 'newAccount' | 'account' | 'newOrder' | 'order' | 'orders' | 'authz' | 'chall' | 'finalize' | 'cert' | 'revokeCert' | 'keyChange' | 'newAuthz' | 'renewalInfo';

/** What a fault sees: the request, what the client signed, and how to get the honest answer. */
export interface FaultContext {
  readonly request: Incoming;
  readonly proceed: () => Promise<Answer>;
  readonly nonce: () => string;
  readonly payload: unknown;
}

/** A fault: what happens in place of the honest answer. */
export type Fault = (context: FaultContext) => Reaction | Promise<Reaction>;

interface StoredAccount { readonly url: string; key: KeyObject; thumbprint: string; status: string; contact: unknown; readonly orders: string[]; readonly eab: unknown }
interface StoredAuthz { readonly id: string; readonly identifier: Identifier; readonly wildcard: boolean; status: string; readonly token: string; error?: unknown; looks: number; type?: string }
interface StoredOrder { readonly id: string; readonly account: StoredAccount; readonly identifiers: readonly Identifier[]; readonly authz: readonly StoredAuthz[]; status: 'open' | 'processing' | 'valid' | 'invalid'; error?: unknown; looks: number; certificate?: string; readonly extra: object }
interface StoredCertificate { readonly pem: string; readonly certificate: Certificate; readonly account: StoredAccount; revoked?: number | null }

/** How the CA behaves; change members at any time. */
export interface Behaviour {
  /** Says why validation fails; undefined means that it succeeds. Default: succeeds. */
  validate: (identifier: Identifier, type: string) => { type: string; detail: string } | undefined;
  /** So many reads show `pending`/`processing` before the outcome. */
  looksUntilValidated: number;
  looksUntilIssued: number;
  /** New authorizations are valid at once. */
  reuseAuthorizations: boolean;
  eabKeys: Record<string, Uint8Array>;
  meta: Record<string, unknown>;
  /** Members added to every directory, e.g. random ones. */
  extraDirectory: Record<string, unknown>;
  hasOrdersList: boolean;
  ordersPerPage: number;
  /** Rewrites the challenges of an authorization. */
  challenges: (standard: object[], authz: { identifier: Identifier; token: string; url: (type: string) => string }) => object[];
  /** Other chains: PEM of certificates to put above the leaf instead. */
  alternates: string[][];
  renewalInfo: () => Answer;
  /** Refuses newOrder with `replaces` by this type. */
  refuseReplaces: string | undefined;
}

/** The running CA. */
export interface ScriptedCa extends AsyncDisposable, Behaviour {
  readonly origin: string;
  readonly directoryUrl: string;
  readonly caPem: string;
  /** Requests so far, as `POST newOrder`. */
  readonly requests: string[];
  readonly incoming: Incoming[];
  /** Decoded protected headers of all signed requests. */
  readonly headers: Record<string, unknown>[];
  readonly payloads: { resource: Resource; payload: unknown }[];
  readonly orders: readonly { readonly id: string; readonly status: string }[];
  readonly authorizations: () => { readonly identifier: Identifier; readonly status: string }[];
  readonly certificates: readonly { readonly certificate: Certificate; readonly revoked?: number | null }[];
  readonly issuer: Issuer;
  connections(): number;
  /** The next `times` requests to `resource` meet `fault` instead. */
  fault(resource: Resource, fault: Fault, times?: number): void;
}

/** A problem document as an answer. */
export function problem(type: string, status: number, more: object = {}): Answer {
  return { status, body: { type: `urn:ietf:params:acme:error:${type}`, detail: `${type} by script`, status, ...more } };
}

class Refusal extends Error {
  readonly answer: Answer;
  constructor(type: string, status: number, more: object = {}) {
    super(type);
    this.answer = problem(type, status, more);
  }
}

/** Starts a CA. Plain http unless `tls`. */
export async function startScriptedCa(options: Partial<Behaviour> & { readonly tls?: boolean } = {}): Promise<ScriptedCa> {
  const ca = new Ca(await makeIssuer(), options);
  const server = await startHttpServer((request) => ca.react(request), { tls: options.tls === true });
  ca.origin = server.origin;
  ca.caPem = server.caPem;
  ca.connections = server.connections;
  ca.dispose = async () => await server[Symbol.asyncDispose]();
  return ca;
}

async function makeIssuer(): Promise<Issuer> {
  const key = await generatePrivateKey({ type: 'ecdsa', curve: 'P-256' });
  const rootKey = await generatePrivateKey({ type: 'ecdsa', curve: 'P-256' });
  const validity = { notBefore: new Date('2020-01-01T00:00:00Z'), notAfter: new Date('2040-01-01T00:00:00Z') };
  const root = createCertificate({ subjectPublicKey: rootKey, issuer: 'self', subject: { commonName: 'Scripted Root' }, serialBytes: Uint8Array.of(1), isCa: true, ...validity });
  const certificate = createCertificate({ subjectPublicKey: createPublicKey(key), issuer: { key: rootKey, certificate: root }, subject: { commonName: 'Scripted Intermediate' }, serialBytes: Uint8Array.of(2), isCa: true, ...validity });
  return { key, certificate };
}

class Ca implements ScriptedCa {
  origin = '';
  caPem = '';
  connections: () => number = () => 0;
  dispose: () => Promise<void> = () => Promise.resolve();
  readonly issuer: Issuer;
  readonly requests: string[] = [];
  readonly incoming: Incoming[] = [];
  readonly headers: Record<string, unknown>[] = [];
  readonly payloads: { resource: Resource; payload: unknown }[] = [];
  readonly orders: StoredOrder[] = [];
  readonly certificates: StoredCertificate[] = [];
  readonly #accounts: StoredAccount[] = [];
  readonly #authz: StoredAuthz[] = [];
  readonly #nonces = new Set<string>();
  readonly #faults: { resource: Resource; fault: Fault; times: number }[] = [];

  validate: Behaviour['validate'] = () => undefined;
  looksUntilValidated = 1;
  looksUntilIssued = 1;
  reuseAuthorizations = false;
  eabKeys: Record<string, Uint8Array> = {};
  meta: Record<string, unknown> = {};
  extraDirectory: Record<string, unknown> = {};
  hasOrdersList = true;
  ordersPerPage = 2;
  challenges: Behaviour['challenges'] = (standard) => standard;
  alternates: string[][] = [];
  renewalInfo: Behaviour['renewalInfo'] = () => problem('malformed', 404);
  refuseReplaces: string | undefined = undefined;

  constructor(issuer: Issuer, behaviour: Partial<Behaviour>) {
    this.issuer = issuer;
    Object.assign(this, Object.fromEntries(Object.entries(behaviour).filter(([key]) => key !== 'tls')));
  }

  get directoryUrl(): string {
    return `${this.origin}/directory`;
  }

  authorizations(): StoredAuthz[] {
    return this.#authz;
  }

  fault(resource: Resource, fault: Fault, times = 1): void {
    this.#faults.push({ resource, fault, times });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.dispose();
  }

  async react(request: Incoming): Promise<Reaction> {
    const [, name = '', id = '', sub = ''] = request.path.split('?')[0]?.split('/') ?? [];
    const resource = name as Resource;
    this.requests.push(`${request.method} ${resource}`);
    this.incoming.push(request);
    const proceed = async (): Promise<Answer> => {
      try {
        return this.#withNonce(await this.#answer(resource, { request, id, sub }), request);
      } catch (error) {
        if (error instanceof Refusal) return this.#withNonce(error.answer, request);
        throw error;
      }
    };
    const planned = this.#faults.find((one) => one.resource === resource && one.times > 0);
    if (planned === undefined) return await proceed();
    planned.times--;
    return await planned.fault({ request, proceed, nonce: () => this.#freshNonce(), payload: request.body === '' ? undefined : decodePayload(parseFlattenedJws(request.body)) });
  }

  #withNonce(answer: Answer, request: Incoming): Answer {
    if (request.method !== 'POST' && !request.path.startsWith('/newNonce')) return answer;
    return { ...answer, headers: { 'replay-nonce': this.#freshNonce(), ...answer.headers } };
  }

  #freshNonce(): string {
    const nonce = randomBytes(12).toString('base64url');
    this.#nonces.add(nonce);
    return nonce;
  }

  async #answer(resource: Resource, { request, id, sub }: { request: Incoming; id: string; sub: string }): Promise<Answer> {
    if (resource === 'directory') return { status: 200, body: this.#directory() };
    if (resource === 'newNonce') return { status: request.method === 'HEAD' ? 200 : 204, headers: { 'cache-control': 'no-store' } };
    if (resource === 'renewalInfo') return this.renewalInfo();
    if (request.method !== 'POST') throw new Refusal('malformed', 405);
    const { jws, key, account } = this.#check(request, resource);
    const payload = decodePayload(jws);
    this.headers.push({ ...jws.header });
    this.payloads.push({ resource, payload });
    if (resource === 'newAccount') return this.#newAccount(payload as Record<string, unknown>, key, String(jws.header['url']));
    if (resource === 'revokeCert') return this.#revoke(payload as Record<string, unknown>, { key, account });
    if (account === undefined) throw new Refusal('malformed', 400, { detail: 'kid needed' });
    switch (resource) {
      case 'account':
        return this.#account(account, payload);
      case 'orders':
        return this.#orderList(account, Number(new URL(request.path, this.origin).searchParams.get('page') ?? 0));
      case 'newOrder':
        return this.#newOrder(account, payload as Record<string, unknown>);
      case 'order':
        return this.#orderAnswer(this.#order(id), 200);
      case 'newAuthz':
        return this.#newAuthz((payload as { identifier: Identifier }).identifier);
      case 'authz':
        return this.#authzAnswer(this.#find(id), payload);
      case 'chall':
        return this.#challenge(this.#find(id), sub, payload);
      case 'finalize':
        return this.#finalize(this.#order(id), payload as { csr: string });
      case 'cert':
        return this.#certificate(Number(id), sub);
      case 'keyChange':
        return this.#keyChange(account, payload, String(jws.header['url']));
      default:
        throw new Refusal('malformed', 404);
    }
  }

  #directory(): object {
    const names = ['newNonce', 'newAccount', 'newOrder', 'newAuthz', 'revokeCert', 'keyChange', 'renewalInfo'];
    return { ...Object.fromEntries(names.map((name) => [name, `${this.origin}/${name}`])), meta: this.meta, ...this.extraDirectory };
  }

  /** §6.2–6.5: content type, length, one of jwk and kid, url, nonce, signature. */
  #check(request: Incoming, resource: Resource): { jws: ParsedJws; key: KeyObject; account: StoredAccount | undefined } {
    if (request.headers['content-type'] !== 'application/jose+json') throw new Refusal('malformed', 415);
    if (request.headers['content-length'] === undefined || request.headers['user-agent'] === undefined) throw new Refusal('malformed', 400);
    const jws = parseFlattenedJws(request.body);
    const { header } = jws;
    if (('jwk' in header) === ('kid' in header)) throw new Refusal('malformed', 400, { detail: 'exactly one of jwk and kid' });
    if (header['url'] !== this.origin + request.path) throw new Refusal('unauthorized', 403, { detail: 'url' });
    const account = 'kid' in header ? this.#accounts.find((one) => one.url === header['kid']) : undefined;
    if ('kid' in header && account === undefined) throw new Refusal('accountDoesNotExist', 400);
    if ('jwk' in header && resource !== 'newAccount' && resource !== 'revokeCert') throw new Refusal('malformed', 400, { detail: 'jwk' });
    const key = account?.key ?? jwkToPublicKey(header['jwk']);
    if (!verifyJws(jws, key, ['ES256', 'ES384', 'ES512', 'RS256'])) throw new Refusal(header.alg === 'EdDSA' ? 'badSignatureAlgorithm' : 'malformed', 400, { algorithms: ['ES256'] });
    if (!this.#nonces.delete(String(header['nonce']))) throw new Refusal('badNonce', 400);
    if (account !== undefined && account.status !== 'valid') throw new Refusal('unauthorized', 401);
    return { jws, key, account };
  }

  #newAccount(payload: Record<string, unknown>, key: KeyObject, url: string): Answer {
    const thumbprint = jwkThumbprint(key);
    const known = this.#accounts.find((one) => one.thumbprint === thumbprint);
    if (known !== undefined) return { ...this.#accountAnswer(known, 200), headers: { location: known.url } };
    if (payload['onlyReturnExisting'] === true) throw new Refusal('accountDoesNotExist', 400);
    if (this.meta['termsOfService'] !== undefined && payload['termsOfServiceAgreed'] !== true) throw new Refusal('userActionRequired', 403, { instance: 'https://ca.example/terms' });
    if (this.meta['externalAccountRequired'] === true) this.#checkBinding(payload['externalAccountBinding'], key, url);
    const account: StoredAccount = { url: `${this.origin}/account/${this.#accounts.length + 1}`, key, thumbprint, status: 'valid', contact: payload['contact'] ?? [], orders: [], eab: payload['externalAccountBinding'] };
    this.#accounts.push(account);
    return { ...this.#accountAnswer(account, 201), headers: { location: account.url } };
  }

  #checkBinding(binding: unknown, key: KeyObject, url: string): void {
    if (binding === undefined) throw new Refusal('externalAccountRequired', 403);
    const jws = parseFlattenedJws(binding);
    const mac = this.eabKeys[String(jws.header['kid'])];
    const isGood = mac !== undefined && verifyHmacJws(jws, mac, ['HS256', 'HS384', 'HS512']) && jws.header['url'] === url && !('nonce' in jws.header);
    if (!isGood || jwkThumbprint(decodePayload(jws) as Jwk) !== jwkThumbprint(key)) throw new Refusal('unauthorized', 403);
  }

  #accountAnswer(account: StoredAccount, status: number): Answer {
    return { status, body: { status: account.status, contact: account.contact, ...(this.hasOrdersList ? { orders: `${this.origin}/orders/${this.#accounts.indexOf(account) + 1}` } : {}), termsOfServiceAgreed: true } };
  }

  #account(account: StoredAccount, payload: unknown): Answer {
    const change = (payload ?? {}) as Record<string, unknown>;
    if (change['contact'] !== undefined) account.contact = change['contact'];
    if (change['status'] === 'deactivated') account.status = 'deactivated';
    const answer = this.#accountAnswer(account, 200);
    // As Pebble: the list of orders is named by newAccount only.
    return { ...answer, body: { ...(answer.body as object), orders: undefined } };
  }

  #keyChange(account: StoredAccount, payload: unknown, url: string): Answer {
    const inner = parseFlattenedJws(payload);
    const newKey = jwkToPublicKey(inner.header['jwk']);
    const claim = decodePayload(inner) as { account: string; oldKey: Jwk };
    const isGood = verifyJws(inner, newKey, ['ES256', 'RS256']) && inner.header['url'] === url && !('nonce' in inner.header) && claim.account === account.url && jwkThumbprint(claim.oldKey) === account.thumbprint;
    if (!isGood) throw new Refusal('malformed', 400);
    const thumbprint = jwkThumbprint(newKey);
    const taken = this.#accounts.find((one) => one.thumbprint === thumbprint);
    if (taken !== undefined) return { ...problem('conflict', 409), headers: { location: taken.url } };
    account.key = newKey;
    account.thumbprint = thumbprint;
    return this.#accountAnswer(account, 200);
  }

  #newOrder(account: StoredAccount, payload: Record<string, unknown>): Answer {
    const identifiers = payload['identifiers'] as Identifier[];
    if (payload['replaces'] !== undefined && this.refuseReplaces !== undefined) throw new Refusal(this.refuseReplaces, this.refuseReplaces === 'serverInternal' ? 500 : 409);
    const profiles = Object.keys(this.meta['profiles'] ?? {});
    if (payload['profile'] !== undefined && !profiles.includes(payload['profile'] as string)) throw new Refusal('invalidProfile', 400);
    const id = String(this.orders.length + 1);
    const extra = Object.fromEntries(['profile', 'replaces', 'notBefore', 'notAfter'].filter((key) => payload[key] !== undefined).map((key) => [key, payload[key]]));
    const order: StoredOrder = { id, account, identifiers, authz: identifiers.map((one) => this.#makeAuthz(one)), status: 'open', looks: 0, extra };
    this.orders.push(order);
    account.orders.push(`${this.origin}/order/${id}`);
    const answer = this.#orderAnswer(order, 201);
    return { ...answer, headers: { location: `${this.origin}/order/${id}` } };
  }

  #newAuthz(identifier: Identifier): Answer {
    const authz = this.#makeAuthz(identifier);
    return { ...this.#authzAnswer(authz, undefined), status: 201, headers: { location: `${this.origin}/authz/${authz.id}` } };
  }

  #makeAuthz(identifier: Identifier): StoredAuthz {
    const wildcard = identifier.value.startsWith('*.');
    const authz: StoredAuthz = { id: String(this.#authz.length + 1), identifier: wildcard ? { type: 'dns', value: identifier.value.slice(2) } : identifier, wildcard, status: this.reuseAuthorizations ? 'valid' : 'pending', token: randomBytes(32).toString('base64url'), looks: 0 };
    this.#authz.push(authz);
    return authz;
  }

  /** Time passes with each look: after enough of them validations and issuance are through. */
  #orderAnswer(order: StoredOrder, status: number): Answer {
    for (const authz of order.authz) this.#settle(authz);
    if (order.status === 'processing' && order.looks++ >= this.looksUntilIssued) order.status = 'valid';
    const failed = order.authz.find((one) => one.status !== 'valid' && one.status !== 'pending' && one.status !== 'processing');
    if (order.status === 'open' && failed !== undefined) {
      order.status = 'invalid';
      order.error = failed.error;
    }
    const shown = order.status === 'open' ? (order.authz.every((one) => one.status === 'valid') ? 'ready' : 'pending') : order.status;
    const body = {
      status: shown,
      // §7.1.3 promises no order, so there is none.
      identifiers: [...order.identifiers].toSorted((a, b) => (identifierKey(a) < identifierKey(b) ? 1 : -1)),
      authorizations: order.authz.map((one) => `${this.origin}/authz/${one.id}`).toReversed(),
      finalize: `${this.origin}/finalize/${order.id}`,
      expires: '2036-01-01T00:00:00Z',
      ...order.extra,
      ...(shown === 'valid' ? { certificate: order.certificate } : {}),
      ...(order.error === undefined ? {} : { error: order.error }),
    };
    return { status, body };
  }

  #settle(authz: StoredAuthz): void {
    if (authz.status !== 'processing' || authz.looks++ < this.looksUntilValidated) return;
    const failure = this.validate(authz.identifier, authz.type ?? '');
    authz.status = failure === undefined ? 'valid' : 'invalid';
    if (failure !== undefined) authz.error = { ...failure, type: `urn:ietf:params:acme:error:${failure.type}`, status: 403 };
  }

  #authzAnswer(authz: StoredAuthz, payload: unknown): Answer {
    if ((payload as { status?: string } | undefined)?.status === 'deactivated') {
      if (authz.status !== 'pending' && authz.status !== 'valid') throw new Refusal('malformed', 400);
      authz.status = 'deactivated';
    }
    const shown = authz.status === 'processing' ? 'pending' : authz.status;
    const url = (type: string) => `${this.origin}/chall/${authz.id}/${type}`;
    const standard = ['http-01', 'dns-01', 'tls-alpn-01'].filter((type) => !authz.wildcard || type === 'dns-01').map((type) => this.#challengeBody(authz, type));
    return { status: 200, body: { status: shown, identifier: authz.identifier, ...(authz.wildcard ? { wildcard: true } : {}), challenges: this.challenges(standard, { ...authz, url }), expires: '2036-01-01T00:00:00Z' } };
  }

  #challengeBody(authz: StoredAuthz, type: string): object {
    const isIt = authz.type === type || (authz.type === undefined && authz.status !== 'pending');
    const status = isIt && authz.status !== 'deactivated' ? authz.status : 'pending';
    return { type, url: `${this.origin}/chall/${authz.id}/${type}`, status, token: authz.token, ...(isIt && authz.error !== undefined ? { error: authz.error } : {}) };
  }

  #challenge(authz: StoredAuthz, type: string, payload: unknown): Answer {
    if (payload !== undefined) {
      if (authz.status !== 'pending') throw new Refusal('malformed', 400, { detail: 'not pending' });
      authz.status = 'processing';
      authz.type = type;
    }
    return { status: 200, body: this.#challengeBody(authz, type), headers: { link: `<${this.origin}/authz/${authz.id}>;rel="up"` } };
  }

  #finalize(order: StoredOrder, payload: { csr: string }): Answer {
    if (order.status !== 'open' || !order.authz.every((one) => one.status === 'valid')) throw new Refusal('orderNotReady', 403);
    const csr = parseCsr(Buffer.from(payload.csr, 'base64url'));
    const wanted = new Set(order.identifiers.map(identifierKey));
    if (csr.identifiers.length !== wanted.size || !csr.identifiers.every((one) => wanted.has(identifierKey(one)))) throw new Refusal('badCSR', 400);
    const certificate = createCertificate({
      subjectPublicKey: csr.publicKey,
      issuer: this.issuer,
      identifiers: csr.identifiers,
      serialBytes: Uint8Array.of(0x87, this.certificates.length + 1),
      notBefore: new Date('2026-11-20T00:00:00Z'),
      notAfter: new Date('2027-02-18T00:00:00Z'),
    });
    this.certificates.push({ pem: certificate.pem, certificate, account: order.account });
    order.certificate = `${this.origin}/cert/${this.certificates.length}`;
    order.status = 'processing';
    return this.#orderAnswer(order, 200);
  }

  #certificate(number: number, alternate: string): Answer {
    const stored = this.certificates[number - 1];
    if (stored === undefined) throw new Refusal('malformed', 404);
    const above = alternate === '' ? [this.issuer.certificate.pem] : (this.alternates[Number(alternate) - 1] ?? []);
    // One link absolute, the others relative, in headers of their own: all of it happens.
    const links = this.alternates.map((_, index) => (index === 0 ? `<${this.origin}/cert/${number}/1>;rel="alternate"` : `</cert/${number}/${index + 1}>; rel=alternate`));
    return { status: 200, headers: { 'content-type': 'application/pem-certificate-chain; charset=utf-8', ...(links.length === 0 ? {} : { link: [`<${this.origin}/directory>;rel="index"`, ...links] }) }, body: [stored.pem, ...above].join('') };
  }

  #revoke(payload: Record<string, unknown>, { key, account }: { key: KeyObject; account: StoredAccount | undefined }): Answer {
    const certificate = parseCertificate(Buffer.from(String(payload['certificate']), 'base64url'));
    const stored = this.certificates.find((one) => one.certificate.serial === certificate.serial);
    if (stored === undefined) throw new Refusal('malformed', 404);
    const mayRevoke = account === undefined ? jwkThumbprint(key) === jwkThumbprint(stored.certificate.publicKey) : account === stored.account;
    if (!mayRevoke) throw new Refusal('unauthorized', 403);
    if (stored.revoked !== undefined) throw new Refusal('alreadyRevoked', 400);
    stored.revoked = (payload['reason'] as number | undefined) ?? null;
    return { status: 200 };
  }

  #orderList(account: StoredAccount, page: number): Answer {
    const urls = account.orders.toReversed();
    const slice = urls.slice(page * this.ordersPerPage, (page + 1) * this.ordersPerPage);
    const hasMore = urls.length > (page + 1) * this.ordersPerPage;
    const path = `/orders/${this.#accounts.indexOf(account) + 1}?page=${page + 1}`;
    return { status: 200, body: { orders: slice }, headers: hasMore ? { link: `<${path}>;rel="next"` } : {} };
  }

  #order(id: string): StoredOrder {
    const order = this.orders.find((one) => one.id === id);
    if (order === undefined) throw new Refusal('malformed', 404);
    return order;
  }

  #find(id: string): StoredAuthz {
    const authz = this.#authz.find((one) => one.id === id);
    if (authz === undefined) throw new Refusal('malformed', 404);
    return authz;
  }
}

function decodePayload(jws: ParsedJws): unknown {
  return jws.payload.length === 0 ? undefined : JSON.parse(Buffer.from(jws.payload).toString());
}

/** The RFC 9773 id of the CA's `number`th certificate. */
export function certIdOf(ca: ScriptedCa, number: number): string {
  const stored = ca.certificates[number - 1];
  if (stored === undefined) throw new Error('no such certificate');
  return renewalInfoCertId(stored.certificate);
}
