// A CA inside the process, for the unit tests of issuance: implements the account port with real keys and certificates, and
// does on demand what real CAs do on bad days. Real servers are used by the tests across packages.
import type { KeyObject } from 'node:crypto';
import { AcmeError, AcmeProblem, AuthorizationError, type OrderState, type Problem } from '@certward/acme';
import { type Certificate, createCertificate, generatePrivateKey, type Identifier, identifierKey, parseCsr, sameIdentifiers } from '@certward/pki';
import type { ChallengeType } from '../../ports.ts';
import type { CaAccount, CaAuthorization, CaChallenge, CaOrder } from '../ca-account.ts';

interface StoredAuthorization {
  readonly url: string;
  readonly identifier: Identifier;
  readonly wildcard: boolean;
  readonly token: string;
  status: 'pending' | 'valid' | 'invalid' | 'deactivated';
  error: Problem | undefined;
}

interface StoredOrder {
  readonly url: string;
  readonly identifiers: readonly Identifier[];
  readonly authorizations: readonly StoredAuthorization[];
  readonly replaces: string | undefined;
  certificatePem: string | undefined;
  /** Looks at the order that still answer "processing". */
  processingLooks: number;
  expires: Date;
}

/** What the CA does. All of it may be changed between calls. */
export interface CaScript {
  /** Challenge types on offer. */
  offered: readonly ChallengeType[];
  /** The CA's look at the proof: a problem, or undefined when it is there. */
  validate: (challenge: { readonly identifier: Identifier; readonly type: ChallengeType; readonly token: string }) => Problem | undefined;
  /** Called before each request, by its name; what it throws is the answer. */
  before: (request: string) => void;
  /** Called after each request was carried out: what it throws loses the reply. */
  after: (request: string) => void;
  reusesAuthorizations: boolean;
  reusesOrders: boolean;
  listsOrders: boolean;
  processingLooks: number;
  /** Names in the certificate; default those of the CSR. */
  certify: ((identifiers: readonly Identifier[]) => readonly Identifier[]) | undefined;
}

/** A CA that does as its script says, and remembers. */
export class ScriptedCa implements CaAccount {
  readonly url = 'https://ca.test/account/1';
  readonly directoryUrl = 'https://ca.test/directory';
  readonly requests: string[] = [];
  readonly orders: StoredOrder[] = [];
  readonly issued: Certificate[] = [];
  readonly script: CaScript = {
    offered: ['http-01', 'dns-01', 'tls-alpn-01'],
    validate: () => undefined,
    before: () => undefined,
    after: () => undefined,
    reusesAuthorizations: false,
    reusesOrders: false,
    listsOrders: true,
    processingLooks: 0,
    certify: undefined,
  };
  readonly #now: () => Date;
  readonly #key: KeyObject;
  readonly #certificate: Certificate;
  #serial = 0;

