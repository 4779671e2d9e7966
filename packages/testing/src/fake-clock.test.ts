import { describe, expect, test } from 'vitest';
import { createFakeClock } from './fake-clock.ts';

describe('a fake clock', () => {
  test('stands still until it is moved', async () => {
    const clock = createFakeClock(new Date('2027-01-01T00:00:00Z'));
    expect(clock.now().toISOString()).toBe('2027-01-01T00:00:00.000Z');
    await clock.advance(1_500);
    expect(clock.now().toISOString()).toBe('2027-01-01T00:00:01.500Z');
    expect(clock.monotonicMs()).toBe(1_500);
  });

  test('wakes sleepers in the order they fall due, each at its own instant', async () => {
    const clock = createFakeClock();
    const woken: string[] = [];
    const sleeper = async (name: string, ms: number) => {
      await clock.sleep(ms);
      woken.push(`${name} at ${clock.monotonicMs()}`);
    };
    const all = [sleeper('late', 300), sleeper('early', 100), sleeper('never yet', 1_000)];
    expect(clock.sleeping).toBe(3);
    await clock.advance(500);
    expect(woken).toEqual(['early at 100', 'late at 300']);
    await clock.advance(500);
    await Promise.all(all);
    expect(clock.sleeping).toBe(0);
  });

  test('wakes a loop that sleeps again and again within one move', async () => {
    const clock = createFakeClock();
    let rounds = 0;
    const loop = (async () => {
      for (; rounds < 5; rounds++) await clock.sleep(1_000);
    })();
    await clock.advance(5_000);
    await loop;
    expect(rounds).toBe(5);
  });

  test('ends a sleep with the reason of its signal', async () => {
    const clock = createFakeClock();
    const stop = new AbortController();
    const sleep = clock.sleep(1_000, { signal: stop.signal });
    stop.abort(new Error('enough'));
    await expect(sleep).rejects.toThrow('enough');
    await expect(clock.sleep(1, { signal: stop.signal })).rejects.toThrow('enough');
    expect(clock.sleeping).toBe(0);
  });

  test('moves itself when told to, and remembers what was slept', async () => {
    const clock = createFakeClock(undefined, { autoAdvance: true });
    await clock.sleep(3_600_000);
    await clock.sleep(5);
    expect(clock.monotonicMs()).toBe(3_600_005);
    expect(clock.slept).toEqual([3_600_000, 5]);
  });
});
