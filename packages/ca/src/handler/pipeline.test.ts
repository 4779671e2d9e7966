import { generatePrivateKey, publicJwk, signHmacJws, signJws } from '@certward/pki';
import { createFakeClock } from '@certward/testing';
import { describe, expect, test } from 'vitest';
import { type Deviations, RawClient } from '../testing/raw-client.ts';
import { createTestCa } from '../testing/test-ca.ts';

const order = { identifiers: [{ type: 'dns', value: 'example.test' }] };

async function setUp() {
  const ca = await createTestCa({ clock: createFakeClock() });
  return { ca, client: await RawClient.registered(ca) };
}

describe('a signed request', () => {
  test.each<{ name: string; deviations: Deviations; type: string; status: number }>([
    { name: 'another content type', deviations: { contentType: 'application/json' }, type: 'malformed', status: 415 },
    { name: 'GET where POST is due', deviations: { method: 'GET' }, type: 'malformed', status: 405 },
    { name: 'no nonce', deviations: { omit: ['nonce'] }, type: 'badNonce', status: 400 },
    { name: 'an unknown nonce', deviations: { nonce: 'abc' }, type: 'badNonce', status: 400 },
    { name: 'a nonce outside the alphabet', deviations: { nonce: 'a b=' }, type: 'malformed', status: 400 },
    { name: 'a nonce that is no string', deviations: { header: { nonce: 7 } }, type: 'malformed', status: 400 },
    { name: 'no url', deviations: { omit: ['url'] }, type: 'malformed', status: 400 },
    { name: 'another url', deviations: { header: { url: 'https://ca.test/acme/new-account' } }, type: 'unauthorized', status: 403 },
    { name: 'another host', deviations: { header: { url: 'https://other.test/acme/new-order' } }, type: 'unauthorized', status: 403 },
    { name: 'neither jwk nor kid', deviations: { omit: ['kid'] }, type: 'malformed', status: 400 },
    { name: 'both jwk and kid', deviations: { header: { jwk: {} } }, type: 'malformed', status: 400 },
    { name: 'jwk where kid is due', deviations: { useJwk: true }, type: 'malformed', status: 400 },
    { name: 'a kid that is no account', deviations: { header: { kid: 'https://ca.test/acme/account/none' } }, type: 'accountDoesNotExist', status: 400 },
    { name: 'a kid on another host', deviations: { header: { kid: 'https://ca.test.evil/acme/account/x' } }, type: 'accountDoesNotExist', status: 400 },
    { name: 'a kid that is no string', deviations: { header: { kid: {} } }, type: 'accountDoesNotExist', status: 400 },
    { name: 'the algorithm none', deviations: { header: { alg: 'none' } }, type: 'badSignatureAlgorithm', status: 400 },
    { name: 'a MAC algorithm', deviations: { header: { alg: 'HS256' } }, type: 'badSignatureAlgorithm', status: 400 },
    { name: 'an algorithm of another key type', deviations: { header: { alg: 'RS256' } }, type: 'badSignatureAlgorithm', status: 400 },
    { name: 'a critical extension', deviations: { header: { crit: ['b64'] } }, type: 'malformed', status: 400 },
  ])('with $name is refused as $type $status and gets a fresh nonce', async ({ deviations, status, type }) => {
    const { client } = await setUp();
    const reply = await client.post('/acme/new-order', order, deviations);
    expect([reply.status, reply.problem]).toEqual([status, type]);
    expect(reply.headers['content-type']).toBe('application/problem+json');
    expect(reply.body['status']).toBe(status);
    // RFC 8555 §6.5: the error brings the nonce for the next try (a GET is no request of the protocol).
    if (deviations.method === undefined) expect(reply.headers['replay-nonce']).toMatch(/^[\w-]{22}$/);
    expect(reply.body['detail']).toBeTypeOf('string');
  });

  test('signed by somebody else is malformed', async () => {
    const { client } = await setUp();
    const key = await generatePrivateKey({ type: 'ecdsa', curve: 'P-256' });
    expect(await client.post('/acme/new-order', order, { key, useJwk: false })).toMatchObject({ status: 400, problem: 'malformed' });
  });

  test('names the supported algorithms when it refuses one', async () => {
    const { client } = await setUp();
    const reply = await client.post('/acme/new-order', order, { header: { alg: 'none' } });
    expect(reply.body['algorithms']).toEqual(['ES256', 'ES384', 'ES512', 'RS256', 'EdDSA']);
  });

  test('uses its nonce up, also when it fails', async () => {
    const { client } = await setUp();
    const nonce = await client.nonce();
    expect(await client.post('/acme/new-order', order, { nonce, header: { url: 'https://ca.test/' } })).toMatchObject({ problem: 'unauthorized' });
    expect(await client.post('/acme/new-order', order, { nonce })).toMatchObject({ problem: 'badNonce' });
  });

  test('with the nonce of a badNonce answer succeeds', async () => {
    const { client } = await setUp();
    const refused = await client.post('/acme/new-order', order, { nonce: 'stale' });
    expect(await client.post('/acme/new-order', order, { nonce: String(refused.headers['replay-nonce']) })).toMatchObject({ status: 201 });
  });

  test('accepts a content type with parameters', async () => {
    const { client } = await setUp();
    expect(await client.post('/acme/new-order', order, { contentType: 'Application/JOSE+json; charset=utf-8' })).toMatchObject({ status: 201 });
  });

  test.each([
    { name: 'no payload where an object is due', path: '/acme/new-order', payload: undefined },
    { name: 'an array as payload', path: '/acme/new-order', payload: [] },
    { name: 'a string as payload', path: '/acme/new-order', payload: 'x' },
    { name: 'a payload where none is due', path: '/acme/order/x', payload: {} },
  ])('with $name is malformed', async ({ path, payload }) => {
    const { client } = await setUp();
    expect(await client.post(path, payload)).toMatchObject({ status: 400, problem: 'malformed' });
  });

  test.each(['', 'x', '{}', '[]', 'null', '{"payload":"","protected":"","signatures":[]}', '{"protected":"e30","payload":"","signature":"","header":{}}', '\uFEFF{}'])(
    'with the body %j is malformed',
    async (body) => {
      const { client } = await setUp();
      expect(await client.raw('/acme/new-order', body)).toMatchObject({ status: 400, problem: 'malformed' });
    },
  );

  test('with base64 padding is malformed', async () => {
    const { client } = await setUp();
    const jws = signJws({ key: client.key, protected: { nonce: await client.nonce(), url: 'https://ca.test/acme/new-order', kid: client.kid }, payload: JSON.stringify(order) });
    expect(await client.raw('/acme/new-order', JSON.stringify({ ...jws, signature: `${jws.signature}=` }))).toMatchObject({ problem: 'malformed' });
  });

  test('with a MAC made from the public key is refused', async () => {
    const { client } = await setUp();
    const jws = signHmacJws({
      key: Buffer.from(JSON.stringify(publicJwk(client.key))),
      algorithm: 'HS256',
      protected: { nonce: await client.nonce(), url: 'https://ca.test/acme/new-order', kid: client.kid },
      payload: JSON.stringify(order),
    });
    expect(await client.raw('/acme/new-order', JSON.stringify(jws))).toMatchObject({ problem: 'badSignatureAlgorithm' });
  });

  test('of a deactivated account is unauthorized with status 401', async () => {
    const { client } = await setUp();
    await client.post(client.kid ?? '', { status: 'deactivated' });
    expect(await client.post('/acme/new-order', order)).toMatchObject({ status: 401, problem: 'unauthorized' });
  });

  test('tells only the rightful signer that the account is deactivated', async () => {
    const { client } = await setUp();
    await client.post(client.kid ?? '', { status: 'deactivated' });
    const key = await generatePrivateKey({ type: 'ecdsa', curve: 'P-256' });
    expect(await client.post('/acme/new-order', order, { key, useJwk: false })).toMatchObject({ status: 400, problem: 'malformed' });
  });
});

