import { createPublicKey } from 'node:crypto';

import { describe, expect, test } from 'vitest';

import { Secret } from '@certward/base';
import { generatePrivateKey, jwkThumbprint, jwkToPublicKey } from '@certward/pki';

import { signExternalAccountBinding } from './external-account-binding.ts';
import { names, startFixture } from './testing/fixture.ts';
import { problem } from './testing/scripted-ca.ts';

describe('registration', () => {
  test('registers a key once, finds it afterwards, and opens it without a request', async () => {
    await using fixture = await startFixture();
    const key = await fixture.newKey();
    expect(await fixture.client.findAccount({ key })).toBeUndefined();
    const account = await fixture.client.createAccount({ key, contact: ['mailto:a@example.com'], termsOfServiceAgreed: true });
    expect(account).toMatchObject({ isNew: true, state: { status: 'valid', contact: ['mailto:a@example.com'] } });
    expect(await fixture.client.createAccount({ key })).toMatchObject({ isNew: false, url: account.url });
    expect((await fixture.client.findAccount({ key }))?.url).toBe(account.url);
    fixture.startCounting();
    expect(fixture.client.openAccount({ key, url: account.url })).toMatchObject({ url: account.url, state: undefined, thumbprint: account.thumbprint });
    expect(fixture.ca.requests).toEqual([]);
    expect(() => fixture.client.openAccount({ key, url: 'file:///x' })).toThrow(expect.objectContaining({ code: 'urlRefused' }));
  });

  test.each([
    { type: 'ecdsa', curve: 'P-384' },
    { type: 'ecdsa', curve: 'P-521' },
    { type: 'rsa', bits: 2048 },
  ] as const)('works with a key of %o', async (spec) => {
    await using fixture = await startFixture();
    const account = await fixture.client.createAccount({ key: await generatePrivateKey(spec) });
    expect(await account.refresh()).toMatchObject({ status: 'valid' });
  });

  test('a key type that the ca does not take is explained with the list it gives', async () => {
    await using fixture = await startFixture();
    const creating = fixture.client.createAccount({ key: await generatePrivateKey({ type: 'ed25519' }) });
    await expect(creating).rejects.toMatchObject({ type: 'badSignatureAlgorithm', algorithms: ['ES256'] });
  });

  test('terms that were not agreed to are reported with their page', async () => {
    await using fixture = await startFixture({ meta: { termsOfService: 'https://ca.example/terms' } });
    const creating = fixture.client.createAccount({ key: await fixture.newKey() });
    await expect(creating).rejects.toMatchObject({ type: 'userActionRequired', instance: 'https://ca.example/terms', details: { class: 'human' } });
  });

  test('a lost answer registers no second time: the key is looked up first', async () => {
    await using fixture = await startFixture();
    fixture.ca.fault('newAccount', async ({ proceed }) => (await proceed(), 'hangUp' as const));
    const account = await fixture.newAccount();
    expect(account.url).toBe(`${fixture.ca.origin}/account/1`);
    expect(fixture.ca.payloads.map((one) => one.payload)).toEqual([{ termsOfServiceAgreed: true }, { onlyReturnExisting: true }]);
  });

  test('a request that was lost on its way is repeated', async () => {
    await using fixture = await startFixture();
    fixture.ca.fault('newAccount', () => 'hangUp');
    expect(await fixture.newAccount()).toMatchObject({ isNew: true });
  });

  test.each([{}, { location: 'http://[broken' }, { location: 'ftp://ca.example/a' }])('an account without usable Location is refused: %o', async (headers) => {
    await using fixture = await startFixture();
    fixture.ca.fault('newAccount', () => ({ status: 201, headers, body: { status: 'valid' } }));
    await expect(fixture.newAccount()).rejects.toMatchObject({ code: 'invalidResponse' });
  });
});

