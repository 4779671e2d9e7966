// The authorization resource (RFC 8555 §7.5).
import type { AccountContext } from './account-context.ts';
import { parseAuthorization } from './authorization-state.ts';
import { Challenge } from './challenge.ts';
import type { Reply } from './reply.ts';
import { sendSigned } from './signed-request.ts';
import type { AuthorizationState, CallOptions, ChallengeType, IdentifierFailure, Problem } from './types.ts';

/** The CA's record that the account controls one identifier. */
export class Authorization {
  readonly url: string;
  readonly #account: AccountContext;
  #state!: AuthorizationState;
  #challenges: readonly Challenge[] = [];
  #retryAfterSeconds: number | undefined;

  /** For the library's own use: get authorizations from an order or an account. */
  constructor(account: AccountContext, url: string, reply: Reply) {
    this.url = url;
    this.#account = account;
    this.#take(reply);
  }

  /** As last read. */
  get state(): AuthorizationState {
    return this.#state;
  }

  /** The challenges of types we know, as last read. Any one of them is enough. */
  get challenges(): readonly Challenge[] {
    return this.#challenges;
  }

  /** When the server wants to be asked again, from its last answer. */
  get retryAfterSeconds(): number | undefined {
    return this.#retryAfterSeconds;
  }

  /** The challenge of the given type, or undefined when it is not offered. */
  challenge(type: ChallengeType): Challenge | undefined {
    return this.#challenges.find((one) => one.type === type);
  }

  /** What to report about it: the problem of the challenge that failed, else of any that complained. */
  get failure(): IdentifierFailure {
    const failed = this.#challenges.find((one) => one.status === 'invalid') ?? this.#challenges.find((one) => one.error !== undefined);
    const problem: Problem | undefined = failed?.error;
    return {
      identifier: this.#state.identifier,
      wildcard: this.#state.wildcard,
      authorizationUrl: this.url,
      ...(failed === undefined ? {} : { challengeType: failed.type }),
      ...(problem === undefined ? {} : { problem }),
    };
  }

  /** Reads it again (POST-as-GET). */
  async refresh({ signal }: CallOptions = {}): Promise<AuthorizationState> {
    this.#take(await sendSigned(this.#account.session, this.#request(undefined), { signal }));
    return this.#state;
  }

  /** Gives the authorization up (§7.5.2), so that a failed run leaves nothing pending at the CA. */
  async deactivate({ signal }: CallOptions = {}): Promise<void> {
    this.#take(await sendSigned(this.#account.session, this.#request({ status: 'deactivated' }), { signal }));
  }

  #request(payload: object | undefined) {
    return { url: this.url, signer: this.#account.signer(), payload, what: `the authorization for "${this.#state.identifier.value}"` };
  }

  #take(reply: Reply): void {
    this.#state = parseAuthorization(reply.json, this.#account.session.policy);
    this.#challenges = this.#state.challenges.map((one) => new Challenge(this.#account, one, this.#state.identifier));
    this.#retryAfterSeconds = reply.retryAfterSeconds;
  }
}

/** Reads the authorization at `url`. */
export async function openAuthorization(account: AccountContext, url: string, { signal }: CallOptions = {}): Promise<Authorization> {
  account.session.policy.check(url, 'the url of an authorization');
  const reply = await sendSigned(account.session, { url, signer: account.signer(), what: 'an authorization' }, { signal });
  return new Authorization(account, url, reply);
}
