// How long to wait after failed renewals, per certificate and CA.

/** The failures since the last success. */
export interface RenewalFailures {
  readonly count: number;
  readonly lastAt: Date;
}

const minuteMs = 60_000;

/** After the first, second, third failure; then daily. The third step is what a broken set-up costs a CA per day. */
const stepsMs: readonly number[] = [minuteMs, 10 * minuteMs, 100 * minuteMs];
const dailyMs = 1440 * minuteMs;

/** How long to wait after `count` failures in a row. */
export function backoffMs(count: number): number {
  return count <= 0 ? 0 : (stepsMs[count - 1] ?? dailyMs);
}

/**
 * When the next attempt may be made. `longestMs` shortens the wait where time runs out. A last failure that lies in the
 * future (the clock was set back) counts as now.
 */
export function retryAt(failures: RenewalFailures, { now, longestMs = dailyMs }: { readonly now: Date; readonly longestMs?: number }): Date {
  const last = Math.min(failures.lastAt.getTime(), now.getTime());
  return new Date(last + Math.min(backoffMs(failures.count), longestMs));
}

/** The failures after one more. */
export function addFailure(failures: RenewalFailures | undefined, now: Date): RenewalFailures {
  return { count: (failures?.count ?? 0) + 1, lastAt: now };
}
