import { generatePrivateKey, type KeySpec, publicJwk, signJws } from '@certward/pki';
import { createFakeClock } from '@certward/testing';
import { describe, expect, test } from 'vitest';
import { RawClient } from '../testing/raw-client.ts';
import { createTestCa, type TestCaOptions } from '../testing/test-ca.ts';

async function setUp(options: Partial<TestCaOptions> = {}) {
  const ca = await createTestCa({ clock: createFakeClock(), ...options });
  return { ca, client: await RawClient.create(ca) };
}

describe('newAccount', () => {
  test('creates an account with 201 and its URL', async () => {
    const { client } = await setUp();
    const reply = await client.register({ contact: ['mailto:admin@example.test'], termsOfServiceAgreed: true });
    expect(reply.status).toBe(201);
    expect(client.kid).toMatch(/^https:\/\/ca\.test\/acme\/account\/[\w-]{22}$/);
    expect(reply.body).toEqual({
      status: 'valid',
      contact: ['mailto:admin@example.test'],
      termsOfServiceAgreed: true,
      orders: `${client.kid}/orders`,
    });
  });

  test('finds the account of a known key with 200, whatever else is asked', async () => {
    const { client } = await setUp();
    await client.register();
    const url = client.kid;
    const again = await client.register({ contact: ['mailto:other@example.test'] });
    expect([again.status, client.kid]).toEqual([200, url]);
    expect(again.body['contact']).toEqual([]);
    const existing = await client.register({ onlyReturnExisting: true });
    expect([existing.status, client.kid]).toEqual([200, url]);
  });

  test('does not create an account when only an existing one is wanted', async () => {
    const { client } = await setUp();
    expect(await client.register({ onlyReturnExisting: true })).toMatchObject({ status: 400, problem: 'accountDoesNotExist' });
    expect(await client.register()).toMatchObject({ status: 201 });
  });

  test.each<{ name: string; spec: KeySpec }>([
    { name: 'P-384', spec: { type: 'ecdsa', curve: 'P-384' } },
    { name: 'P-521', spec: { type: 'ecdsa', curve: 'P-521' } },
    { name: 'RSA 2048', spec: { type: 'rsa', bits: 2048 } },
    { name: 'Ed25519', spec: { type: 'ed25519' } },
  ])('takes a $name key', async ({ spec }) => {
    const { ca } = await setUp();
    const client = new RawClient(ca, { origin: ca.publicUrl, key: await generatePrivateKey(spec) });
    expect(await client.register()).toMatchObject({ status: 201 });
    expect(await client.post(client.kid ?? '')).toMatchObject({ status: 200 });
  });

  test.each([
    { name: 'a key of an unknown type', jwk: { kty: 'oct', k: 'AAAA' } },
    { name: 'a point that is not on the curve', jwk: { kty: 'EC', crv: 'P-256', x: 'A'.repeat(43), y: 'A'.repeat(43) } },
    { name: 'an RSA key of 1024 bits', jwk: { kty: 'RSA', e: 'AQAB', n: Buffer.alloc(128, 0xa5).toString('base64url') } },
    { name: 'an RSA key with the exponent 3', jwk: { kty: 'RSA', e: 'Aw', n: Buffer.alloc(256, 0xa5).toString('base64url') } },
    { name: 'an RSA key with a small factor', jwk: { kty: 'RSA', e: 'AQAB', n: Buffer.alloc(256, 0xff).toString('base64url') } },
    { name: 'an RSA key of 8192 bits', jwk: { kty: 'RSA', e: 'AQAB', n: Buffer.alloc(1024, 0xa7).toString('base64url') } },
    { name: 'no object', jwk: 'x' },
  ])('refuses $name as badPublicKey', async ({ jwk }) => {
    const { client } = await setUp();
    expect(await client.post('/acme/new-account', {}, { header: { jwk } })).toMatchObject({ status: 400, problem: 'badPublicKey' });
  });

  test.each([
    { contact: ['tel:+49123'], problem: 'unsupportedContact' },
    { contact: ['https://example.test/'], problem: 'unsupportedContact' },
    { contact: ['admin@example.test'], problem: 'invalidContact' },
    { contact: ['mailto:'], problem: 'invalidContact' },
    { contact: ['mailto:a@example.test,b@example.test'], problem: 'invalidContact' },
    { contact: ['mailto:a@example.test?subject=x'], problem: 'invalidContact' },
    { contact: ['mailto:ä@example.test'], problem: 'invalidContact' },
    { contact: ['mailto:a@b..test'], problem: 'invalidContact' },
    { contact: [`mailto:${'a'.repeat(400)}@example.test`], problem: 'invalidContact' },
    { contact: [7], problem: 'malformed' },
    { contact: 'mailto:a@example.test', problem: 'malformed' },
    { contact: Array.from({ length: 11 }, () => 'mailto:a@example.test'), problem: 'malformed' },
  ])('refuses the contact $contact as $problem', async ({ contact, problem }) => {
    const { client } = await setUp();
    expect(await client.register({ contact })).toMatchObject({ status: 400, problem });
  });

  test('wants the terms agreed to where there are any', async () => {
    const { client } = await setUp({ termsOfServiceUrl: 'https://ca.test/terms' });
    const refused = await client.register({});
    expect(refused).toMatchObject({ status: 403, problem: 'userActionRequired' });
    expect(refused.body['instance']).toBe('https://ca.test/terms');
    expect(refused.headers['link']).toContain('<https://ca.test/terms>;rel="terms-of-service"');
    expect(await client.register({ termsOfServiceAgreed: true })).toMatchObject({ status: 201 });
  });

  test('asks the rate limit, and passes its refusal on with Retry-After', async () => {
    const asked: unknown[] = [];
    const { client } = await setUp({
      rateLimit: (action) => {
        asked.push(action);
        return { detail: 'enough for today', retryAfterSeconds: 90.5 };
      },
    });
    const reply = await client.register();
    expect(reply).toMatchObject({ status: 429, problem: 'rateLimited', headers: { 'retry-after': '91' } });
    expect(reply.body['detail']).toBe('enough for today');
    expect(asked).toEqual([{ kind: 'newAccount', remoteAddress: undefined }]);
  });
});

