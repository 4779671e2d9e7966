// The challenge resource (RFC 8555 §8): what to publish, and telling the CA to look.
import { assertNever } from '@certward/base';
import type { Identifier } from '@certward/pki';

import type { AccountContext } from './account-context.ts';
import { parseChallenge } from './authorization-state.ts';
import { dnsAccount01RecordName } from './dns-account-01.ts';
import { dnsPersist01Record, persistFormOf, type PersistRecord, type PersistRecordOptions } from './dns-persist-01.ts';
import { AcmeError, isProblem, ReplyLostError } from './errors.ts';
import { objectOf } from './fields.ts';
import { dns01RecordName, dns01TxtValue, keyAuthorizationOf } from './key-authorization.ts';
import type { Reply } from './reply.ts';
import { sendSigned } from './signed-request.ts';
import { checkToken } from './token.ts';
import type { CallOptions, ChallengeState, ChallengeStatus, ChallengeType, PersistOffer, Problem } from './types.ts';

/** What is yours to choose about a dns-persist-01 record. */
export interface PersistRecordChoice extends Pick<PersistRecordOptions, 'anyDomain' | 'wildcard' | 'persistUntil'> {
  /** Default: the first on offer. */
  readonly issuerDomainName?: string;
}

/** One way to prove control. Plain facts and one request: it does not change by itself, the authorization is what to poll. */
export class Challenge {
  readonly #account: AccountContext;
  readonly #identifier: Identifier;
  #state: ChallengeState;

  /** For the library's own use: get challenges from an authorization. */
  constructor(account: AccountContext, state: ChallengeState, identifier: Identifier) {
    this.#account = account;
    this.#state = state;
    this.#identifier = identifier;
  }

  get url(): string {
    return this.#state.url;
  }

  get type(): ChallengeType {
    return this.#state.type;
  }

  get status(): ChallengeStatus {
    return this.#state.status;
  }

  /** Absent for dns-persist-01, and where the server sent an unsafe one. */
  get token(): string | undefined {
    return this.#state.token;
  }

  /** The CA's last complaint; on a pending or processing challenge it is still retrying (§8.2). */
  get error(): Problem | undefined {
    return this.#state.error;
  }

  /** The offer of a dns-persist-01 challenge: with {@link dnsPersist01Record} it becomes a record. Experimental. */
  get persist(): PersistOffer | undefined {
    return this.#state.persist;
  }

  /** Whether there is what it takes to answer: a safe token, or for dns-persist-01 a sound offer. */
  get isUsable(): boolean {
    return this.type === 'dns-persist-01' ? this.persist !== undefined : this.token !== undefined;
  }

  /** Token and thumbprint joined (§8.1). Throws `tokenInvalid` where there is no safe token. */
  get keyAuthorization(): string {
    return keyAuthorizationOf(checkToken(this.token), this.#account.thumbprint());
  }

  /**
   * What is published: the body for http-01, the TXT value for dns-01 and dns-account-01, the key authorization whose
   * digest the certificate carries for tls-alpn-01. Empty for dns-persist-01, see {@link Challenge.persistRecord}.
   */
  get validation(): string {
    switch (this.type) {
      case 'dns-01':
      case 'dns-account-01':
        return dns01TxtValue(this.keyAuthorization);
      case 'http-01':
      case 'tls-alpn-01':
        return this.keyAuthorization;
      case 'dns-persist-01':
        return '';
      default:
        return assertNever(this.type);
    }
  }

  /** Where a DNS type publishes it: absolute, no trailing dot, before any delegation. Empty for the others. */
  get recordName(): string {
    switch (this.type) {
      case 'dns-01':
        return dns01RecordName(this.#identifier);
      case 'dns-account-01':
        return dnsAccount01RecordName(this.#account.signer().accountUrl, this.#identifier.value);
      case 'dns-persist-01':
        return `_validation-persist.${this.#identifier.value}`;
      case 'http-01':
      case 'tls-alpn-01':
        return '';
      default:
        return assertNever(this.type);
    }
  }

  /**
   * The standing record that answers a dns-persist-01 challenge, in the form that this server speaks. Check that the
   * issuer is one you mean to trust for good before publishing it. Throws `noUsableChallenge` for other challenges, and
   * for an issuer that is not on offer. Experimental.
   */
  async persistRecord({ signal, issuerDomainName, ...options }: PersistRecordChoice & CallOptions = {}): Promise<PersistRecord> {
    const offer = this.persist;
    const issuer = issuerDomainName ?? offer?.issuerDomainNames[0];
    if (offer === undefined || issuer === undefined || !offer.issuerDomainNames.includes(issuer)) {
      const details = { offered: offer?.issuerDomainNames ?? [] };
      throw new AcmeError('noUsableChallenge', `the ca does not offer that record for "${this.#identifier.value}"`, { details });
    }
    const { meta } = await this.#account.session.directory({ signal });
    const { accountUrl } = this.#account.signer();
    const { accountHashPrefix } = meta;
    const about = { domain: this.#identifier.value, accountUrl, accountUri: offer.accountUri, thumbprint: this.#account.thumbprint(), accountHashPrefix };
    return dnsPersist01Record({ form: persistFormOf(offer, meta), issuerDomainName: issuer, ...about, ...options });
  }

  /**
   * Tells the CA to validate now (§7.5.1). Everything must be in place and visible before: CAs do not restart a failed
   * challenge. A lost answer is settled by reading the challenge; one that is no longer pending is left as it is.
   */
  async respond({ signal }: CallOptions = {}): Promise<void> {
    if (this.status !== 'pending') return;
    try {
      this.#take(await this.#post({}, { signal }, true));
    } catch (error) {
      if (!(error instanceof ReplyLostError)) throw error;
      await this.refresh({ signal });
      // Telling a CA twice is harmless: it either validates or says that it already has.
      if (this.status === 'pending') await this.#respondAgain({ signal });
    }
  }

  async #respondAgain(options: CallOptions): Promise<void> {
    try {
      this.#take(await this.#post({}, options, false));
    } catch (error) {
      if (!isProblem(error, 'malformed', 'conflict', 'unauthorized')) throw error;
      await this.refresh(options);
    }
  }

  /** Reads the challenge again (POST-as-GET, §7.5.1). */
  async refresh({ signal }: CallOptions = {}): Promise<void> {
    this.#take(await this.#post(undefined, { signal }, false));
  }

  #post(payload: object | undefined, options: CallOptions, once: boolean): Promise<Reply> {
    const what = `the ${this.type} challenge for "${this.#identifier.value}"`;
    return sendSigned(this.#account.session, { url: this.url, signer: this.#account.signer(), payload, what, once }, options);
  }

  #take(reply: Reply): void {
    const state = parseChallenge(objectOf(reply.json, 'a challenge'), this.#account.session.policy);
    if (state.type !== this.type) throw new AcmeError('invalidResponse', 'the server sent another challenge than the one asked for');
    // Identity stays what it was when the proof was published; only the progress is news.
    this.#state = { ...this.#state, status: state.status, ...(state.error === undefined ? {} : { error: state.error }) };
  }
}
