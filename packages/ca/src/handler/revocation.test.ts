import { generatePrivateKey, parseCertificate } from '@certward/pki';
import { createFakeClock } from '@certward/testing';
import { describe, expect, test } from 'vitest';
import { RawClient } from '../testing/raw-client.ts';
import { createTestCa, type TestCaOptions } from '../testing/test-ca.ts';

async function setUp(options: Partial<TestCaOptions> = {}) {
  const clock = createFakeClock();
  const ca = await createTestCa({ clock, ...options });
  const client = await RawClient.registered(ca);
  const key = await generatePrivateKey({ type: 'ecdsa', curve: 'P-256' });
  const { pem } = await client.obtain(ca, ['a.test', '*.a.test'], { key, challengeType: 'dns-01' });
  return { ca, clock, client, key, leaf: parseCertificate(pem) };
}

const url = '/acme/revoke-cert';
const encode = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64url');

describe('revokeCert', () => {
  test('revokes by the account that ordered, with an empty 200', async () => {
    const { client, leaf } = await setUp();
    const reply = await client.post(url, { certificate: encode(leaf.der), reason: 4 });
    expect([reply.status, reply.text]).toEqual([200, '']);
    expect(await client.post(url, { certificate: encode(leaf.der) })).toMatchObject({ status: 400, problem: 'alreadyRevoked' });
  });

  test('revokes by the key of the certificate, which need not belong to any account', async () => {
    const { ca, key, leaf } = await setUp();
    const holder = new RawClient(ca, { origin: ca.publicUrl, key });
    expect(await holder.post(url, { certificate: encode(leaf.der) }, { useJwk: true })).toMatchObject({ status: 200 });
  });

  test('revokes by another account that is authorized for all names, and by no other', async () => {
    const { ca, client, leaf } = await setUp();
    const other = await RawClient.registered(ca);
    const revoke = () => other.post(url, { certificate: encode(leaf.der) });
    expect(await revoke()).toMatchObject({ status: 403, problem: 'unauthorized' });
    await other.obtain(ca, ['a.test'], { challengeType: 'dns-01' });
    expect(await revoke()).toMatchObject({ status: 403, problem: 'unauthorized' });
    await other.obtain(ca, ['*.a.test'], { challengeType: 'dns-01', order: { profile: 'shortlived' } });
    expect(await revoke()).toMatchObject({ status: 200 });
    expect(await client.post(url, { certificate: encode(leaf.der) })).toMatchObject({ problem: 'alreadyRevoked' });
  });

  test('refuses another key', async () => {
    const { ca, leaf } = await setUp();
    const stranger = await RawClient.create(ca);
    expect(await stranger.post(url, { certificate: encode(leaf.der) }, { useJwk: true })).toMatchObject({ status: 403, problem: 'unauthorized' });
  });

  test.each([2, 6, 7, 8, 10, 11, -1, 1.5, '1', null])('refuses the reason %j', async (reason) => {
    const { client, leaf } = await setUp();
    const reply = await client.post(url, { certificate: encode(leaf.der), reason });
    if (reason === null) expect(reply).toMatchObject({ status: 200 });
    else expect(reply).toMatchObject({ status: 400, problem: 'badRevocationReason' });
  });

  test('knows only certificates of its own, by their bytes and not by their serial', async () => {
    const { client, leaf } = await setUp();
    const elsewhere = await setUp();
    const forged = Uint8Array.from(leaf.der);
    forged[forged.length - 1] = (forged.at(-1) ?? 0) ^ 1;
    for (const certificate of [elsewhere.leaf.der, forged]) {
      expect(await client.post(url, { certificate: encode(certificate) })).toMatchObject({ status: 404, problem: 'malformed' });
    }
  });

  test.each([undefined, 'AAAA', 'x', 7])('is malformed with the certificate %j', async (certificate) => {
    const { client } = await setUp();
    expect(await client.post(url, { certificate })).toMatchObject({ status: 400, problem: 'malformed' });
  });

  test('blocks a key whose holder says it is compromised: no certificate, no account, and its other certificates end too', async () => {
    const { ca, client, key, leaf } = await setUp();
    const { pem: other } = await client.obtain(ca, ['b.test'], { key });
    const holder = new RawClient(ca, { origin: ca.publicUrl, key });
    expect(await holder.post(url, { certificate: encode(leaf.der), reason: 1 }, { useJwk: true })).toMatchObject({ status: 200 });
    expect(await client.post(url, { certificate: encode(parseCertificate(other).der) })).toMatchObject({ problem: 'alreadyRevoked' });
    const order = await client.order(['a.test', 'c.test']);
    await client.respondAll(order);
    await ca.idle();
    expect(await client.finalize(order, { key })).toMatchObject({ status: 400, problem: 'badCSR' });
    expect(await holder.register()).toMatchObject({ status: 400, problem: 'badPublicKey' });
  });

  test('does not block a key on the word of an account alone', async () => {
    const { ca, client, key, leaf } = await setUp();
    await client.post(url, { certificate: encode(leaf.der), reason: 1 });
    const order = await client.order(['a.test', 'c.test']);
    await client.respondAll(order);
    await ca.idle();
    expect(await client.finalize(order, { key })).toMatchObject({ status: 200 });
  });
});
