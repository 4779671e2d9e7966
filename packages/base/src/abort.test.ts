import { describe, expect, test } from 'vitest';
import { isAbort, TimeoutError, withDeadline } from './abort.ts';
import { systemClock } from './clock.ts';

describe('deadlines and aborts', () => {
  test('a deadline names what was awaited and for how long', async () => {
    const hanging = withDeadline('the directory', 5, (signal) => systemClock.sleep(60_000, { signal }));
    await expect(hanging).rejects.toThrow('timed out after 0.005 s waiting for the directory');
    await expect(hanging).rejects.toBeInstanceOf(TimeoutError);
  });

  test("a caller's abort wins over the deadline and keeps its reason", async () => {
    const controller = new AbortController();
    const reason = new Error('the user went away');
    const waiting = withDeadline('anything', 60_000, (signal) => systemClock.sleep(60_000, { signal }), controller.signal);
    controller.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    expect(isAbort(reason, controller.signal)).toBe(true);
  });

  test('a wrapped AbortError of a library becomes the deadline it meant', async () => {
    const wrapped = Object.assign(new Error('aborted'), { name: 'AbortError' });
    const work = (signal: AbortSignal) =>
      new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(wrapped)));
    await expect(withDeadline('a reply', 5, work)).rejects.toBeInstanceOf(TimeoutError);
  });

  test('neither a timeout nor another failure counts as an abort', () => {
    expect(isAbort(new TimeoutError('x', 1))).toBe(false);
    expect(isAbort(new Error('x'), AbortSignal.abort())).toBe(false);
    expect(isAbort(new Error('x'))).toBe(false);
  });

  test('sleeping ends at once when the signal aborts, also when it had aborted before', async () => {
    await expect(systemClock.sleep(60_000, { signal: AbortSignal.abort(new Error('early')) })).rejects.toThrow('early');
    await expect(systemClock.sleep(-1)).resolves.toBeUndefined();
  });
});
