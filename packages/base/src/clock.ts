// The one door to time. Everything that reads the clock or waits takes a Clock, so that tests move it instead of sleeping.
// Lint bans Date.now, argument-less `new Date` and global timers everywhere else.

/** A source of time. Pass it in options; the default is {@link systemClock}. */
export interface Clock {
  /** The present instant. */
  now(): Date;
  /** Milliseconds that only ever grow, for measuring durations: immune to changes of the wall clock. */
  monotonicMs(): number;
  /**
   * Resolves after `ms` milliseconds; at once where `ms` is zero or less.
   * Rejects with the signal's reason as soon as `signal` aborts.
   */
  sleep(ms: number, options?: { readonly signal?: AbortSignal | undefined }): Promise<void>;
}

/** setTimeout fires at once for delays beyond 2^31-1 ms (24.8 days), so longer sleeps are made of several. */
const longestTimerMs = 2 ** 31 - 1;

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => new Date(),
  monotonicMs: () => performance.now(),
  async sleep(ms, { signal } = {}) {
    signal?.throwIfAborted();
    for (let left = ms; left > 0; left -= longestTimerMs) await timer(Math.min(left, longestTimerMs), signal);
  },
};

function timer(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      clearTimeout(handle);
      reject(signal?.reason as Error);
    };
    const handle = setTimeout(() => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    }, ms);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
