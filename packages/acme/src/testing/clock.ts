// A clock for tests: sleeping moves it at once and is written down.
import type { Clock } from '@certward/base';

/** A {@link Clock} whose sleeps take no time. */
export interface TestClock extends Clock {
  /** Every pause that was slept, in milliseconds. */
  readonly slept: number[];
  advance(ms: number): void;
}

/** A clock that starts on 2026-11-20 at noon. */
export function createTestClock(): TestClock {
  const startMs = Date.UTC(2026, 10, 20, 12);
  let elapsedMs = 0;
  const slept: number[] = [];
  return {
    slept,
    advance: (ms) => (elapsedMs += ms),
    now: () => new Date(startMs + elapsedMs),
    monotonicMs: () => elapsedMs,
    async sleep(ms, { signal } = {}) {
      signal?.throwIfAborted();
      slept.push(ms);
      // A turn of the event loop, so that what happens at the same time does.
      await new Promise((resolve) => setImmediate(resolve));
      signal?.throwIfAborted();
      elapsedMs += Math.max(0, ms);
    },
  };
}
