import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PkiError } from '../errors.ts';
import { parseDnsName } from './dns-name.ts';

const label63 = 'a'.repeat(63);

describe('a DNS name', () => {
  test.each([
    ['example.com', 'example.com'],
    ['EXAMPLE.Com', 'example.com'],
    ['example.com.', 'example.com'],
    ['*.example.com', '*.example.com'],
    ['localhost', 'localhost'],
    ['_acme.a_b.example', '_acme.a_b.example'],
    ['a--b.example', 'a--b.example'],
    ['xn--bcher-kva.example', 'xn--bcher-kva.example'],
    ['1.2.3', '1.2.3'],
    ['1.2.3.4.5', '1.2.3.4.5'],
    [`${label63}.example`, `${label63}.example`],
    [[label63, label63, label63, 'a'.repeat(61)].join('.'), [label63, label63, label63, 'a'.repeat(61)].join('.')],
  ])('%s is accepted', (text, name) => {
    expect(parseDnsName(text)).toBe(name);
  });

  test.each([
    ['http://example.com', 'requested name "http://example.com" appears to be a URL, not a FQDN. Try again without the leading "http://"'],
    ['HTTPS://example.com/x', 'requested name "HTTPS://example.com/x" appears to be a URL, not a FQDN. Try again without the leading "https://"'],
    ['192.0.2.1', 'requested name "192.0.2.1" is an IP address'],
    ['192.0.2.1.', 'requested name "192.0.2.1" is an IP address'],
    ['2001:DB8::1', 'requested name "2001:db8::1" is an IP address'],
    ['', 'requested domain "" is not a FQDN because it contains an empty label'],
    ['.', 'requested domain "" is not a FQDN because it contains an empty label'],
    ['a..b', 'requested domain "a..b" is not a FQDN because it contains an empty label'],
    ['.example.com', 'requested domain ".example.com" is not a FQDN because it contains an empty label'],
    ['example.com..', 'requested domain "example.com." is not a FQDN because it contains an empty label'],
    ['*.', 'has a wildcard in the wrong place'],
    [`${label63}a.example`, `because label ${label63}a is too long`],
    [[label63, label63, label63, 'a'.repeat(62)].join('.'), 'is not a FQDN because it is too long'],
    ['a'.repeat(5_000), 'is not a FQDN because it is too long'],
    ['a.*.example.com', 'has a wildcard in the wrong place'],
    ['*.*.example.com', 'has a wildcard in the wrong place'],
    ['**.example.com', 'has a wildcard in the wrong place'],
    ['*a.example.com', 'has a wildcard in the wrong place'],
    ['*', 'has a wildcard in the wrong place'],
    ['example.com:443', '"example.com:443" contains an invalid character. Valid characters are A-Z, a-z, 0-9, ., and -'],
    ['example.com/path', 'contains an invalid character'],
    ['../../etc/passwd', 'contains an invalid character'],
    ['a b.example', 'contains an invalid character'],
    ['$(id).example', 'contains an invalid character'],
    ['a;b.example', 'contains an invalid character'],
    ['[::1]', 'contains an invalid character'],
    ['user@example.com', 'contains an invalid character'],
    ['-rf.example', 'label "-rf" in domain "-rf.example" cannot start with "-"'],
    ['a-.example', 'label "a-" in domain "a-.example" cannot end with "-"'],
    ['*.-a.example', 'cannot start with "-"'],
    ['bücher.example', 'use Punycode'],
    ['example.com\n', 'Non-ASCII domain names not supported'],
    ['a\0b', 'Non-ASCII domain names not supported'],
  ])('%j is refused', (text, fragment) => {
    expect(() => parseDnsName(text)).toThrow(expect.objectContaining({ code: 'nameInvalid', message: expect.stringContaining(fragment) }));
  });

  test('says what to do instead', () => {
    const hint = (text: string) => {
      try {
        return parseDnsName(text);
      } catch (error) {
        return (error as PkiError).hint;
      }
    };
    expect(hint('192.0.2.1')).toContain('--ip-address');
    expect(hint('example.com:443')).toContain('without port or path');
    expect(hint('bücher.example')).toContain('xn--');
    expect(hint('a.*')).toContain('*.example.com');
  });

  test('never carries control characters or other scripts into a message', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        try {
          parseDnsName(text);
        } catch (error) {
          expect((error as PkiError).message).toMatch(/^[\x20-\x7e]*$/);
          expect(error).toBeInstanceOf(PkiError);
        }
      }),
    );
  });

  test('that is accepted is safe as a file name and as an argument, and is its own canonical form', () => {
    const piece = fc.constantFrom('a', 'B', '9', '-', '_', '.', '*', '*.', '/', '\\', ':', 'ü', ' ', '\0', '%2e', '。', 'xn--');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), fc.boolean(), (pieces, allowUnicode) => {
        let name: string;
        try {
          name = parseDnsName(pieces.join(''), { allowUnicode });
        } catch (error) {
          expect(error).toBeInstanceOf(PkiError);
          return;
        }
        expect(name).toMatch(/^(\*\.)?[a-z0-9_]([a-z0-9._-]*[a-z0-9_])?$/);
        expect(name).not.toContain('..');
        expect(parseDnsName(name)).toBe(name);
      }),
      { numRuns: 3_000 },
    );
  });
});

describe('a name in another script', () => {
  test.each([
    ['bücher.example', 'xn--bcher-kva.example'],
    ['*.BÜCHER.example.', '*.xn--bcher-kva.example'],
    ['ÉNICODE-example.com.', 'xn--nicode-example-9jb.com'],
    ['例え。テスト', 'xn--r8jz45g.xn--zckzah'],
  ])('%s becomes Punycode when allowed', (text, name) => {
    expect(parseDnsName(text, { allowUnicode: true })).toBe(name);
  });

  test.each(['ü%41.example', 'ü:80', 'ü/x', '１２７.0.0.1', 'ü..b', 'ü@b', '\u{d800}.example', 'ü\u{0}'])('%j is refused all the same', (text) => {
    expect(() => parseDnsName(text, { allowUnicode: true })).toThrow(expect.objectContaining({ code: 'nameInvalid' }));
  });
});
