import { describe, expect, test } from 'vitest';
import { mapConcurrent } from './concurrent.ts';

describe('mapConcurrent', () => {
  test('keeps the order of results and never runs more than the limit', async () => {
    let running = 0;
    let most = 0;
    const results = await mapConcurrent([5, 1, 4, 2, 3], 2, async (item) => {
      most = Math.max(most, ++running);
      for (let turn = 0; turn < item; turn++) await Promise.resolve();
      running--;
      return item * 10;
    });
    expect(results).toEqual([50, 10, 40, 20, 30]);
    expect(most).toBe(2);
  });

  test('stops taking new items after a failure, lets running ones end, and throws the first error', async () => {
    const ended: number[] = [];
    const failing = mapConcurrent([1, 2, 3, 4, 5], 2, async (item) => {
      if (item === 1) throw new Error('first');
      await Promise.resolve();
      ended.push(item);
    });
    await expect(failing).rejects.toThrow('first');
    expect(ended).toEqual([2]);
  });

  test('takes an empty list', async () => {
    expect(await mapConcurrent([], 3, async () => 1)).toEqual([]);
  });

  test('stops at an abort', async () => {
    const stopping = mapConcurrent([1, 2], 1, async () => 1, { signal: AbortSignal.abort(new Error('enough')) });
    await expect(stopping).rejects.toThrow('enough');
  });
});