describe('external account binding', () => {
  // Key and expected signature are a known vector of another client.
  const key = jwkToPublicKey({ kty: 'EC', crv: 'P-256', x: '5lhEug5xK4xBDZ2nAbaxLtaLiv85bxJ7ePd1dkO23HQ', y: '4aiK72sBeUAGkv0TaLsmwokYUYyNxGsS5EMIKwsNIKk' });
  const newAccountUrl = 'https://example.com/new-account';

  test('matches the known vector', () => {
    expect(jwkThumbprint(key)).toBe('zedj-Bd1Zshp8KLePv2MB-lJ_Hagp7wAwdkA0NUTniU');
    const jws = signExternalAccountBinding({ kid: 'eab_test_kid', hmacKey: new Secret(Buffer.from('asdfasdf').toString('base64url')) }, { key, newAccountUrl });
    expect(jws.signature).toBe('n8W4leIpOUZrX3vtFpAq4wCj66fo8f1aZpSVTkg7hY4');
  });

  test.each([
    { name: 'padding', text: Buffer.from([0xfb, 0xff, 0xfe, 1]).toString('base64') },
    { name: 'the standard alphabet', text: '+//+AQ' },
    { name: 'blanks and line breaks', text: ' -__-\n AQ== ' },
  ])('puts $name right', ({ text }) => {
    const sign = (hmac: string) => signExternalAccountBinding({ kid: 'k', hmacKey: new Secret(hmac) }, { key, newAccountUrl }).signature;
    expect(sign(text)).toBe(sign('-__-AQ'));
  });

  test.each(['', 'a', 'with.dot', 'ünï'])('refuses "%s" without repeating it', (text) => {
    const sign = () => signExternalAccountBinding({ kid: 'k', hmacKey: new Secret(text) }, { key, newAccountUrl });
    expect(sign).toThrow(expect.objectContaining({ code: 'externalAccountKeyMalformed', message: 'the hmac key of the external account binding is not base64url' }));
  });

  test.each(['HS256', 'HS384', 'HS512'] as const)('binds with %s at a ca that demands it', async (algorithm) => {
    const mac = Buffer.alloc(32, 7);
    await using fixture = await startFixture({ meta: { externalAccountRequired: true }, eabKeys: { 'kid-1': mac } });
    const accountKey = await fixture.newKey();
    await expect(fixture.client.createAccount({ key: accountKey })).rejects.toMatchObject({ type: 'externalAccountRequired', details: { class: 'config' } });
    const wrong = { kid: 'kid-1', hmacKey: new Secret('AAAA') };
    await expect(fixture.client.createAccount({ key: accountKey, externalAccountBinding: wrong })).rejects.toMatchObject({ type: 'unauthorized' });
    const account = await fixture.client.createAccount({ key: accountKey, externalAccountBinding: { kid: ' kid-1 ', hmacKey: new Secret(mac.toString('base64')), algorithm } });
    expect(account.isNew).toBe(true);
  });
});

describe('an account', () => {
  test('changes its contacts, agrees to terms, and ends', async () => {
    await using fixture = await startFixture();
    const account = await fixture.newAccount();
    expect(await account.update({ contact: ['mailto:b@example.com'] })).toMatchObject({ contact: ['mailto:b@example.com'] });
    await account.agreeToTerms();
    expect(fixture.ca.payloads.at(-1)?.payload).toEqual({ termsOfServiceAgreed: true });
    await account.deactivate();
    expect(account.state?.status).toBe('deactivated');
    await expect(account.refresh()).rejects.toMatchObject({ type: 'unauthorized', status: 401 });
  });

  test('computes key authorizations from safe tokens only', async () => {
    await using fixture = await startFixture();
    const account = await fixture.newAccount();
    expect(account.keyAuthorization('abc_-9')).toBe(`abc_-9.${jwkThumbprint(account.key)}`);
    for (const token of ['', '../x', 'a/b', 'a b', 'x'.repeat(256), 'a\0']) {
      expect(() => account.keyAuthorization(token)).toThrow(expect.objectContaining({ code: 'tokenInvalid' }));
    }
  });

  test('that the ca forgot is told apart', async () => {
    await using fixture = await startFixture();
    const account = fixture.client.openAccount({ key: await fixture.newKey(), url: `${fixture.ca.origin}/account/77` });
    await expect(account.createOrder({ identifiers: names('example.com') })).rejects.toMatchObject({ type: 'accountDoesNotExist', details: { class: 'state' } });
  });
});

