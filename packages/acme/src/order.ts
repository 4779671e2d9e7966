// The order resource (RFC 8555 §7.4): follow it from pending to valid, finalize, download.
import { mapConcurrent } from '@certward/base';
import { base64urlEncode, baseName } from '@certward/pki';

import type { AccountContext } from './account-context.ts';
import { type Authorization, openAuthorization } from './authorization.ts';
import { downloadCertificate, type DownloadedCertificate, type DownloadOptions } from './certificate.ts';
import { AcmeError, type AcmeProblem, AuthorizationError, isProblem, OrderError, ReplyLostError } from './errors.ts';
import { invalidResponse } from './fields.ts';
import { parseOrder } from './order-state.ts';
import { poll, type PollOptions } from './poll.ts';
import type { Reply } from './reply.ts';
import { sendSigned } from './signed-request.ts';
import type { CallOptions, OrderState } from './types.ts';

/**
 * While an order stays pending, its authorizations are looked at on these polls: a CA may give up on one identifier and
 * leave the order pending. Rare, because it costs a request per name.
 */
const looksWithAuthorizations = (count: number) => count === 8 || (count > 8 && count % 12 === 0);

/** A finalize that the server never saw is sent again; so often in all. */
const mostFinalizes = 3;

/** A request for one certificate. */
export class Order {
  readonly url: string;
  /** Why the CA did not want `replaces` in this order, where it was left out because of that (RFC 9773 §5). */
  readonly replacesRefused: AcmeProblem | undefined;
  readonly #account: AccountContext;
  #state: OrderState;
  #retryAfterSeconds: number | undefined;

  /** For the library's own use: get orders from an account. */
  constructor(account: AccountContext, url: string, reply: Reply, replacesRefused?: AcmeProblem) {
    this.url = url;
    this.replacesRefused = replacesRefused;
    this.#account = account;
    this.#state = parseOrder(reply.json, account.session.policy);
    this.#retryAfterSeconds = reply.retryAfterSeconds;
  }

  /** As last read. */
  get state(): OrderState {
    return this.#state;
  }

  /** When the server wants to be asked again, from its last answer. */
  get retryAfterSeconds(): number | undefined {
    return this.#retryAfterSeconds;
  }

  /** Reads it again (POST-as-GET, §7.4). */
  async refresh({ signal }: CallOptions = {}): Promise<OrderState> {
    return this.#take(await sendSigned(this.#account.session, this.#request(this.url), { signal }));
  }

