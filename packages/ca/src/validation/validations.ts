// Runs validations in the background, a bounded number at a time, and records what came out. A challenge that a process
// left undecided is taken up again at the next start.
import { setMaxListeners } from 'node:events';
import { describeError, isAbort, type Log } from '@certward/base';
import type { Clock } from '@certward/base';
import type { Hostile } from '../hostile.ts';
import type { AccountRecord, AuthorizationRecord, ChallengeRecord } from '../model.ts';
import { Problem } from '../problem.ts';
import type { Profile } from '../profiles.ts';
import { isUndecided, type Store } from '../store/store.ts';
import type { Validator } from './validator.ts';

/** Beyond this many at once, challenges wait: each costs sockets. */
const concurrency = 128;

/** What running validations takes. */
export interface ValidationParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly hostile: Hostile;
  readonly profiles: ReadonlyMap<string, Profile>;
  readonly validator: Validator;
  readonly accountUrl: (accountId: string) => string;
}

/** The validations under way. */
export class Validations implements AsyncDisposable {
  readonly #parts: ValidationParts;
  readonly #abort = new AbortController();
  readonly #running = new Set<Promise<void>>();
  /** A set keeps its order and gives up its first element in constant time. */
  readonly #waiting = new Set<() => Promise<void>>();

  constructor(parts: ValidationParts) {
    this.#parts = parts;
    // Every validation under way waits on it, and their number is bounded: no leak that Node would have to warn of.
    setMaxListeners(concurrency * 4, this.#abort.signal);
  }

  /** Starts to validate a challenge its client has responded to. Returns at once. */
  start(authorization: AuthorizationRecord, challenge: ChallengeRecord): void {
    this.#waiting.add(() => this.#validate(authorization, challenge));
    // Not in this turn: the response to the challenge has to be stored first.
    queueMicrotask(() => this.#fill());
  }

  /** Starts everything that was responded to and not decided before this process began. */
  resume(): void {
    for (const authorization of this.#parts.store.undecidedAuthorizations()) {
      const challenge = authorization.challenges.find(({ respondedAt }) => respondedAt !== undefined);
      if (challenge !== undefined) this.start(authorization, challenge);
    }
  }

  /** Resolves when nothing is under way or waiting. */
  async idle(): Promise<void> {
    // A microtask may still have to move waiting work to running.
    await Promise.resolve();
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  #fill(): void {
    for (const work of this.#waiting) {
      if (this.#running.size >= concurrency || this.#abort.signal.aborted) return;
      this.#waiting.delete(work);
      const running = work().finally(() => {
        this.#running.delete(running);
        this.#fill();
      });
      this.#running.add(running);
    }
  }

  async #validate(authorization: AuthorizationRecord, challenge: ChallengeRecord): Promise<void> {
    const { clock, hostile, log, store } = this.#parts;
    const { signal } = this.#abort;
    try {
      if (hostile.challengeProcessingMs > 0) await clock.sleep(hostile.challengeProcessingMs, { signal });
      const problem = await this.#prove(authorization, challenge);
      this.#record(authorization.id, { ...challenge, ...(problem === undefined ? { validatedAt: clock.now() } : { error: problem.toStored() }) });
      await store.flush();
    } catch (error) {
      // On shutdown the challenge stays undecided and is resumed; so it does when the store fails.
      if (!isAbort(error, signal) && !signal.aborted) log.error('validation could not be recorded', { authorization: authorization.id, error });
    }
  }

  async #prove(authorization: AuthorizationRecord, challenge: ChallengeRecord): Promise<Problem | undefined> {
    const { accountUrl, log, store, validator } = this.#parts;
    const { signal } = this.#abort;
    const account = store.accountById(authorization.accountId) as AccountRecord;
    const { identifier, wildcard } = authorization;
    const { token = '', type } = challenge;
    try {
      const keyAuthorization = token === '' ? '' : `${token}.${account.thumbprint}`;
      await validator.validate({ type, identifier, wildcard, token, keyAuthorization, accountUrl: accountUrl(account.id) }, { signal });
      return undefined;
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof Problem) {
        log.info('challenge failed', { authorization: authorization.id, identifier, type, problem: error.code, detail: error.message });
        return error;
      }
      log.error('validator failed', { authorization: authorization.id, identifier, type, error: describeError(error) });
      return new Problem('serverInternal', 'the validation could not be carried out', { cause: error });
    }
  }

  /** Writes the decision unless the authorization was deactivated, or ended, meanwhile. */
  #record(authorizationId: string, decided: ChallengeRecord): void {
    const { clock, profiles, store } = this.#parts;
    store.transaction(() => {
      const present = store.authorizationById(authorizationId);
      if (present === undefined || !isUndecided(present)) return;
      const challenges = present.challenges.map((one) => (one.type === decided.type ? decided : one));
      if (decided.validatedAt === undefined) {
        store.putAuthorization({ ...present, challenges });
        return;
      }
      const lifetimeSeconds = profiles.get(present.profile)?.authorizationLifetimeSeconds ?? 0;
      const validUntilAt = new Date(Math.max(present.expiresAt.getTime(), clock.now().getTime() + lifetimeSeconds * 1000));
      store.putAuthorization({ ...present, challenges, validatedAt: decided.validatedAt, validUntilAt });
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#waiting.clear();
    this.#abort.abort(new Error('the authority stops'));
    await Promise.all(this.#running);
  }
}
