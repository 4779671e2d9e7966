import { describe, expect, test } from 'vitest';
import { AppError } from './errors.ts';
import { backoffDelay, retry } from './retry.ts';
import type { Clock } from './clock.ts';

/** A clock whose sleeps are over at once and remembered. */
function recordingClock(): Clock & { readonly slept: number[] } {
  const slept: number[] = [];
  return {
    slept,
    now: () => new Date(0),
    monotonicMs: () => 0,
    async sleep(ms, { signal } = {}) {
      signal?.throwIfAborted();
      slept.push(ms);
    },
  };
}

const transient = () => new AppError('busy', 'the server is busy', { retry: 'now' });
const random = { bytes: (count: number) => new Uint8Array(count), fraction: () => 1 };

describe('retry', () => {
  test('returns the first success and waits longer each time before it', async () => {
    const clock = recordingClock();
    const result = await retry(
      async (attempt) => {
        if (attempt < 4) throw transient();
        return attempt;
      },
      { attempts: 5, clock, random },
    );
    expect(result).toBe(4);
    expect(clock.slept).toEqual([250, 500, 1000]);
  });

  test('throws the last error when the attempts are used up', async () => {
    const clock = recordingClock();
    const failing = retry((attempt) => Promise.reject(new AppError('busy', `attempt ${attempt}`, { retry: 'now' })), { clock, random });
    await expect(failing).rejects.toThrow('attempt 3');
  });

  test('does not repeat what cannot succeed', async () => {
    let calls = 0;
    const failing = retry(() => {
      calls++;
      return Promise.reject(new AppError('denied', 'no'));
    });
    await expect(failing).rejects.toThrow('no');
    expect(calls).toBe(1);
  });

  test('waits as long as the error asks, and gives up when that is too long', async () => {
    const clock = recordingClock();
    const asking = (afterSeconds: number) => new AppError('rateLimited', 'slow down', { retry: { afterSeconds } });
    await expect(retry(() => Promise.reject(asking(3)), { attempts: 2, clock, random })).rejects.toThrow('slow down');
    expect(clock.slept).toEqual([3000]);
    await expect(retry(() => Promise.reject(asking(60)), { attempts: 2, clock, random })).rejects.toThrow('slow down');
    expect(clock.slept).toEqual([3000]);
  });

  test('stops at an abort without another attempt', async () => {
    const controller = new AbortController();
    let calls = 0;
    const failing = retry(
      () => {
        calls++;
        controller.abort();
        return Promise.reject(controller.signal.reason as Error);
      },
      { signal: controller.signal, isTransient: () => true, clock: recordingClock() },
    );
    await expect(failing).rejects.toBe(controller.signal.reason);
    expect(calls).toBe(1);
  });

  test('draws the upper half of the delay at random and caps it', () => {
    expect(backoffDelay(1, { random: { ...random, fraction: () => 0 } })).toBe(125);
    expect(backoffDelay(30, { random })).toBe(5000);
  });
});
