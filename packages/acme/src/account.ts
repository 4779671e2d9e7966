// The account resource (RFC 8555 §7.3) and everything that is done in its name.
import type { KeyObject } from 'node:crypto';

import { type Identifier, isWildcard, jwkThumbprint } from '@certward/pki';

import type { AccountContext } from './account-context.ts';
import { parseAccount } from './account-state.ts';
import { Authorization, openAuthorization } from './authorization.ts';
import { AcmeError } from './errors.ts';
import { invalidResponse } from './fields.ts';
import { keyAuthorizationOf } from './key-authorization.ts';
import { rolloverAccountKey } from './key-rollover.ts';
import { findAccount } from './new-account.ts';
import { type NewOrder, placeOrder } from './new-order.ts';
import { openOrder, type Order } from './order.ts';
import { findOpenOrder, type OrderSearch, readOrderUrls } from './orders-list.ts';
import { type Revocation, type RevocationOutcome, revokeCertificate } from './revocation.ts';
import type { Session } from './session.ts';
import { sendSigned } from './signed-request.ts';
import type { AccountState, CallOptions } from './types.ts';

/** One account at one CA. */
export class Account {
  readonly url: string;
  /** True when the CA registered it just now, by `createAccount`. */
  readonly isNew: boolean;
  readonly #session: Session;
  readonly #context: AccountContext;
  #key: KeyObject;
  #thumbprint: string | undefined;
  #state: AccountState | undefined;

