// Authorizations and challenges: what is understood, what is left out, what must not crash.
import { describe, expect, test } from 'vitest';

import { parseAuthorization } from './authorization-state.ts';
import { names, startFixture } from './testing/fixture.ts';
import { createUrlPolicy } from './url-policy.ts';

const policy = createUrlPolicy();
const url = 'https://ca.example/chall/1';

describe('parseAuthorization', () => {
  test('leaves unknown challenge types out and remembers their names', () => {
    const state = parseAuthorization(
      {
        identifier: { type: 'dns', value: 'Example.COM' },
        status: 'pending',
        expires: 'soon',
        challenges: [{ type: 'device-attest-01', url: 'not even a url' }, { type: 'onion-csr-01' }, { type: 17 }, { type: 'http-01', url, token: 'abc', status: 'pending', novelty: 1 }],
      },
      policy,
    );
    expect(state).toEqual({ identifier: { type: 'dns', value: 'example.com' }, status: 'pending', wildcard: false, challenges: [{ type: 'http-01', url, token: 'abc', status: 'pending' }], unknownChallengeTypes: ['device-attest-01', 'onion-csr-01', '?'] });
  });

  test.each([undefined, 7, '', '../../../etc/cron.d/x', 'a\\b', 'a/b', 'x'.repeat(300), 'tök', 'a\u0000b', { toString: 'x' }])('drops the token %j, which is unsafe', (token) => {
    const state = parseAuthorization({ identifier: { type: 'dns', value: 'a.example' }, status: 'pending', challenges: [{ type: 'http-01', url, token }] }, policy);
    expect(state.challenges).toEqual([{ type: 'http-01', url, status: 'pending' }]);
  });

  test('a wildcard whose prefix was left on is understood', () => {
    expect(parseAuthorization({ identifier: { type: 'dns', value: '*.a.example' }, status: 'valid', challenges: [] }, policy)).toMatchObject({ identifier: { value: 'a.example' }, wildcard: true });
  });

  test('IP addresses come out in canonical form', () => {
    expect(parseAuthorization({ identifier: { type: 'ip', value: '2001:DB8:0::1' }, status: 'valid', challenges: [] }, policy).identifier).toEqual({ type: 'ip', value: '2001:db8::1' });
  });

  test.each([
    { name: 'no object', value: 'x' },
    { name: 'no challenges', value: { identifier: { type: 'dns', value: 'a.example' }, status: 'pending' } },
    { name: 'an unknown state', value: { identifier: { type: 'dns', value: 'a.example' }, status: 'odd', challenges: [] } },
    { name: 'a path as name', value: { identifier: { type: 'dns', value: '../x' }, status: 'pending', challenges: [] } },
    { name: 'a name as address', value: { identifier: { type: 'ip', value: 'a.example' }, status: 'pending', challenges: [] } },
    { name: 'an address as name', value: { identifier: { type: 'dns', value: '192.0.2.1' }, status: 'pending', challenges: [] } },
    { name: 'an unknown identifier type', value: { identifier: { type: 'email', value: 'a@b' }, status: 'pending', challenges: [] } },
    { name: 'a challenge state nobody knows', value: { identifier: { type: 'dns', value: 'a.example' }, status: 'pending', challenges: [{ type: 'dns-01', url, status: 'odd' }] } },
  ])('refuses $name', ({ value }) => {
    expect(() => parseAuthorization(value, policy)).toThrow(expect.objectContaining({ code: 'invalidResponse' }));
  });
});

describe('a challenge', () => {
  test('knows what to publish and where', async () => {
    await using fixture = await startFixture({
      challenges: (standard, { token, url }) => [
        ...standard,
        { type: 'dns-account-01', url: url('dns-account-01'), token, status: 'pending' },
        { type: 'dns-persist-01', url: url('dns-persist-01'), status: 'pending', 'issuer-domain-names': ['ca.example'] },
      ],
    });
    const account = await fixture.newAccount();
    const [authorization] = await (await account.createOrder({ identifiers: names('a.example') })).authorizations();
    const http = authorization?.challenge('http-01');
    const dns = authorization?.challenge('dns-01');
    const perAccount = authorization?.challenge('dns-account-01');
    const persist = authorization?.challenge('dns-persist-01');
    expect(http?.validation).toBe(account.keyAuthorization(http?.token ?? ''));
    expect(http?.recordName).toBe('');
    expect(dns).toMatchObject({ recordName: '_acme-challenge.a.example', validation: expect.stringMatching(/^[\w-]{43}$/) as string, isUsable: true });
    expect(perAccount).toMatchObject({ recordName: expect.stringMatching(/^_[a-z2-7]{16}\._acme-challenge\.a\.example$/) as string, validation: dns?.validation });
    expect(persist).toMatchObject({ recordName: '_validation-persist.a.example', validation: '', isUsable: true, token: undefined, persist: { form: 'draft-01', issuerDomainNames: ['ca.example'] } });
    expect(authorization?.challenge('tls-alpn-01')?.validation).toBe(http?.validation);
  });

  test('without a safe token is not usable, and says so only when asked for its value', async () => {
    await using fixture = await startFixture({ challenges: (standard) => standard.map((one) => ({ ...one, token: undefined })) });
    const [authorization] = await (await (await fixture.newAccount()).createOrder({ identifiers: names('a.example') })).authorizations();
    const challenge = authorization?.challenge('http-01');
    expect(challenge?.isUsable).toBe(false);
    expect(() => challenge?.keyAuthorization).toThrow(expect.objectContaining({ code: 'tokenInvalid' }));
  });

  test('is answered with an empty object, not with an empty payload', async () => {
    await using fixture = await startFixture();
    const [authorization] = await (await (await fixture.newAccount()).createOrder({ identifiers: names('a.example') })).authorizations();
    await authorization?.challenge('http-01')?.respond();
    expect(fixture.ca.payloads.at(-1)).toEqual({ resource: 'chall', payload: {} });
  });

  test.each([
    { name: 'the response arrived', arrived: true, requests: ['POST chall', 'HEAD newNonce', 'POST chall'] },
    { name: 'the response never arrived', arrived: false, requests: ['POST chall', 'HEAD newNonce', 'POST chall', 'POST chall'] },
  ])('whose answer is lost is read before it is answered again: $name', async ({ arrived, requests }) => {
    await using fixture = await startFixture();
    const [authorization] = await (await (await fixture.newAccount()).createOrder({ identifiers: names('a.example') })).authorizations();
    fixture.startCounting();
    fixture.ca.fault('chall', async ({ proceed }) => {
      if (arrived) await proceed();
      return 'hangUp' as const;
    });
    const challenge = authorization?.challenge('http-01');
    await challenge?.respond();
    expect(challenge?.status).toBe('processing');
    expect(fixture.ca.requests).toEqual(requests);
    await challenge?.respond();
    expect(fixture.ca.requests).toEqual(requests);
  });

  test('a refusal is thrown', async () => {
    await using fixture = await startFixture();
    const [authorization] = await (await (await fixture.newAccount()).createOrder({ identifiers: names('a.example') })).authorizations();
    await authorization?.deactivate();
    await expect(authorization?.challenge('http-01')?.respond()).rejects.toMatchObject({ type: 'malformed' });
  });
});
