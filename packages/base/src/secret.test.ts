import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { AppError, describeError } from './errors.ts';
import { Secret } from './secret.ts';

describe('a secret', () => {
  const secret = new Secret('hunter2');

  test('is revealed by asking for it, and in no other way', () => {
    expect(secret.reveal()).toBe('hunter2');
    const error = new AppError('x', `with ${String(secret)}`, { cause: new Error(`of ${JSON.stringify(secret)}`), details: { secret } });
    const shown = [
      String(secret),
      JSON.stringify({ deep: [{ secret }] }),
      inspect({ deep: [{ secret }] }, { depth: 10, showHidden: true }),
      inspect(secret, { customInspect: false, showHidden: true }),
      describeError(error),
      JSON.stringify(error.details),
      inspect(error),
      JSON.stringify(Object.entries(secret)),
      JSON.stringify(structuredClone(secret)),
    ];
    for (const text of shown) expect(text).not.toContain('hunter2');
  });

  test('survives being a buffer or an object', () => {
    for (const value of [Buffer.from('hunter2'), { password: 'hunter2' }]) {
      const wrapped = new Secret(value);
      expect(wrapped.reveal()).toBe(value);
      expect(inspect(wrapped) + JSON.stringify(wrapped)).toBe('[secret]"[secret]"');
    }
  });
});