  /** For the library's own use: get accounts from a client. */
  constructor(session: Session, options: { readonly url: string; readonly key: KeyObject; readonly state?: AccountState; readonly isNew?: boolean }) {
    this.#session = session;
    this.url = options.url;
    this.isNew = options.isNew ?? false;
    this.#key = options.key;
    this.#state = options.state;
    this.#context = {
      session,
      signer: () => ({ key: this.#key, accountUrl: this.url }),
      thumbprint: () => this.thumbprint,
    };
  }

  /** The key that signs; another one after {@link Account.rolloverKey}. */
  get key(): KeyObject {
    return this.#key;
  }

  /** RFC 7638 thumbprint of the key: the second half of every key authorization. */
  get thumbprint(): string {
    return (this.#thumbprint ??= jwkThumbprint(this.#key));
  }

  /** As last read; undefined for an opened account until {@link Account.refresh}. */
  get state(): AccountState | undefined {
    return this.#state;
  }

  /** Reads the account (POST-as-GET). */
  async refresh({ signal }: CallOptions = {}): Promise<AccountState> {
    return await this.#post(undefined, { signal });
  }

  /** Changes the contacts (§7.3.2); an empty list removes them. */
  async update({ contact, signal }: CallOptions & { readonly contact: readonly string[] }): Promise<AccountState> {
    return await this.#post({ contact }, { signal });
  }

  /** Agrees to changed terms (§7.3.3), after a `userActionRequired` problem was shown to the operator. */
  async agreeToTerms({ signal }: CallOptions = {}): Promise<AccountState> {
    return await this.#post({ termsOfServiceAgreed: true }, { signal });
  }

  /** Ends the account (§7.3.6). Final: the CA will refuse everything signed by it. */
  async deactivate({ signal }: CallOptions = {}): Promise<void> {
    await this.#post({ status: 'deactivated' }, { signal });
  }

  /**
   * Changes the account's key (§7.3.5) and proves that it happened. Store `newKey` before the call, and the change after
   * it: a process that dies in between finds with `findAccount` which of the two is the account's. Throws
   * `keyRolloverUnproven` or the CA's problem; the old key then still signs.
   */
  async rolloverKey(newKey: KeyObject, { signal }: CallOptions = {}): Promise<void> {
    await rolloverAccountKey(this.#session, this.#context.signer(), newKey, { signal });
    this.#key = newKey;
    this.#thumbprint = undefined;
  }

  /** Places an order (§7.4). Throws `replyLost` rather than risk a second order; see {@link Account.findOpenOrder}. */
  async createOrder({ signal, ...order }: NewOrder & CallOptions): Promise<Order> {
    return await placeOrder(this.#context, order, { signal });
  }

  /** Reads an order of this account, e.g. one of an earlier run. */
  async openOrder(url: string, { signal }: CallOptions = {}): Promise<Order> {
    return await openOrder(this.#context, url, { signal });
  }

  /** The URLs of all orders (§7.1.2.1), in no particular order. Throws `unsupportedByServer` where the CA has no list. */
  async listOrders({ signal, limit = Number.POSITIVE_INFINITY }: CallOptions & { readonly limit?: number } = {}): Promise<string[]> {
    const urls: string[] = [];
    for await (const url of readOrderUrls(this.#context, await this.#ordersUrl({ signal }), { signal })) {
      if (urls.length >= limit) break;
      urls.push(url);
    }
    return urls;
  }

  /** An open order for exactly these identifiers, or undefined. Throws `unsupportedByServer` where the CA has no list. */
  async findOpenOrder({ signal, ...search }: OrderSearch & CallOptions): Promise<Order | undefined> {
    return await findOpenOrder(this.#context, await this.#ordersUrl({ signal }), search, { signal });
  }

  /** Asks for an authorization without an order (§7.4.1). Few CAs offer it, none for wildcards. */
  async authorize(identifier: Identifier, { signal }: CallOptions = {}): Promise<Authorization> {
    if (isWildcard(identifier)) throw new AcmeError('argumentInvalid', `"${identifier.value}" cannot be authorized ahead: wildcards need an order`);
    const url = await this.#session.resource('newAuthz', { signal });
    const payload = { identifier: { type: identifier.type, value: identifier.value } };
    const reply = await sendSigned(this.#session, { url, signer: this.#context.signer(), payload, what: 'the new authorization', once: true }, { signal });
    if (reply.location === undefined) throw invalidResponse('an authorization without a usable Location');
    return new Authorization(this.#context, reply.location, reply);
  }

  /** Reads an authorization of this account. */
  async openAuthorization(url: string, { signal }: CallOptions = {}): Promise<Authorization> {
    return await openAuthorization(this.#context, url, { signal });
  }

  /** Revokes a certificate that this account ordered, or holds authorizations for (§7.6). Already revoked is success. */
  async revoke({ signal, ...revocation }: Revocation & CallOptions): Promise<RevocationOutcome> {
    return await revokeCertificate(this.#session, this.#context.signer(), revocation, { signal });
  }

  /** Token and thumbprint joined (§8.1). Throws `tokenInvalid` for a token that is unsafe to use. */
  keyAuthorization(token: string): string {
    return keyAuthorizationOf(token, this.thumbprint);
  }

  async #post(payload: object | undefined, options: CallOptions): Promise<AccountState> {
    const reply = await sendSigned(this.#session, { url: this.url, signer: this.#context.signer(), payload, what: 'the account' }, options);
    const state = parseAccount(reply.json, this.#session.policy);
    // Servers leave `orders` out of some answers; what was learned stays true.
    const orders = state.orders ?? this.#state?.orders;
    this.#state = orders === undefined ? state : { ...state, orders };
    return this.#state;
  }

  /** Some servers name the list only in the answer to newAccount. */
  async #ordersUrl(options: CallOptions): Promise<string> {
    const url = this.#state?.orders ?? (await this.refresh(options)).orders ?? (await findAccount(this.#session, this.#key, options))?.state.orders;
    if (url === undefined) {
      const { directoryUrl } = this.#session.options;
      throw new AcmeError('unsupportedByServer', `the ca at "${directoryUrl}" keeps no list of orders`, { details: { resource: 'orders' } });
    }
    if (this.#state !== undefined) this.#state = { ...this.#state, orders: url };
    return url;
  }
}
