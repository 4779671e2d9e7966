import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { parseRetryAfter, retryAfterInText } from './retry-after.ts';

const now = new Date('2026-11-20T12:00:00Z');

describe('parseRetryAfter', () => {
  test.each([
    { name: 'seconds', value: '120', expected: 120 },
    { name: 'zero', value: '0', expected: 0 },
    { name: 'blanks around', value: ' 7 ', expected: 7 },
    { name: 'a date ahead', value: 'Fri, 20 Nov 2026 12:01:30 GMT', expected: 90 },
    { name: 'a date behind', value: 'Fri, 20 Nov 2026 11:00:00 GMT', expected: 0 },
    { name: 'the obsolete RFC 850 date', value: 'Friday, 20-Nov-26 12:00:10 GMT', expected: 10 },
    { name: 'a negative number', value: '-5', expected: undefined },
    { name: 'a fraction', value: '1.5', expected: undefined },
    { name: 'garbage', value: 'soon', expected: undefined },
    { name: 'an ISO date, which the header does not have', value: '2026-11-20T12:01:00Z', expected: undefined },
    { name: 'nothing', value: '', expected: undefined },
    { name: 'absent', value: undefined, expected: undefined },
    { name: 'an absurd number', value: '99999999999999999999', expected: 30 * 24 * 3_600 },
    { name: 'a day that does not exist', value: 'Fri, 99 Nov 2026 12:01:30 GMT', expected: undefined },
  ])('understands $name', ({ value, expected }) => {
    expect(parseRetryAfter(value, now)).toBe(expected);
  });

  test('gives whole seconds within bounds, or nothing, for any input', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.date({ noInvalidDate: true }).map((date) => date.toUTCString()), fc.bigInt().map(String)), (value) => {
        const seconds = parseRetryAfter(value, now);
        expect(seconds === undefined || (Number.isInteger(seconds) && seconds >= 0 && seconds <= 2_592_000)).toBe(true);
      }),
    );
  });
});

test('the instant in the text of a rate limit is understood', () => {
  const detail = 'too many certificates (5) already issued for this exact set of identifiers, retry after 2026-11-20 12:30:00 UTC: see https://letsencrypt.org/docs/';
  expect(retryAfterInText(detail, now)).toBe(1_800);
  expect(retryAfterInText('retry after lunch', now)).toBeUndefined();
  expect(retryAfterInText('retry after 2026-99-99 12:30:00 UTC', now)).toBeUndefined();
});
