import { isIPv4, isIPv6 } from 'node:net';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatIp, reverseName, tryParseIp } from './ip-address.ts';

describe('IP addresses', () => {
  test.each([
    ['192.0.2.1', '192.0.2.1'],
    ['2001:0DB8:0:0:0:0:0:1', '2001:db8::1'],
    ['0:0:0:0:0:0:0:0', '::'],
    ['::1', '::1'],
    ['1::', '1::'],
    // RFC 5952 §4.2: one group is not shortened, the longest run is, the first of equals.
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['::ffff:c000:201', '::ffff:192.0.2.1'],
    ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
    ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
  ])('%s is written %s', (text, canonical) => {
    expect(formatIp(tryParseIp(text) ?? new Uint8Array())).toBe(canonical);
  });

  test.each([
    '', '1.2.3', '1.2.3.4.5', '256.1.1.1', '01.2.3.4', '1.2.3.4 ', '0x1.2.3.4', ':', ':::', '1:2:3:4:5:6:7', '1:2:3:4:5:6:7:8:9', '1:2:3:4::5:6:7:8',
    '1::2::3', 'fe80::1%eth0', '[::1]', '::1/128', '12345::', '::1.2.3', '1.2.3.4::', '::1.2.3.4:5', 'g::',
  ])('%j is none', (text) => {
    expect(tryParseIp(text)).toBeUndefined();
  });

  test('are recognised exactly where the platform recognises them', () => {
    const piece = fc.constantFrom('0', '1', 'ffff', 'A', ':', '::', '.', '1.2.3.4', '255', '256', '00', 'g', '%1');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 16 }), (pieces) => {
        const text = pieces.join('');
        const expected = isIPv4(text) || (isIPv6(text) && !text.includes('%'));
        expect(tryParseIp(text) !== undefined).toBe(expected);
      }),
      { numRuns: 5_000 },
    );
  });

  test('come back as the same bytes', () => {
    const bytes = fc.oneof(fc.uint8Array({ minLength: 4, maxLength: 4 }), fc.uint8Array({ minLength: 16, maxLength: 16 }), sparse);
    fc.assert(
      fc.property(bytes, (address) => {
        const text = formatIp(address);
        expect(tryParseIp(text)).toEqual(address);
        if (address.length === 16) expect(new URL(`http://[${text}]/`).hostname).toBe(`[${text.startsWith('::ffff:') ? hexTail(text) : text}]`);
      }),
    );
  });
});

/** IPv6 with runs of zeros. */
const sparse = fc.array(fc.constantFrom(0, 0, 1), { minLength: 8, maxLength: 8 }).map((groups) => Uint8Array.from(groups.flatMap((group) => [0, group])));

/** URLs write the tail of mapped addresses in hexadecimal. */
function hexTail(text: string): string {
  return new URL(`http://[${text}]/`).hostname.slice(1, -1);
}

describe('reverse names', () => {
  test.each([
    ['127.0.0.1', '1.0.0.127.in-addr.arpa'],
    ['192.0.2.33', '33.2.0.192.in-addr.arpa'],
    ['::1', `1.${'0.'.repeat(31)}ip6.arpa`],
    ['2001:db8::567:89ab', 'b.a.9.8.7.6.5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa'],
  ])('of %s is %s', (ip, name) => {
    expect(reverseName(ip)).toBe(name);
  });

  test('are refused for names', () => {
    expect(() => reverseName('example.com')).toThrow(expect.objectContaining({ code: 'nameInvalid' }));
  });
});
