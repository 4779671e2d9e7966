import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { AppError, describeError, hintsOf } from './errors.ts';
import { Secret } from './secret.ts';

describe('errors', () => {
  test('describes an error with its causes, saying nothing twice', () => {
    const inner = new AppError('refused', 'connection refused', { hint: 'start the server' });
    const outer = new AppError('directoryUnreachable', 'could not read the directory', { cause: inner, hint: 'check --server' });
    expect(describeError(outer)).toBe('could not read the directory: connection refused');
    expect(describeError(new Error('same', { cause: new Error('same') }))).toBe('same');
    expect(hintsOf(outer)).toEqual(['check --server', 'start the server']);
  });

  test('survives errors that cause each other and things that are no errors', () => {
    const one = new Error('one');
    const two = new Error('two', { cause: one });
    one.cause = two;
    expect(describeError(two)).toBe('two: one');
    expect(describeError('plain text')).toBe('plain text');
  });
});

describe('secrets', () => {
  test('print as a placeholder everywhere but through reveal', () => {
    const secret = new Secret('hunter2');
    const shown = [String(secret), JSON.stringify({ secret }), inspect(secret), inspect({ nested: [secret] })];
    for (const text of shown) {
      expect(text).toContain('[secret]');
      expect(text).not.toContain('hunter2');
    }
    expect(secret.reveal()).toBe('hunter2');
  });
});