describe('the handler', () => {
  test.each(['/nothing', '/acme', '/acme/order', '/acme/order/', '/acme/order/a/b', '//directory', '/directory/', 'http://ca.test/directory', ''])(
    'answers 404 with a problem for the path %j',
    async (path) => {
      const { client } = await setUp();
      expect(await client.get(path)).toMatchObject({ status: 404, problem: 'malformed' });
    },
  );

  test('shows nothing of an internal failure', async () => {
    const messages: unknown[] = [];
    const log = { debug() {}, info() {}, warn() {}, error: (message: string, fields: unknown) => messages.push([message, fields]) };
    const rateLimit = () => {
      throw new Error('the secret inside');
    };
    const ca = await createTestCa({ clock: createFakeClock(), log, rateLimit });
    const client = await RawClient.create(ca);
    const reply = await client.register();
    expect(reply).toMatchObject({ status: 500, problem: 'serverInternal' });
    expect(reply.text).not.toContain('secret');
    expect(messages).toHaveLength(1);
  });

  test('demands a User-Agent where told to', async () => {
    const ca = await createTestCa({ clock: createFakeClock(), requireUserAgent: true });
    const request = { method: 'GET', path: '/directory', body: new Uint8Array() };
    expect(await ca.handle({ ...request, headers: {} })).toMatchObject({ status: 400 });
    expect(await ca.handle({ ...request, headers: { 'user-agent': 'x/1' } })).toMatchObject({ status: 200 });
  });
});
