// A clock that stands still until a test moves it.
import type { Clock } from '@certward/base';

/** How {@link createFakeClock} behaves. */
export interface FakeClockOptions {
  /**
   * Whether `sleep` moves the clock itself and resolves at once, for code under test that waits on its own. Default false.
   */
  readonly autoAdvance?: boolean;
}

/** A {@link Clock} under the control of a test. */
export interface FakeClock extends Clock {
  /**
   * Moves the time forward. Every sleep that falls due is ended at its own instant, in order; code that then sleeps again
   * within `ms` is woken too.
   */
  advance(ms: number): Promise<void>;
  /** How many calls of `sleep` are waiting now. */
  readonly sleeping: number;
  /** Every duration asked of `sleep` so far, in milliseconds. */
  readonly slept: readonly number[];
}

interface Sleeper {
  readonly dueAt: number;
  readonly wake: () => void;
}

/** Makes a clock that shows `start` (default 2026-11-20T12:00:00Z) until it is moved. */
export function createFakeClock(start = new Date('2026-11-20T12:00:00Z'), options: FakeClockOptions = {}): FakeClock {
  const startMs = start.getTime();
  const sleepers = new Set<Sleeper>();
  const slept: number[] = [];
  let passedMs = 0;

  const nextDue = (untilMs: number): Sleeper | undefined =>
    [...sleepers].filter((one) => one.dueAt <= untilMs).sort((a, b) => a.dueAt - b.dueAt)[0];

  return {
    now: () => new Date(startMs + passedMs),
    monotonicMs: () => passedMs,
    get sleeping() {
      return sleepers.size;
    },
    get slept() {
      return [...slept];
    },
    sleep(ms, { signal } = {}) {
      if (signal?.aborted === true) return Promise.reject(signal.reason as Error);
      slept.push(ms);
      if (options.autoAdvance === true || ms <= 0) {
        passedMs += Math.max(0, ms);
        return turn();
      }
      return new Promise((resolve, reject) => {
        const finish = (end: () => void) => () => {
          sleepers.delete(sleeper);
          signal?.removeEventListener('abort', onAbort);
          end();
        };
        const onAbort = finish(() => reject(signal?.reason as Error));
        const sleeper: Sleeper = { dueAt: passedMs + ms, wake: finish(resolve) };
        sleepers.add(sleeper);
        signal?.addEventListener('abort', onAbort, { once: true });
      });
    },
    async advance(ms) {
      const untilMs = passedMs + ms;
      await turn();
      for (let due = nextDue(untilMs); due !== undefined; due = nextDue(untilMs)) {
        passedMs = Math.max(passedMs, due.dueAt);
        due.wake();
        await turn();
      }
      passedMs = Math.max(passedMs, untilMs);
    },
  };
}

/** Lets everything that can run now run, so that a woken sleeper reaches its next wait. */
function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
