import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { tags } from './tags.ts';
import { decodeTime, encodeTime } from './time.ts';

const decode = (tag: number, text: string): Date => {
  const bytes = new Uint8Array(Buffer.from(text, 'latin1'));
  return decodeTime(tag, bytes, 0, bytes.length);
};

describe('times in certificates', () => {
  test.each([
    [tags.utcTime, '491231235959Z', '2049-12-31T23:59:59.000Z'],
    [tags.utcTime, '500101000000Z', '1950-01-01T00:00:00.000Z'],
    [tags.utcTime, '000229120000Z', '2000-02-29T12:00:00.000Z'],
    [tags.generalizedTime, '99991231235959Z', '9999-12-31T23:59:59.000Z'],
    [tags.generalizedTime, '00010101000000Z', '0001-01-01T00:00:00.000Z'],
    [tags.generalizedTime, '00000229000000Z', '0000-02-29T00:00:00.000Z'],
    [tags.generalizedTime, '19491231235959Z', '1949-12-31T23:59:59.000Z'],
  ] as const)('reads %i %s', (tag, text, iso) => {
    expect(decode(tag, text).toISOString()).toBe(iso);
  });

  test.each([
    [tags.utcTime, '4912312359Z', 'seconds missing'],
    [tags.utcTime, '491231235959+0000', 'an offset'],
    [tags.utcTime, '490230000000Z', 'a day that does not exist'],
    [tags.utcTime, '491301000000Z', 'a month that does not exist'],
    [tags.utcTime, '490101240000Z', 'hour 24'],
    [tags.utcTime, '490101000060Z', 'a leap second'],
    [tags.utcTime, '49010100000xZ', 'letters'],
    [tags.generalizedTime, '20260101000000.5Z', 'fractions'],
    [tags.generalizedTime, '00010229000000Z', 'a leap day in the year 1'],
    [tags.utf8String, '491231235959Z', 'another type'],
  ] as const)('refuses %i %s: %s', (...[tag, text]) => {
    expect(() => decode(tag, text)).toThrow(expect.objectContaining({ code: 'derMalformed' }));
  });

  test('come back as the same second from year 0 to 9999', () => {
    const seconds = fc.integer({ min: Date.UTC(0, 0, 1) / 1000 - 1900 * 31_557_600, max: 253_402_300_799 });
    fc.assert(
      fc.property(seconds, (second) => {
        const date = new Date(Math.max(second * 1000, Date.parse('0000-01-01T00:00:00Z')));
        const { tag, text } = encodeTime(date);
        expect(decode(tag, text)).toEqual(date);
      }),
    );
  });
});