describe('an account', () => {
  test('is read, updated and deactivated at its URL', async () => {
    const { client } = await setUp();
    await client.register({ contact: ['mailto:a@example.test'] });
    const url = client.kid ?? '';
    expect((await client.post(url)).body).toMatchObject({ status: 'valid', contact: ['mailto:a@example.test'] });
    expect((await client.post(url, { contact: ['mailto:b@example.test'] })).body['contact']).toEqual(['mailto:b@example.test']);
    expect((await client.post(url, {})).body['contact']).toEqual(['mailto:b@example.test']);
    expect((await client.post(url, { contact: [] })).body['contact']).toEqual([]);
    expect((await client.post(url, { status: 'deactivated' })).body['status']).toBe('deactivated');
    expect(await client.post(url)).toMatchObject({ status: 401, problem: 'unauthorized' });
    expect(await client.register({})).toMatchObject({ status: 401, problem: 'unauthorized' });
  });

  test('does not take another status', async () => {
    const { client } = await setUp();
    await client.register();
    expect(await client.post(client.kid ?? '', { status: 'revoked' })).toMatchObject({ status: 400, problem: 'malformed' });
  });

  test('is closed to other accounts', async () => {
    const { ca, client } = await setUp();
    await client.register();
    const other = await RawClient.registered(ca);
    expect(await other.post(client.kid ?? '')).toMatchObject({ status: 403, problem: 'unauthorized' });
    expect(await other.post(client.kid ?? '', { status: 'deactivated' })).toMatchObject({ status: 403, problem: 'unauthorized' });
    expect(await other.post(`${client.kid}/orders`)).toMatchObject({ status: 403, problem: 'unauthorized' });
    expect(await client.post(client.kid ?? '')).toMatchObject({ status: 200 });
  });

  test('lists its orders page by page, without invalid ones', async () => {
    const { ca, client } = await setUp({ ordersPerPage: 2 });
    ca.validator.verdict = ({ identifier }) => {
      if (identifier.value === 'b.test') throw new Error('broken validator');
    };
    await client.register();
    const urls: string[] = [];
    for (const name of ['a.test', 'b.test', 'c.test', 'd.test', 'e.test']) {
      const order = await client.order([name]);
      urls.push(String(order.headers['location']));
      await client.respondAll(order);
    }
    await ca.idle();
    const listed: unknown[] = [];
    let next: string | undefined = `${client.kid}/orders`;
    let pages = 0;
    while (next !== undefined) {
      const page: Awaited<ReturnType<RawClient['post']>> = await client.post(next);
      listed.push(...(page.body['orders'] as unknown[]));
      next = (page.headers['link'] as string[]).flatMap((link) => /<(.+)>;rel="next"/.exec(link)?.[1] ?? [])[0];
      pages++;
    }
    expect(listed).toEqual(urls.filter((_url, index) => index !== 1));
    expect(pages).toBe(3);
  });
});

