import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PkiError } from '../errors.ts';
import { base64urlDecode, base64urlEncode } from './base64url.ts';
import { fromHex, toHex } from './bytes.ts';

describe('base64url', () => {
  test('gives back the bytes it was given, without padding or URL-unsafe characters', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const text = base64urlEncode(bytes);
        expect(text).toMatch(/^[A-Za-z0-9_-]*$/);
        expect(base64urlDecode(text)).toEqual(bytes);
      }),
    );
  });

  test('encodes a view, not the buffer behind it', () => {
    expect(base64urlEncode(Uint8Array.of(1, 2, 3, 4).subarray(1, 3))).toBe('AgM');
  });

  test.each([
    ['padding', 'AA=='],
    ['standard alphabet', 'a+/a'],
    ['white space', 'AA A'],
    ['a final line feed', 'AAAA\n'],
    ['a dangling character', 'AAAAA'],
    ['spare bits', 'AB'],
    ['other scripts', 'AAAÄ'],
  ])('refuses %s', (_, text) => {
    expect(() => base64urlDecode(text)).toThrow(expect.objectContaining({ code: 'base64Malformed' }));
  });

  test('throws nothing but its own error on any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        try {
          expect(base64urlEncode(base64urlDecode(text))).toBe(text);
        } catch (error) {
          expect(error).toBeInstanceOf(PkiError);
        }
      }),
    );
  });
});

describe('hexadecimal', () => {
  test('goes both ways', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(fromHex(toHex(bytes))).toEqual(bytes);
      }),
    );
  });

  test.each(['0', '0g', ' 00', '00\n'])('refuses %j', (text) => {
    expect(() => fromHex(text)).toThrow(expect.objectContaining({ code: 'derMalformed' }));
  });
});
