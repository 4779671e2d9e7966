// Bounded, jittered retries. What may be retried is the caller's decision, asked through `isTransient`.
import { isAbort } from './abort.ts';
import { type Clock, systemClock } from './clock.ts';
import { AppError } from './errors.ts';
import { type Random, systemRandom } from './random.ts';

/** How {@link retry} behaves. */
export interface RetryOptions {
  /** How often `work` is called at most, the first call included. Default 3. */
  readonly attempts?: number;
  /** Delay before the second attempt; it doubles each time. Default 250 ms. */
  readonly firstDelayMs?: number;
  /** No delay is longer. Default 5 s. */
  readonly longestDelayMs?: number;
  /** Whether another attempt can help. Default: the error's own `retry` says anything but `never`. */
  readonly isTransient?: (error: unknown) => boolean;
  readonly clock?: Clock;
  readonly random?: Random;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Calls `work` until it succeeds, fails for good or `attempts` are used up; then throws the last error.
 * An abort of `signal` is never retried. An error whose `retry` names seconds is waited for, up to `longestDelayMs`.
 */
export async function retry<T>(work: (attempt: number) => Promise<T>, options: RetryOptions = {}): Promise<T> {
  const { attempts = 3, clock = systemClock, longestDelayMs = 5_000, signal } = options;
  const isTransient = options.isTransient ?? saysRetry;
  for (let attempt = 1; ; attempt++) {
    signal?.throwIfAborted();
    try {
      return await work(attempt);
    } catch (error) {
      if (isAbort(error, signal) || attempt >= attempts || !isTransient(error)) throw error;
      const asked = error instanceof AppError && typeof error.retry === 'object' ? error.retry.afterSeconds * 1000 : 0;
      if (asked > longestDelayMs) throw error;
      await clock.sleep(Math.max(asked, backoffDelay(attempt, options)), { signal });
    }
  }
}

function saysRetry(error: unknown): boolean {
  return error instanceof AppError && error.retry !== 'never';
}

/** The pause after the `attempt`th failure (counted from 1): doubling, capped, with the upper half drawn at random. */
export function backoffDelay(
  attempt: number,
  options: Pick<RetryOptions, 'firstDelayMs' | 'longestDelayMs' | 'random'> = {},
): number {
  const { firstDelayMs = 250, longestDelayMs = 5_000, random = systemRandom } = options;
  const full = Math.min(longestDelayMs, firstDelayMs * 2 ** (attempt - 1));
  return full / 2 + (full / 2) * random.fraction();
}