  /** Reads all its authorizations, several at a time; in the order in which the CA lists them, which means nothing. */
  async authorizations({ signal }: CallOptions = {}): Promise<Authorization[]> {
    const { connections } = this.#account.session.options;
    const names = new Set(this.#state.identifiers.map(baseName));
    return await mapConcurrent(
      this.#state.authorizations,
      connections,
      async (url) => {
        const authorization = await openAuthorization(this.#account, url, { signal });
        // Somebody will publish a proof for this name: it must be one that was ordered.
        if (!names.has(authorization.state.identifier.value)) throw invalidResponse('an authorization for a name that the order does not have');
        return authorization;
      },
      { signal },
    );
  }

  /**
   * Polls until the order can be finalized, or already was. Throws `authorizationFailed` with every failed identifier,
   * `orderInvalid`, `pollTimeout`, `waitTooLong`.
   */
  async pollUntilReady(options: PollOptions = {}): Promise<OrderState> {
    if (this.#state.status === 'invalid') await this.#fail(options);
    if (this.#state.status !== 'pending') return this.#state;
    return await poll(`the order "${this.url}"`, (count) => this.#lookForReady(count, options), { ...options, clock: this.#account.session.clock });
  }

  async #lookForReady(count: number, options: CallOptions) {
    const state = await this.refresh(options);
    if (state.status === 'invalid') await this.#fail(options);
    if (state.status === 'pending' && looksWithAuthorizations(count)) await this.#failOnDeadAuthorization(options);
    return { retryAfterSeconds: this.#retryAfterSeconds, ...(state.status === 'pending' ? {} : { done: { value: state } }) };
  }

  /**
   * Submits the CSR (§7.4). `csrDer` must name exactly the order's identifiers. Afterwards poll until valid.
   * A lost answer is settled by reading the order: it is sent again only when the order shows that it never arrived.
   * Throws `orderNotReady` problems only when the order really is not ready; a `badCSR` leaves the order usable.
   */
  async finalize(csrDer: Uint8Array, { signal }: CallOptions = {}): Promise<OrderState> {
    const payload = { csr: base64urlEncode(csrDer) };
    for (let attempt = 1; ; attempt++) {
      try {
        const request = { ...this.#request(this.#state.finalize), payload, once: true, what: 'the finalize request' };
        return this.#take(await sendSigned(this.#account.session, request, { signal }));
      } catch (error) {
        if (!(error instanceof ReplyLostError) && !isProblem(error, 'orderNotReady')) throw error;
        // Decisive is the order itself: had the request arrived, it would be processing, valid or invalid.
        const state = await this.refresh({ signal });
        if (state.status === 'processing' || state.status === 'valid') return state;
        if (state.status !== 'ready' || attempt >= mostFinalizes) throw error;
      }
    }
  }

  /** Polls a finalized order until its certificate is there. Throws `orderInvalid`, `pollTimeout`, `waitTooLong`. */
  async pollUntilValid(options: PollOptions = {}): Promise<OrderState & { readonly status: 'valid' }> {
    const { clock } = this.#account.session;
    if (this.#state.status === 'invalid') await this.#fail(options);
    if (this.#state.status === 'valid') return this.#state;
    const how = { ...options, clock, firstRetryAfterSeconds: this.#retryAfterSeconds };
    return await poll(`the certificate of order "${this.url}"`, () => this.#lookForValid(options), how);
  }

  async #lookForValid(options: CallOptions) {
    const state = await this.refresh(options);
    if (state.status === 'invalid') await this.#fail(options);
    // A server may fall back to ready when issuance failed for passing reasons: only a new finalize helps then.
    if (state.status === 'pending' || state.status === 'ready') {
      throw new OrderError(this.url, state.error, `the order went back to "${state.status}" after it was finalized`);
    }
    return { retryAfterSeconds: this.#retryAfterSeconds, ...(state.status === 'valid' ? { done: { value: state } } : {}) };
  }

  /** Downloads the chain of a valid order. Can be repeated, also in a later run. */
  async downloadCertificate(options: DownloadOptions = {}): Promise<DownloadedCertificate> {
    if (this.#state.status !== 'valid') await this.refresh(options);
    if (this.#state.status !== 'valid') throw new AcmeError('argumentInvalid', `the order is "${this.#state.status}": there is no certificate to download yet`);
    return await downloadCertificate(this.#account, this.#state.certificate, { identifiers: this.#state.identifiers, ...options });
  }

  #request(url: string) {
    return { url, signer: this.#account.signer(), what: 'the order' };
  }

  #take(reply: Reply): OrderState {
    this.#state = parseOrder(reply.json, this.#account.session.policy);
    this.#retryAfterSeconds = reply.retryAfterSeconds;
    return this.#state;
  }

  /** An invalid order: its authorizations know why (§7.1.6), else its own error. */
  async #fail(options: CallOptions): Promise<never> {
    await this.#failOnDeadAuthorization(options);
    throw new OrderError(this.url, this.#state.status === 'invalid' ? this.#state.error : undefined);
  }

  async #failOnDeadAuthorization(options: CallOptions): Promise<void> {
    const authorizations = await this.authorizations(options);
    const dead = authorizations.filter(({ state }) => state.status !== 'pending' && state.status !== 'valid');
    if (dead.length > 0) throw new AuthorizationError(dead.map((one) => one.failure), this.url);
  }
}

/** Reads the order at `url`, e.g. one that an earlier run created. */
export async function openOrder(account: AccountContext, url: string, { signal }: CallOptions = {}): Promise<Order> {
  account.session.policy.check(url, 'the url of an order');
  return new Order(account, url, await sendSigned(account.session, { url, signer: account.signer(), what: 'the order' }, { signal }));
}