  private constructor(now: () => Date, key: KeyObject) {
    this.#now = now;
    this.#key = key;
    this.#certificate = createCertificate({
      subjectPublicKey: key,
      issuer: 'self',
      subject: { commonName: 'scripted root' },
      serialBytes: Uint8Array.of(1),
      notBefore: now(),
      notAfter: new Date(now().getTime() + 365 * 86_400_000),
      isCa: true,
    });
  }

  static async create(now: () => Date): Promise<ScriptedCa> {
    return new ScriptedCa(now, await generatePrivateKey({ type: 'ecdsa', curve: 'P-256' }));
  }

  authorizationOf(identifier: string): StoredAuthorization | undefined {
    return this.orders.at(-1)?.authorizations.find((one) => one.identifier.value === identifier);
  }

  createOrder(wanted: { readonly identifiers: readonly Identifier[]; readonly replaces?: string | undefined }): Promise<CaOrder> {
    return this.#request('newOrder', () => {
      const same = this.orders.find((one) => sameIdentifiers(one.identifiers, wanted.identifiers) && ['pending', 'ready'].includes(statusOf(one)));
      if (this.script.reusesOrders && same !== undefined) return this.#open(same);
      const number = this.orders.length + 1;
      const stored: StoredOrder = {
        url: `https://ca.test/order/${number}`,
        identifiers: wanted.identifiers,
        authorizations: wanted.identifiers.map((identifier, index) => this.#authorizationFor(identifier, `${number}-${index}`)),
        replaces: wanted.replaces,
        certificatePem: undefined,
        processingLooks: 0,
        expires: new Date(this.#now().getTime() + 86_400_000),
      };
      this.orders.push(stored);
      return this.#open(stored);
    });
  }

  #authorizationFor(ordered: Identifier, id: string): StoredAuthorization {
    const wildcard = ordered.value.startsWith('*.');
    const identifier = wildcard ? { ...ordered, value: ordered.value.slice(2) } : ordered;
    const reusable = this.orders
      .flatMap((order) => order.authorizations)
      .find((one) => one.status === 'valid' && one.wildcard === wildcard && identifierKey(one.identifier) === identifierKey(identifier));
    if (this.script.reusesAuthorizations && reusable !== undefined) return reusable;
    return { url: `https://ca.test/authorization/${id}`, identifier, wildcard, token: `token-${id}`, status: 'pending', error: undefined };
  }

  openOrder(url: string): Promise<CaOrder> {
    return this.#request('order', () => {
      const stored = this.orders.find((one) => one.url === url);
      if (stored === undefined) throw new AcmeProblem({ type: 'malformed', status: 404, detail: 'no such order', subproblems: [] });
      return this.#open(stored);
    });
  }

  listOrders(): Promise<readonly string[]> {
    return this.#request('orders', () => {
      if (!this.script.listsOrders) throw new AcmeError('unsupportedByServer', 'the ca keeps no list of orders');
      return this.orders.map((one) => one.url);
    });
  }

  async #request<T>(name: string, work: () => T): Promise<T> {
    this.requests.push(name);
    await Promise.resolve();
    this.script.before(name);
    const result = work();
    this.script.after(name);
    return result;
  }

  #open(stored: StoredOrder): CaOrder {
    let state = stateOf(stored);
    const look = () => {
      if (stored.processingLooks > 0) stored.processingLooks--;
      state = stateOf(stored);
    };
    return {
      url: stored.url,
      get state() {
        return state;
      },
      refresh: () => this.#request('order', look),
      authorizations: async () => await Promise.all(stored.authorizations.map((one) => this.#request('authorization', () => this.#openAuthorization(one)))),
      pollUntilReady: async () => {
        await this.#request('order', look);
        if (state.status === 'pending') throw new AcmeError('pollTimeout', 'the order was not done', { retry: 'now' });
        if (state.status === 'invalid') throw new AuthorizationError([], stored.url);
      },
      finalize: (csr) => this.#request('finalize', () => {
          this.#issue(stored, csr);
          stored.processingLooks = this.script.processingLooks;
          state = stateOf(stored);
        }),
      pollUntilValid: async ({ timeoutMs }) => {
        for (let looks = 0; state.status !== 'valid'; looks++) {
          if (looks * 1000 > timeoutMs) throw new AcmeError('pollTimeout', 'the certificate was not done', { retry: { afterSeconds: 30 } });
          await this.#request('order', look);
        }
      },
      downloadCertificate: () => this.#request('certificate', () => ({ pem: stored.certificatePem ?? '' })),
    };
  }

  #issue(stored: StoredOrder, csrDer: Uint8Array): void {
    if (statusOf(stored) !== 'ready') throw new AcmeProblem({ type: 'orderNotReady', status: 403, detail: 'not ready', subproblems: [] });
    const csr = parseCsr(csrDer);
    if (!sameIdentifiers(csr.identifiers, stored.identifiers)) throw new AcmeProblem({ type: 'badCSR', status: 400, detail: 'other names', subproblems: [] });
    const leaf = createCertificate({
      subjectPublicKey: csr.publicKey,
      issuer: { key: this.#key, certificate: this.#certificate },
      identifiers: this.script.certify?.(csr.identifiers) ?? csr.identifiers,
      serialBytes: Uint8Array.of(2, ++this.#serial),
      notBefore: this.#now(),
      notAfter: new Date(this.#now().getTime() + 90 * 86_400_000),
      mustStaple: csr.mustStaple,
    });
    this.issued.push(leaf);
    stored.certificatePem = leaf.pem;
  }

  #openAuthorization(stored: StoredAuthorization): CaAuthorization {
    let status = stored.status;
    const read = () => {
      status = stored.status;
    };
    const challenges = () => this.script.offered.filter((type) => !stored.wildcard || type.startsWith('dns')).map((type) => this.#challenge(stored, type));
    return {
      url: stored.url,
      get state() {
        return { identifier: stored.identifier, wildcard: stored.wildcard, status, challenges: [], unknownChallengeTypes: ['future-01'] };
      },
      get challenges() {
        return challenges();
      },
      refresh: () => this.#request('authorization', read),
      deactivate: () => this.#request('deactivate', () => {
          stored.status = 'deactivated';
          read();
        }),
    };
  }

  #challenge(stored: StoredAuthorization, type: ChallengeType): CaChallenge {
    const { token, identifier } = stored;
    return {
      url: `${stored.url}/${type}`,
      type,
      status: stored.status === 'valid' || stored.status === 'invalid' ? stored.status : 'pending',
      token,
      error: stored.error,
      isUsable: true,
      keyAuthorization: `${token}.thumb`,
      validation: type.startsWith('dns') ? `digest-of-${token}` : `${token}.thumb`,
      recordName: type.startsWith('dns') ? `_acme-challenge.${identifier.value}` : '',
      respond: () => this.#request('challenge', () => {
          stored.error = this.script.validate({ identifier, type, token });
          stored.status = stored.error === undefined ? 'valid' : 'invalid';
        }),
    };
  }
}

function statusOf(stored: StoredOrder): OrderState['status'] {
  if (stored.authorizations.some(({ status }) => status === 'invalid' || status === 'deactivated')) return 'invalid';
  if (stored.certificatePem !== undefined) return stored.processingLooks > 0 ? 'processing' : 'valid';
  return stored.authorizations.every(({ status }) => status === 'valid') ? 'ready' : 'pending';
}

function stateOf(stored: StoredOrder): OrderState {
  const { identifiers, expires, url } = stored;
  const status = statusOf(stored);
  const base = { identifiers, authorizations: stored.authorizations.map((one) => one.url), finalize: `${url}/finalize`, expires };
  return status === 'valid' ? { ...base, status, certificate: `${url}/certificate` } : { ...base, status };
}
