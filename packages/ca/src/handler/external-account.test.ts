import { Secret } from '@certward/base';
import { base64urlDecode, generatePrivateKey, type HmacAlgorithm, publicJwk, signHmacJws, signJws } from '@certward/pki';
import { createFakeClock } from '@certward/testing';
import { describe, expect, test } from 'vitest';
import type { CaSettings } from '../create-ca.ts';
import { RawClient } from '../testing/raw-client.ts';
import { createTestCa } from '../testing/test-ca.ts';

const macKey = 'zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W';
const url = 'https://ca.test/acme/new-account';

async function setUp(settings: CaSettings = {}) {
  const ca = await createTestCa({ clock: createFakeClock(), eabKeys: { 'kid-1': new Secret(macKey) }, ...settings });
  return { ca, client: await RawClient.create(ca) };
}

interface Deviation {
  readonly algorithm?: HmacAlgorithm;
  readonly header?: object;
  readonly key?: string;
  readonly payload?: object;
}

function binding(client: RawClient, { algorithm = 'HS256', header = {}, key = macKey, payload }: Deviation = {}): object {
  return signHmacJws({
    key: base64urlDecode(key),
    algorithm,
    protected: { kid: 'kid-1', url, ...header },
    payload: JSON.stringify(payload ?? publicJwk(client.key)),
  });
}

describe('an external account binding', () => {
  test.each(['HS256', 'HS384', 'HS512'] as const)('made with %s is accepted and shown with the account', async (algorithm) => {
    const { client } = await setUp();
    const externalAccountBinding = binding(client, { algorithm });
    const reply = await client.register({ externalAccountBinding });
    expect(reply.status).toBe(201);
    expect(reply.body['externalAccountBinding']).toEqual(externalAccountBinding);
  });

  test('is kept without what else the client sent along', async () => {
    const { client } = await setUp();
    const externalAccountBinding = binding(client);
    const reply = await client.register({ externalAccountBinding: { ...externalAccountBinding, more: [[['x']]] } });
    expect(reply.status).toBe(201);
    expect(reply.body['externalAccountBinding']).toEqual(externalAccountBinding);
  });

  test('is required as soon as there are keys', async () => {
    const { client } = await setUp();
    expect(await client.register({})).toMatchObject({ status: 403, problem: 'externalAccountRequired' });
  });

  test('may be optional, and is checked all the same', async () => {
    const { client } = await setUp({ eabRequired: false });
    expect(await client.register({ externalAccountBinding: binding(client, { header: { kid: 'x' } }) })).toMatchObject({ problem: 'unauthorized' });
    expect(await client.register({})).toMatchObject({ status: 201 });
  });

  test.each<{ name: string; deviation: Deviation; status: number; problem: string }>([
    { name: 'an unknown kid', deviation: { header: { kid: 'kid-2' } }, status: 403, problem: 'unauthorized' },
    { name: 'a kid that names a property of objects', deviation: { header: { kid: 'constructor' } }, status: 403, problem: 'unauthorized' },
    { name: 'a kid that is no string', deviation: { header: { kid: 1 } }, status: 403, problem: 'unauthorized' },
    { name: 'a wrong MAC key', deviation: { key: 'AAAA' }, status: 403, problem: 'unauthorized' },
    { name: 'another url', deviation: { header: { url: 'https://ca.test/acme/new-order' } }, status: 400, problem: 'malformed' },
    { name: 'a nonce', deviation: { header: { nonce: 'abc' } }, status: 400, problem: 'malformed' },
    { name: 'a jwk', deviation: { header: { jwk: {} } }, status: 400, problem: 'malformed' },
    { name: 'another account key', deviation: { payload: { kty: 'EC', crv: 'P-256', x: 'A'.repeat(43), y: 'B'.repeat(43) } }, status: 400, problem: 'malformed' },
    { name: 'no key inside', deviation: { payload: {} }, status: 400, problem: 'malformed' },
    { name: 'the algorithm none', deviation: { header: { alg: 'none' } }, status: 400, problem: 'badSignatureAlgorithm' },
  ])('with $name is refused as $problem', async ({ deviation, problem, status }) => {
    const { client } = await setUp();
    expect(await client.register({ externalAccountBinding: binding(client, deviation) })).toMatchObject({ status, problem });
  });

  test('signed instead of authenticated by MAC is refused', async () => {
    const { client } = await setUp();
    const key = await generatePrivateKey({ type: 'ecdsa', curve: 'P-256' });
    const externalAccountBinding = signJws({ key, protected: { kid: 'kid-1', url }, payload: JSON.stringify(publicJwk(client.key)) });
    expect(await client.register({ externalAccountBinding })).toMatchObject({ problem: 'badSignatureAlgorithm' });
  });

  test.each([null, 'x', 7, [], {}])('that is %j is malformed', async (externalAccountBinding) => {
    const { client } = await setUp();
    expect(await client.register({ externalAccountBinding })).toMatchObject({ status: 400, problem: 'malformed' });
  });

  test('serves one account only where the operator says so', async () => {
    const { ca, client } = await setUp({ eabSingleUse: true });
    expect(await client.register({ externalAccountBinding: binding(client) })).toMatchObject({ status: 201 });
    const second = await RawClient.create(ca);
    expect(await second.register({ externalAccountBinding: binding(second) })).toMatchObject({ status: 403, problem: 'unauthorized' });
    expect(await client.register({})).toMatchObject({ status: 200 });
  });
});
