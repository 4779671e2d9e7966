import { describe, expect, test } from 'vitest';

import { NoncePool } from './nonce-pool.ts';
import { createTestClock } from './testing/clock.ts';

describe('NoncePool', () => {
  test('hands out the newest first and each only once', () => {
    const pool = new NoncePool(createTestClock());
    pool.put('old');
    pool.put('new');
    expect([pool.take(), pool.take(), pool.take()]).toEqual(['new', 'old', undefined]);
  });

  test.each(['', 'with space', 'pad=', 'a+b', 'ü', 'x'.repeat(600), undefined])('ignores %j, which is no nonce', (value) => {
    expect(new NoncePool(createTestClock()).accept(value)).toBeUndefined();
  });

  test('notices a value that was handed out before', () => {
    const pool = new NoncePool(createTestClock());
    expect(pool.accept('abc')).toBe('abc');
    expect(pool.accept('abc')).toBeUndefined();
    expect(pool.repeats).toBe(1);
  });

  test('forgets what is too old, and keeps older ones when only a fresh one is asked for', () => {
    const clock = createTestClock();
    const pool = new NoncePool(clock);
    pool.put('a');
    clock.advance(20_000);
    expect(pool.take(10_000)).toBeUndefined();
    expect(pool.take()).toBe('a');
    pool.put('b');
    clock.advance(6 * 60_000);
    expect(pool.take()).toBeUndefined();
  });

  test('stays bounded', () => {
    const pool = new NoncePool(createTestClock());
    for (let index = 0; index < 1_000; index++) pool.put(`n${index}`);
    const taken = Array.from({ length: 100 }, () => pool.take()).filter((nonce) => nonce !== undefined);
    expect(taken).toHaveLength(32);
    expect(taken[0]).toBe('n999');
  });
});