describe('keyChange', () => {
  const url = 'https://ca.test/acme/key-change';

  async function rollOver(client: RawClient, options: { newKey?: Parameters<typeof publicJwk>[0]; account?: string; oldKey?: object; header?: object; signer?: Parameters<typeof publicJwk>[0] } = {}) {
    const newKey = options.newKey ?? (await generatePrivateKey({ type: 'ecdsa', curve: 'P-384' }));
    const inner = signJws({
      key: options.signer ?? newKey,
      protected: { jwk: publicJwk(newKey), url, ...options.header },
      payload: JSON.stringify({ account: options.account ?? client.kid, oldKey: options.oldKey ?? publicJwk(client.key) }),
    });
    return { newKey, reply: await client.post(url, inner) };
  }

  test('replaces the key: the new one speaks for the account, the old one no longer', async () => {
    const { ca, client } = await setUp();
    await client.register();
    const { newKey, reply } = await rollOver(client);
    expect(reply).toMatchObject({ status: 200, headers: { location: client.kid } });
    expect(await client.post(client.kid ?? '')).toMatchObject({ status: 400, problem: 'badSignatureAlgorithm' });
    const renewed = new RawClient(ca, { origin: ca.publicUrl, key: newKey });
    expect(await renewed.register({ onlyReturnExisting: true })).toMatchObject({ status: 200 });
    expect(renewed.kid).toBe(client.kid);
    expect(await client.post('/acme/new-account', { onlyReturnExisting: true }, { useJwk: true })).toMatchObject({ problem: 'accountDoesNotExist' });
  });

  test('answers 409 with the URL of the account that has the key already', async () => {
    const { ca, client } = await setUp();
    await client.register();
    const other = await RawClient.registered(ca);
    const { reply } = await rollOver(client, { newKey: other.key });
    expect(reply).toMatchObject({ status: 409, problem: 'malformed', headers: { location: other.kid } });
    expect((await rollOver(client, { newKey: client.key })).reply).toMatchObject({ status: 409, headers: { location: client.kid } });
    expect(await client.post(client.kid ?? '')).toMatchObject({ status: 200 });
  });

  test.each([
    { name: 'an inner nonce', options: { header: { nonce: 'abc' } }, problem: 'malformed' },
    { name: 'another inner url', options: { header: { url: 'https://ca.test/acme/new-order' } }, problem: 'malformed' },
    { name: 'another account', options: { account: 'https://ca.test/acme/account/x' }, problem: 'malformed' },
    { name: 'another old key', options: { oldKey: { kty: 'EC', crv: 'P-256', x: 'A'.repeat(43), y: 'B'.repeat(43) } }, problem: 'malformed' },
    { name: 'an old key that is none', options: { oldKey: { kty: 'oct' } }, problem: 'malformed' },
    { name: 'kid instead of jwk', options: { header: { jwk: undefined, kid: 'x' } }, problem: 'malformed' },
    { name: 'a weak new key', options: { header: { jwk: { kty: 'RSA', e: 'Aw', n: Buffer.alloc(256, 0xa5).toString('base64url') } } }, problem: 'badPublicKey' },
    { name: 'the inner algorithm none', options: { header: { alg: 'none' } }, problem: 'badSignatureAlgorithm' },
  ])('refuses $name as $problem', async ({ options, problem }) => {
    const { client } = await setUp();
    await client.register();
    expect((await rollOver(client, options)).reply).toMatchObject({ status: 400, problem });
    expect(await client.post(client.kid ?? '')).toMatchObject({ status: 200 });
  });

  test('wants the new key to sign the inner JWS', async () => {
    const { client } = await setUp();
    await client.register();
    const newKey = await generatePrivateKey({ type: 'ecdsa', curve: 'P-256' });
    expect((await rollOver(client, { newKey, signer: client.key })).reply).toMatchObject({ status: 400, problem: 'malformed' });
  });

  test('wants a JWS inside', async () => {
    const { client } = await setUp();
    await client.register();
    expect(await client.post(url, { account: client.kid })).toMatchObject({ status: 400, problem: 'malformed' });
  });
});
