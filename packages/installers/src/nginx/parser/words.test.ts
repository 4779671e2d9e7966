import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseNginx } from './parse.ts';
import { textOf, wordFor } from './words.ts';

function readBack(raw: string): string[] {
  const [node] = parseNginx(`x ${raw};`, 'test.conf').nodes;
  return node?.kind === 'directive' ? node.words.slice(1).map((word) => textOf(word.value)) : [];
}

describe('a value from outside', () => {
  test.each([
    ['stays bare where it can', '/etc/letsencrypt/live/a.test/fullchain.pem', '/etc/letsencrypt/live/a.test/fullchain.pem'],
    ['is quoted for its spaces', '/srv/my files/a.pem', '"/srv/my files/a.pem"'],
    ['is quoted for its quotes and backslashes', String.raw`/srv/"a"\b`, String.raw`"/srv/\"a\"\\b"`],
    ['is quoted for what ends a directive', '/srv/a;b{c}', '"/srv/a;b{c}"'],
    ['is written as UTF-8', '/srv/é', Buffer.from('/srv/é').toString('latin1')],
    ['is quoted when empty', '', '""'],
  ])('%s', (_, value, raw) => {
    expect(wordFor(value)).toBe(raw);
    expect(readBack(raw)).toEqual([value]);
  });

  test.each(['/srv/$host/a.pem', '/srv/a\nlisten 1', '/srv/\0'])('that nginx cannot write is refused: %j', (value) => {
    expect(() => wordFor(value)).toThrow(expect.objectContaining({ code: 'valueInvalid' }));
  });

  test('is one word again, or refused', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 40 }), (value) => {
        if (!/[\p{Cc}$]/u.test(value)) expect(readBack(wordFor(value))).toEqual([value]);
      }),
      { numRuns: 3000 },
    );
  });
});
