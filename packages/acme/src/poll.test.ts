import { describe, expect, test } from 'vitest';

import { type Look, poll } from './poll.ts';
import { createTestClock } from './testing/clock.ts';
import { createWake, wakeOn } from './wake.ts';

/** Looks that are done at the `last`th, each with the given Retry-After. */
const looks = (last: number, retryAfterSeconds?: number) => async (count: number): Promise<Look<number>> => ({ retryAfterSeconds, ...(count >= last ? { done: { value: count } } : {}) });

describe('poll', () => {
  test('looks soon at first and slower later', async () => {
    const clock = createTestClock();
    expect(await poll('it', looks(11), { clock })).toBe(11);
    expect(clock.slept).toEqual([15, 50, 100, 200, 400, 800, 1_500, 2_500, 5_000, 5_000, 5_000]);
  });

  test('honours Retry-After', async () => {
    const clock = createTestClock();
    await poll('it', looks(3, 3), { clock });
    expect(clock.slept).toEqual([15, 3_000, 3_000]);
  });

  test('a Retry-After of zero means our own pauses', async () => {
    const clock = createTestClock();
    await poll('it', looks(2, 0), { clock });
    expect(clock.slept).toEqual([15, 50]);
  });

  test('ends when patience ends, with a last look', async () => {
    const clock = createTestClock();
    await expect(poll('the order', looks(99), { clock, timeoutMs: 1_000 })).rejects.toMatchObject({ code: 'pollTimeout', message: 'the order was not done after 1 s', retry: 'now' });
    expect(clock.slept.reduce((sum, ms) => sum + ms, 0)).toBe(1_000);
  });

  test('a wait beyond patience is thrown at once, with the time to come back', async () => {
    const clock = createTestClock();
    await expect(poll('the certificate', looks(9, 86_400), { clock })).rejects.toMatchObject({ code: 'waitTooLong', retry: { afterSeconds: 86_400 } });
    expect(clock.slept).toEqual([15]);
  });

  test('a wake-up cuts the wait short and makes the next looks eager', async () => {
    const clock = createTestClock();
    const wake = createWake();
    const times: number[] = [];
    const polling = poll(
      'it',
      async (count) => {
        times.push(clock.monotonicMs());
        if (count === 1) setImmediate(() => wake.wake());
        return { retryAfterSeconds: 60, ...(count === 4 ? { done: { value: true } } : {}) };
      },
      { clock, wake },
    );
    await polling;
    expect(clock.slept.slice(1)).toEqual([60_000, 8, 15, 50]);
    expect(times[1]).toBeLessThan(100);
  });

  test('an event before the poll began counts', async () => {
    const clock = createTestClock();
    const wake = wakeOn([Promise.resolve(), Promise.reject(new Error('ignored'))]);
    await new Promise((resolve) => setImmediate(resolve));
    await poll('it', looks(2, 60), { clock, wake });
    expect(clock.slept.every((ms) => ms < 1_000)).toBe(true);
  });

  test('rejects with the reason of its signal, also while it waits for a wake-up', async () => {
    const controller = new AbortController();
    const reason = new Error('stop');
    const polling = poll('it', async () => (controller.abort(reason), { retryAfterSeconds: undefined }), { clock: createTestClock(), wake: createWake(), signal: controller.signal });
    await expect(polling).rejects.toBe(reason);
  });
});
