import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CliError } from '../errors.ts';
import { parseIni } from './ini.ts';

describe('parseIni', () => {
  test.each([
    ['a = b', 'b'],
    ['a: b', 'b'],
    ['a b', 'b'],
    ['--a = b', 'b'],
    ['a', 'true'],
    ['a =', 'true'],
    ['a = b # note', 'b'],
    ['a = b#c', 'b#c'],
    ['a = b ; note', 'b'],
    ['a = "b c"', 'b c'],
    ["a = 'b'", 'b'],
    ['a = "b', '"b'],
    ['a = [b, c]', ['b', 'c']],
    ['a = ["b", "c,d"]', ['b', 'c,d']],
    ['a = {"x":"/y"}', '{"x":"/y"}'],
    ['  a = b  ', 'b'],
    ['a = http://x.test:80/y', 'http://x.test:80/y'],
  ])('reads %j', (line, value) => {
    expect(parseIni(line)).toEqual([{ key: 'a', value }]);
  });

  test('skips comments, sections, rules and blank lines', () => {
    expect(parseIni('# x\n; y\n[z]\n---\n\n\r\n')).toEqual([]);
  });

  test('the last of equal keys wins', () => {
    expect(parseIni('a = 1\nb = 2\na = 3')).toEqual([
      { key: 'b', value: '2' },
      { key: 'a', value: '3' },
    ]);
  });

  test('random text gives settings or our error', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', ' ', '=', ':', '#', ';', '"', "'", '[', ']', ',', '\n', '-') }), (content) => {
        try {
          for (const { key } of parseIni(content)) expect(key).not.toBe('');
        } catch (error) {
          expect(error).toBeInstanceOf(CliError);
        }
      }),
    );
  });
});
