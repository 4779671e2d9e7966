// The machine's clock, except that long waits are skipped and written down: the peers are real, their patience need not be.
import { type Clock, systemClock } from '@certward/base';

/** Waits up to this are waited by default: they pace the polling of a real server. */
const usualRealWaitMs = 600;

/** A clock that jumps over long waits. */
export interface HastyClock extends Clock {
  /** The waits that were skipped, in milliseconds. */
  readonly skipped: readonly number[];
  /** The waits that were waited. */
  readonly waited: readonly number[];
}

/** Makes a clock that starts at the present time; `longestRealWaitMs` is the longest wait that is not skipped. */
export function hastyClock(longestRealWaitMs = usualRealWaitMs): HastyClock {
  const skipped: number[] = [];
  const waited: number[] = [];
  let aheadMs = 0;
  return {
    skipped,
    waited,
    now: () => new Date(systemClock.now().getTime() + aheadMs),
    monotonicMs: () => systemClock.monotonicMs() + aheadMs,
    sleep: async (ms, options) => {
      options?.signal?.throwIfAborted();
      if (ms > longestRealWaitMs) {
        skipped.push(ms);
        aheadMs += ms;
        return;
      }
      waited.push(ms);
      await systemClock.sleep(ms, options);
    },
  };
}
