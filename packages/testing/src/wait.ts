// Waiting for something outside of this process, by asking again and again: the one place of the test-bed that sleeps.
import { describeError, systemClock } from '@certward/base';
import { TestbedError } from './errors.ts';

/** How {@link waitUntil} asks. */
export interface WaitOptions {
  /** What is awaited, for the error. */
  readonly what: string;
  /** Default 15 s. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal | undefined;
}

const shortestPauseMs = 5;
const longestPauseMs = 100;

/** Resolves once `probe` says true. A probe that throws says "not yet"; its last error becomes the cause of giving up. */
export async function waitUntil(probe: () => boolean | Promise<boolean>, options: WaitOptions): Promise<void> {
  const { what, timeoutMs = 15_000, signal } = options;
  const until = systemClock.monotonicMs() + timeoutMs;
  let lastError: unknown;
  for (let pauseMs = shortestPauseMs; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    signal?.throwIfAborted();
    try {
      if (await probe()) return;
    } catch (error) {
      lastError = error;
    }
    if (systemClock.monotonicMs() > until) {
      const reason = lastError === undefined ? '' : ` (${describeError(lastError)})`;
      throw new TestbedError('notReady', `${what} did not come within ${timeoutMs / 1000} s${reason}`, { cause: lastError });
    }
    await systemClock.sleep(pauseMs, { signal });
  }
}
