import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { visible, visibleJson } from './visible.ts';

// oxlint-disable-next-line no-control-regex -- control characters are what this is about
const acted = /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u202A-\u202E\u2066-\u2069]/;

describe('visible text', () => {
  test.each([
    ['a\u001b[2Jb', 'a\\u{1b}[2Jb'],
    ['\u009b31m', '\\u{9b}31m'],
    ['\u202egpj.exe', '\\u{202e}gpj.exe'],
    ['two\r\nlines\tand\ra return', 'two\nlines\tand\\u{d}a return'],
    ['Grüße, 世界 🙂', 'Grüße, 世界 🙂'],
  ])('%j is shown as %j', (text, shown) => {
    expect(visible(text)).toBe(shown);
  });

  test('has nothing that a terminal acts upon, whatever the text', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => !acted.test(visible(text))));
  });

  test('as JSON is the same JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.string({ unit: 'binary' }), (value, text) => {
        const json = visibleJson(JSON.stringify({ value, text }, undefined, 2));
        expect(acted.test(json)).toBe(false);
        expect(JSON.stringify(JSON.parse(json))).toBe(JSON.stringify({ value, text }));
      }),
    );
  });
});
