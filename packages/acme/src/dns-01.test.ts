// What DNS challenges publish: known vectors of dns-01, dns-account-01 and dns-persist-01.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { dnsAccount01Label, dnsAccount01RecordName } from './dns-account-01.ts';
import { dnsPersist01Record, parsePersistOffer, persistAccountHash, persistFormOf, splitTxtValue } from './dns-persist-01.ts';
import { dns01RecordName, dns01TxtValue, http01Path, keyAuthorizationOf } from './key-authorization.ts';

describe('dns-01 and http-01', () => {
  test('the TXT value of a known key authorization', () => {
    expect(dns01TxtValue(keyAuthorizationOf('xxx', 'zedj-Bd1Zshp8KLePv2MB-lJ_Hagp7wAwdkA0NUTniU'))).toBe('8DERMexQ5VcdJ_prpPiA0mVdp7imgbCgjsG4SqqNMIo');
  });

  test('a wildcard is proven at its base name', () => {
    expect(dns01RecordName({ type: 'dns', value: '*.example.com' })).toBe('_acme-challenge.example.com');
  });

  test('the path holds the token, and only safe ones', () => {
    expect(http01Path('LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEuX0')).toBe('/.well-known/acme-challenge/LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEuX0');
    expect(() => http01Path('../../etc/passwd')).toThrow(expect.objectContaining({ code: 'tokenInvalid' }));
  });
});

describe('dns-account-01', () => {
  test.each([
    ['https://example.com/acme/acct/ExampleAccount', 'ujmmovf2vn55tgye'],
    ['https://acme-v02.api.letsencrypt.org/acme/acct/12345', 'lvrajhh53e27yh7f'],
    ['https://example.com/acme/account/67890', 'pbvtvcg2uxbmkni3'],
    ['', '4oymiquy7qobjgx3'],
    ['https://example.com/acme/acct/1', 'vrr7uudrklshxb6l'],
    ['https://example.com/acme/acct/12345', 'ao3pcvmacvwyw63b'],
    ['http://localhost:4000/acme/acct/1', 'vkbgbqfhr6yv2asd'],
  ])('the label of "%s" is %s', (url, label) => {
    expect(dnsAccount01Label(url)).toBe(label);
  });

  test('the record name has the label in front', () => {
    expect(dnsAccount01RecordName('https://example.com/acme/acct/ExampleAccount', '*.example.org')).toBe('_ujmmovf2vn55tgye._acme-challenge.example.org');
  });
});

describe('dns-persist-01', () => {
  const accountUrl = 'https://ca.example/acct/123';
  const thumbprint = 'NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs';

  test.each([
    { domain: 'example.com', hash: '5SQm7n6tPh2-PlLbCKGnViTXX5z19SCN4cPGQHSk-kw' },
    { domain: '*', hash: 'NpDnSwUthQK8zCgFdefYxAdAVPnygMLbs9US6oO-5ug' },
  ])('the account hash for "$domain"', ({ domain, hash }) => {
    expect(persistAccountHash({ domain, thumbprint, accountUrl })).toBe(hash);
  });

  test('the deployed form names the account url, or what the server says', () => {
    const record = dnsPersist01Record({ form: 'draft-01', issuerDomainName: 'ca.example', domain: '*.example.com', accountUrl, wildcard: true, persistUntil: new Date('2026-01-01T00:00:00Z') });
    expect(record).toEqual({
      recordName: '_validation-persist.example.com',
      value: 'ca.example; accounturi=https://ca.example/acct/123; policy=wildcard; persistUntil=1767225600',
      strings: ['ca.example; accounturi=https://ca.example/acct/123; policy=wildcard; persistUntil=1767225600'],
    });
    expect(dnsPersist01Record({ form: 'draft-01', issuerDomainName: 'ca.example', domain: 'example.com', accountUrl, accountUri: 'https://ca.example/x' }).value).toBe('ca.example; accounturi=https://ca.example/x');
  });

  test('the newer form hashes the account', () => {
    const common = { form: 'draft-02', issuerDomainName: 'ca.example', domain: 'example.com', accountUrl, thumbprint, accountHashPrefix: 'https://ca.example/h/' } as const;
    expect(dnsPersist01Record(common).value).toBe('ca.example; accounturi=https://ca.example/h/sha-256/5SQm7n6tPh2-PlLbCKGnViTXX5z19SCN4cPGQHSk-kw');
    expect(dnsPersist01Record({ ...common, anyDomain: true }).value).toContain('NpDnSwUthQK8zCgFdefYxAdAVPnygMLbs9US6oO-5ug');
    expect(() => dnsPersist01Record({ ...common, accountHashPrefix: undefined })).toThrow(expect.objectContaining({ code: 'argumentInvalid' }));
    expect(() => dnsPersist01Record({ ...common, accountHashPrefix: 'x; policy=wildcard ' })).toThrow(expect.objectContaining({ code: 'argumentInvalid' }));
    expect(() => dnsPersist01Record({ ...common, issuerDomainName: 'CA.example.' })).toThrow(expect.objectContaining({ code: 'argumentInvalid' }));
  });

  test.each([
    { name: 'the deployed form', challenge: { 'issuer-domain-names': ['pebble.letsencrypt.org'], accounturi: accountUrl }, offer: { form: 'draft-01', issuerDomainNames: ['pebble.letsencrypt.org'], accountUri: accountUrl } },
    { name: 'the newer form', challenge: { issuerDomainNames: ['a.example', 'b.example'] }, offer: { form: 'draft-02', issuerDomainNames: ['a.example', 'b.example'] } },
    { name: 'an empty list', challenge: { issuerDomainNames: [] }, offer: undefined },
    { name: 'more than ten', challenge: { 'issuer-domain-names': Array.from({ length: 11 }, (_, index) => `${index}.example`) }, offer: undefined },
    { name: 'a trailing dot', challenge: { issuerDomainNames: ['a.example.'] }, offer: undefined },
    { name: 'upper case', challenge: { issuerDomainNames: ['A.example'] }, offer: undefined },
    { name: 'an overlong name', challenge: { issuerDomainNames: [`${'a.'.repeat(127)}example`] }, offer: undefined },
    { name: 'no list', challenge: {}, offer: undefined },
    { name: 'an account uri that would add parameters', challenge: { 'issuer-domain-names': ['a.example'], accounturi: 'https://x; policy=wildcard' }, offer: { form: 'draft-01', issuerDomainNames: ['a.example'] } },
  ])('reads the offer: $name', ({ challenge, offer }) => {
    expect(parsePersistOffer(challenge)).toEqual(offer);
  });

  test("the directory's hash prefix decides for the newer form", () => {
    const offer = { form: 'draft-01', issuerDomainNames: ['a.example'] } as const;
    const meta = { caaIdentities: [], externalAccountRequired: false, profiles: new Map<string, string>() };
    expect(persistFormOf(offer, meta)).toBe('draft-01');
    expect(persistFormOf(offer, { ...meta, accountHashPrefix: 'https://a.example/' })).toBe('draft-02');
  });

  test('values are cut into strings that join to the value', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 2_000 }), (value) => {
        const strings = splitTxtValue(value);
        expect(strings.join('')).toBe(value);
        expect(strings.every((one) => one.length <= 255)).toBe(true);
        expect(strings.length).toBeGreaterThan(0);
      }),
    );
  });
});
