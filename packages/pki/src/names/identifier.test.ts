import { describe, expect, test } from 'vitest';
import { baseName, type Identifier, identifierKey, isWildcard, parseIdentifier, parseIpAddress, sameIdentifiers } from './identifier.ts';

const dns = (value: string): Identifier => ({ type: 'dns', value });
const ip = (value: string): Identifier => ({ type: 'ip', value });

describe('identifiers', () => {
  test('are told apart and made canonical', () => {
    expect(parseIdentifier('Example.COM.')).toEqual(dns('example.com'));
    expect(parseIdentifier('192.0.2.1')).toEqual(ip('192.0.2.1'));
    expect(parseIdentifier('2001:DB8:0::1')).toEqual(ip('2001:db8::1'));
    expect(parseIdentifier('bücher.example', { allowUnicode: true })).toEqual(dns('xn--bcher-kva.example'));
  });

  test.each(['example.com', '[::1]', '10.0.0.0/8', ''])('%j is no IP address', (text) => {
    expect(() => parseIpAddress(text)).toThrow(expect.objectContaining({ code: 'nameInvalid', hint: expect.stringContaining('192.0.2.1') }));
  });

  test('are the same set whatever their order, case and repetition', () => {
    expect(sameIdentifiers([dns('a.example'), ip('::1')], [ip('::1'), dns('A.example'), dns('a.example')])).toBe(true);
    expect(sameIdentifiers([dns('a.example')], [dns('a.example'), dns('b.example')])).toBe(false);
    expect(sameIdentifiers([dns('1.2.3.4')], [ip('1.2.3.4')])).toBe(false);
    expect(sameIdentifiers([], [])).toBe(true);
  });

  test('know about wildcards', () => {
    expect(isWildcard(dns('*.example.com'))).toBe(true);
    expect(isWildcard(dns('example.com'))).toBe(false);
    expect(baseName(dns('*.example.com'))).toBe('example.com');
    expect(baseName(ip('::1'))).toBe('::1');
    expect(identifierKey(dns('*.example.com'))).toBe('dns:*.example.com');
  });
});
