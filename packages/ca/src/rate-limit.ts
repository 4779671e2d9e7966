// The hook through which an operator limits what clients may do. The authority itself sets no limits.
import type { Identifier } from '@certward/pki';
import { Problem } from './problem.ts';

/** Something a client is about to do. */
export type LimitedAction =
  | { readonly kind: 'newAccount'; readonly remoteAddress: string | undefined }
  | { readonly kind: 'newOrder'; readonly accountId: string; readonly identifiers: readonly Identifier[]; readonly isRenewal: boolean };

/** A refusal: the client is told why and when to come back. */
export interface RateLimitRefusal {
  readonly detail: string;
  readonly retryAfterSeconds: number;
}

/** Decides on an action; undefined lets it pass. Called once per action, after all other checks that cost nothing. */
export type RateLimit = (action: LimitedAction) => RateLimitRefusal | undefined;

/** Wraps the hook: {@link RateLimits.check} throws `rateLimited` with Retry-After where it refuses. */
export class RateLimits {
  readonly #limit: RateLimit | undefined;

  constructor(limit: RateLimit | undefined) {
    this.#limit = limit;
  }

  check(action: LimitedAction): void {
    const refusal = this.#limit?.(action);
    if (refusal === undefined) return;
    throw new Problem('rateLimited', refusal.detail, { headers: { 'retry-after': String(Math.ceil(refusal.retryAfterSeconds)) } });
  }
}