describe('key rollover', () => {
  test('changes the key, proves it, and goes on with the new one', async () => {
    await using fixture = await startFixture();
    const account = await fixture.newAccount();
    const oldKey = account.key;
    const newKey = await fixture.newKey();
    await account.rolloverKey(newKey);
    expect(account.key).toBe(newKey);
    expect(account.thumbprint).toBe(jwkThumbprint(newKey));
    expect(await account.refresh()).toMatchObject({ status: 'valid' });
    expect(await fixture.client.findAccount({ key: oldKey })).toBeUndefined();
  });

  test('a success that changed nothing is found out, and the old key goes on', async () => {
    await using fixture = await startFixture();
    const account = await fixture.newAccount();
    const other = await fixture.newAccount();
    const oldKey = account.key;
    fixture.ca.fault('keyChange', () => ({ status: 200 }));
    await expect(account.rolloverKey(other.key)).rejects.toMatchObject({ code: 'keyRolloverUnproven', details: { accountUrl: account.url } });
    expect(account.key).toBe(oldKey);
    expect(await account.refresh()).toMatchObject({ status: 'valid' });
  });

  test('a key in use is a conflict', async () => {
    await using fixture = await startFixture();
    const account = await fixture.newAccount();
    const other = await fixture.newAccount();
    await expect(account.rolloverKey(other.key)).rejects.toMatchObject({ type: 'conflict', status: 409 });
    await expect(account.rolloverKey(createPublicKey(account.key))).rejects.toMatchObject({ code: 'argumentInvalid' });
  });

  test.each([
    { name: 'after it happened', happened: true },
    { name: 'before it happened', happened: false },
  ])('a lost answer is settled by proof: $name', async ({ happened }) => {
    await using fixture = await startFixture();
    const account = await fixture.newAccount();
    fixture.ca.fault('keyChange', async ({ proceed }) => {
      if (happened) await proceed();
      return 'hangUp' as const;
    });
    await account.rolloverKey(await fixture.newKey());
    expect(await account.refresh()).toMatchObject({ status: 'valid' });
  });

  test('a ca without keyChange says so', async () => {
    await using fixture = await startFixture({ extraDirectory: { keyChange: undefined } });
    const account = await fixture.newAccount();
    await expect(account.rolloverKey(await fixture.newKey())).rejects.toMatchObject({ code: 'unsupportedByServer', details: { resource: 'keyChange' } });
  });
});

describe('the list of orders', () => {
  test('is read page by page, although only newAccount names it', async () => {
    await using fixture = await startFixture({ ordersPerPage: 2 });
    const account = await fixture.newAccount();
    for (const name of ['a', 'b', 'c', 'd', 'e']) await account.createOrder({ identifiers: names(`${name}.example`) });
    const opened = fixture.client.openAccount({ key: account.key, url: account.url });
    const urls = await opened.listOrders();
    expect(urls.toSorted()).toEqual([1, 2, 3, 4, 5].map((id) => `${fixture.ca.origin}/order/${id}`));
    expect(await opened.listOrders({ limit: 3 })).toHaveLength(3);
    expect((await opened.findOpenOrder({ identifiers: names('c.example') }))?.url).toBe(`${fixture.ca.origin}/order/3`);
    expect(await opened.findOpenOrder({ identifiers: names('z.example') })).toBeUndefined();
  });

  test('whose pages go in circles ends', async () => {
    await using fixture = await startFixture();
    const account = await fixture.newAccount();
    fixture.ca.fault('orders', ({ nonce }) => ({ status: 200, headers: { 'replay-nonce': nonce(), link: '</orders/1>;rel="next"' }, body: { orders: [`${fixture.ca.origin}/order/1`, `${fixture.ca.origin}/order/1`] } }), 10);
    expect(await account.listOrders()).toEqual([`${fixture.ca.origin}/order/1`]);
  });

  test('passes over orders that were purged', async () => {
    await using fixture = await startFixture();
    const account = await fixture.newAccount();
    const order = await account.createOrder({ identifiers: names('a.example') });
    fixture.ca.fault('orders', ({ nonce }) => ({ status: 200, headers: { 'replay-nonce': nonce() }, body: { orders: [`${fixture.ca.origin}/order/99`, order.url] } }));
    expect((await account.findOpenOrder({ identifiers: names('A.example'.toLowerCase()) }))?.url).toBe(order.url);
  });

  test('an order that only a fast clock takes for expired is found', async () => {
    await using fixture = await startFixture();
    const account = await fixture.newAccount();
    const order = await account.createOrder({ identifiers: names('a.example') });
    await fixture.clock.sleep(20 * 365 * 86_400_000);
    expect((await account.findOpenOrder({ identifiers: names('a.example') }))?.url).toBe(order.url);
  });

  test('is missing at many cas', async () => {
    await using fixture = await startFixture({ hasOrdersList: false });
    const account = await fixture.newAccount();
    await expect(account.listOrders()).rejects.toMatchObject({ code: 'unsupportedByServer' });
  });
});

test('pre-authorization works where it is offered, and not for wildcards', async () => {
  await using fixture = await startFixture();
  const account = await fixture.newAccount();
  const authorization = await account.authorize({ type: 'dns', value: 'example.com' });
  expect(authorization.state).toMatchObject({ status: 'pending', identifier: { value: 'example.com' } });
  expect((await account.openAuthorization(authorization.url)).state.status).toBe('pending');
  await authorization.deactivate();
  expect(authorization.state.status).toBe('deactivated');
  await expect(account.authorize({ type: 'dns', value: '*.example.com' })).rejects.toMatchObject({ code: 'argumentInvalid' });
  fixture.ca.fault('newAuthz', () => problem('unauthorized', 403));
  await expect(account.authorize({ type: 'dns', value: 'example.com' })).rejects.toMatchObject({ type: 'unauthorized' });
});
