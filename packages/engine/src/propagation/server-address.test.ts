import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ancestors, formatServerAddress, isDnsName, isWithin, parseServerAddress } from './server-address.ts';

describe('parseServerAddress', () => {
  test.each([
    ['192.0.2.1', { host: '192.0.2.1', port: 53 }],
    [' 192.0.2.1:5353 ', { host: '192.0.2.1', port: 5353 }],
    ['2001:db8::1', { host: '2001:db8::1', port: 53 }],
    ['[2001:db8::1]', { host: '2001:db8::1', port: 53 }],
    ['[2001:db8::1]:5353', { host: '2001:db8::1', port: 5353 }],
  ])('reads %j', (text, expected) => {
    expect(parseServerAddress(text)).toEqual(expected);
  });

  test.each(['', 'ns1.example.org', '192.0.2.1:', '192.0.2.1:0', '192.0.2.1:65536', '[192.0.2.1]:53', '[::1', '1.2.3', 'a b', '192.0.2.1:53:53'])(
    'refuses %j and says how to write it',
    (text) => {
      expect(() => parseServerAddress(text)).toThrowError(expect.objectContaining({ code: 'serverAddressInvalid', hint: expect.stringContaining('[2001:db8::1]:53') as string }) as Error);
    },
  );

  test('reads host names only where they are wanted', () => {
    expect(parseServerAddress('ns1.example.org:5353', { allowHostName: true })).toEqual({ host: 'ns1.example.org', port: 5353 });
    expect(() => parseServerAddress('300.1.1.1', { allowHostName: true })).toThrow('"300.1.1.1" is not the address');
  });

  test('prints what it reads', () => {
    const addresses = fc.record({ host: fc.oneof(fc.ipV4(), fc.ipV6()), port: fc.integer({ min: 1, max: 65_535 }) });
    fc.assert(fc.property(addresses, (address) => {
        expect(parseServerAddress(formatServerAddress(address))).toEqual(address);
      }),
    );
  });

  test('throws nothing but its own error', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        try {
          parseServerAddress(text, { allowHostName: true });
        } catch (error) {
          expect(error).toMatchObject({ code: 'serverAddressInvalid' });
        }
      }),
    );
  });
});

test('names are letters, digits, hyphens and underscores within the limits', () => {
  expect(['_acme-challenge.example.org', 'a', 'xn--bcher-kva.example', `${'a'.repeat(63)}.b`].every(isDnsName)).toBe(true);
  expect(['', '.', 'a..b', '-a.b', 'a.b.', 'a b', 'a/b', 'ä.example', `${'a'.repeat(64)}.b`, 'a.'.repeat(127) + 'abc'].some(isDnsName)).toBe(false);
});

test('a name is within itself, its ancestors and the root, but not within a name it ends like', () => {
  expect(ancestors('a.b.c')).toEqual(['a.b.c', 'b.c', 'c']);
  expect(['a.b.c', 'b.c', 'c', ''].every((zone) => isWithin('a.b.c', zone))).toBe(true);
  expect(isWithin('notexample.org', 'example.org')).toBe(false);
});
