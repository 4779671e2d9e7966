import { sign } from 'node:crypto';
import { createCsr, der, generatePrivateKey, type Identifier, type KeySpec, parseCertificateChain, spkiDer, verifySignature } from '@certward/pki';
import { createFakeClock } from '@certward/testing';
import { describe, expect, test } from 'vitest';
import { RawClient, type Reply } from '../testing/raw-client.ts';
import { createTestCa, type TestCaOptions } from '../testing/test-ca.ts';

async function setUp(options: Partial<TestCaOptions> = {}) {
  const clock = createFakeClock();
  const ca = await createTestCa({ clock, ...options });
  return { ca, clock, client: await RawClient.registered(ca) };
}

async function readyOrder({ ca, client }: Pick<Awaited<ReturnType<typeof setUp>>, 'ca' | 'client'>, names: (string | Identifier)[]): Promise<Reply> {
  const order = await client.order(names);
  await client.respondAll(order, 'dns-01');
  await client.respondAll(order, 'http-01');
  await ca.idle();
  return order;
}

const dns = (...values: string[]): Identifier[] => values.map((value) => ({ type: 'dns', value }));

describe('finalize', () => {
  test('issues for exactly the names of the order, valid for the profile and back by an hour', async () => {
    const parts = await setUp();
    const order = await readyOrder(parts, ['*.example.test', 'example.test']);
    const reply = await parts.client.finalize(order);
    expect(reply).toMatchObject({ status: 200, body: { status: 'valid' }, headers: { location: order.headers['location'] } });
    const { text } = await parts.client.post(reply.body['certificate'] as string);
    const [leaf] = parseCertificateChain(text);
    expect(leaf?.identifiers).toEqual(dns('*.example.test', 'example.test'));
    expect(leaf?.commonName).toBeUndefined();
    expect(leaf?.notBefore).toEqual(new Date('2026-11-20T11:00:00Z'));
    expect(leaf?.notAfter).toEqual(new Date('2027-02-18T10:59:59Z'));
    expect(leaf?.isCa).toBe(false);
    expect(leaf?.crlUrls).toEqual(['https://ca.test/crl/intermediate-1.crl']);
    expect(leaf?.serial).toMatch(/^[0-7][0-9a-f]{31}$/);
  });

  test('keeps to the profile of the order', async () => {
    const { ca, client } = await setUp({ profiles: { p: {}, six: { lifetimeSeconds: 6 * 24 * 60 * 60, commonName: true } } });
    const { pem } = await client.obtain(ca, ['b.test', 'a.test'], { order: { profile: 'six' } });
    const [leaf] = parseCertificateChain(pem);
    expect(leaf?.commonName).toBe('b.test');
    expect((leaf?.notAfter.getTime() ?? 0) - (leaf?.notBefore.getTime() ?? 0)).toBe(6 * 24 * 60 * 60 * 1000 - 1000);
  });

  test('is refused as orderNotReady until every authorization is valid, and after issuance', async () => {
    const parts = await setUp();
    const { client } = parts;
    const pending = await client.order(['a.test']);
    expect(await client.finalize(pending)).toMatchObject({ status: 403, problem: 'orderNotReady' });
    const order = await readyOrder(parts, ['a.test']);
    expect(await client.finalize(order)).toMatchObject({ status: 200 });
    expect(await client.finalize(order)).toMatchObject({ status: 403, problem: 'orderNotReady' });
  });

  test.each<{ name: string; names: Identifier[] }>([
    { name: 'a name too many', names: dns('a.test', 'b.test', 'c.test') },
    { name: 'a name too few', names: dns('a.test') },
    { name: 'another name', names: dns('a.test', 'c.test') },
    { name: 'an address beside', names: [...dns('a.test', 'b.test'), { type: 'ip', value: '192.0.2.1' }] },
    { name: 'a wildcard beside', names: dns('a.test', 'b.test', '*.a.test') },
  ])('refuses a CSR with $name, and stays ready for a better one', async ({ names }) => {
    const parts = await setUp();
    const { client } = parts;
    const order = await readyOrder(parts, ['a.test', 'b.test']);
    expect(await client.finalize(order, { identifiers: names })).toMatchObject({ status: 400, problem: 'badCSR' });
    expect((await client.post(String(order.headers['location']))).body['status']).toBe('ready');
    expect(await client.finalize(order)).toMatchObject({ status: 200 });
  });

  test('refuses other kinds of alternative names, which no challenge covers', async () => {
    const parts = await setUp();
    const order = await readyOrder(parts, ['a.test']);
    const key = await generatePrivateKey({ type: 'ecdsa', curve: 'P-256' });
    const { base64url } = craftCsr({ key, san: [dnsName('a.test'), der.implicit(1, Buffer.from('root@a.test'))] });
    expect(await parts.client.post(order.body['finalize'] as string, { csr: base64url })).toMatchObject({ status: 400, problem: 'badCSR' });
  });

  test('takes a common name only if it is a name of the order', async () => {
    const parts = await setUp();
    const order = await readyOrder(parts, ['a.test', 'b.test']);
    const key = await generatePrivateKey({ type: 'ecdsa', curve: 'P-256' });
    const finalize = async (commonName: string) =>
      parts.client.post(order.body['finalize'] as string, {
        csr: Buffer.from(createCsr({ key, identifiers: dns('a.test', 'b.test'), commonName }).der).toString('base64url'),
      });
    expect(await finalize('c.test')).toMatchObject({ problem: 'badCSR' });
    expect(await finalize('Example Ltd')).toMatchObject({ problem: 'badCSR' });
    expect(await finalize('b.test')).toMatchObject({ status: 200 });
  });

  test.each<{ name: string; spec: KeySpec; accepted: boolean }>([
    { name: 'P-384', spec: { type: 'ecdsa', curve: 'P-384' }, accepted: true },
    { name: 'RSA 2048', spec: { type: 'rsa', bits: 2048 }, accepted: true },
    { name: 'Ed25519', spec: { type: 'ed25519' }, accepted: false },
  ])('answers a CSR with a $name key by the key policy', async ({ accepted, spec }) => {
    const parts = await setUp();
    const order = await readyOrder(parts, ['a.test']);
    const reply = await parts.client.finalize(order, { key: await generatePrivateKey(spec) });
    expect(reply.problem).toBe(accepted ? undefined : 'badCSR');
  });

  test('never certifies the account key', async () => {
    const parts = await setUp();
    const order = await readyOrder(parts, ['a.test']);
    expect(await parts.client.finalize(order, { key: parts.client.key })).toMatchObject({ status: 400, problem: 'badCSR' });
  });

  test('refuses a CSR whose signature is wrong, or made with SHA-1', async () => {
    const parts = await setUp();
    const order = await readyOrder(parts, ['a.test']);
    const key = await generatePrivateKey({ type: 'ecdsa', curve: 'P-256' });
    const finalize = (csr: Uint8Array) => parts.client.post(order.body['finalize'] as string, { csr: Buffer.from(csr).toString('base64url') });
    const good = createCsr({ key, identifiers: dns('a.test') }).der;
    const broken = Uint8Array.from(good);
    broken[broken.length - 1] = (broken.at(-1) ?? 0) ^ 1;
    expect(await finalize(broken)).toMatchObject({ status: 400, problem: 'badCSR' });
    const sha1 = craftCsr({ key, san: [dnsName('a.test')], hash: 'sha1' });
    expect(await parts.client.post(order.body['finalize'] as string, { csr: sha1.base64url })).toMatchObject({ status: 400, problem: 'badCSR' });
    expect(await finalize(Buffer.from('nonsense'))).toMatchObject({ status: 400, problem: 'badCSR' });
  });

  test.each([undefined, 7, 'not base64url!', 'AA=='])('is malformed with the csr %j', async (csr) => {
    const parts = await setUp();
    const order = await readyOrder(parts, ['a.test']);
    expect(await parts.client.post(order.body['finalize'] as string, { csr })).toMatchObject({ status: 400, problem: 'malformed' });
  });
});

describe('a certificate', () => {
  test('is served with its chain, leaf first, and a link to each alternate chain', async () => {
    const { ca, client } = await setUp({ roots: 3 });
    const { order, pem } = await client.obtain(ca, ['a.test']);
    const url = order.body['certificate'] as string;
    const { headers } = await client.post(url);
    expect(headers['content-type']).toBe('application/pem-certificate-chain');
    expect(headers['link']).toEqual(['<https://ca.test/directory>;rel="index"', `<${url}/1>;rel="alternate"`, `<${url}/2>;rel="alternate"`]);
    for (const [index, root] of ca.authority.roots.entries()) {
      const chain = parseCertificateChain(index === 0 ? pem : (await client.post(`${url}/${index}`)).text);
      expect(chain).toHaveLength(2);
      const [leaf, intermediate] = chain;
      if (leaf === undefined || intermediate === undefined) throw new Error('unreachable');
      expect(verifySignature(leaf, intermediate)).toBe(true);
      expect(verifySignature(intermediate, root)).toBe(true);
      expect(intermediate.issuerCommonName).toBe(`Test CA Root ${index + 1}`);
    }
    const alternate = await client.post(`${url}/2`);
    expect(alternate.headers['link']).toContain(`<${url}>;rel="alternate"`);
    expect(await client.post(`${url}/3`)).toMatchObject({ status: 404, problem: 'malformed' });
    expect(await client.post(`${url}/x`)).toMatchObject({ status: 404, problem: 'malformed' });
  });

  test('is closed to other accounts', async () => {
    const { ca, client } = await setUp();
    const { order } = await client.obtain(ca, ['a.test']);
    const other = await RawClient.registered(ca);
    expect(await other.post(order.body['certificate'] as string)).toMatchObject({ status: 404, problem: 'malformed' });
    expect(await client.get('/acme/certificate/00')).toMatchObject({ status: 405 });
  });

  test('keeps its order valid when the authorizations have lapsed', async () => {
    const { ca, client, clock } = await setUp();
    const { orderUrl } = await client.obtain(ca, ['a.test']);
    await clock.advance(30 * 24 * 60 * 60 * 1000);
    expect((await client.post(orderUrl)).body['status']).toBe('valid');
  });
});

/** A CSR that createCsr would not make: any alternative names, any hash. */
function craftCsr({ hash = 'sha256', key, san }: { key: Awaited<ReturnType<typeof generatePrivateKey>>; san: Uint8Array[]; hash?: string }) {
  const extension = der.sequence([der.oid('2.5.29.17'), der.octetString(der.sequence(san))]);
  const attributes = der.explicit(0, [der.sequence([der.oid('1.2.840.113549.1.9.14'), der.set([der.sequence([extension])])])]);
  const request = der.sequence([der.integer(0), der.sequence([]), spkiDer(key), attributes]);
  const algorithm = der.sequence([der.oid(hash === 'sha1' ? '1.2.840.10045.4.1' : '1.2.840.10045.4.3.2')]);
  const signature = der.bitString(new Uint8Array(sign(hash, request, key)));
  return { base64url: Buffer.from(der.sequence([request, algorithm, signature])).toString('base64url') };
}

function dnsName(name: string): Uint8Array {
  return der.implicit(2, Buffer.from(name));
}

test('the CSR made by hand is otherwise fine', async () => {
  const parts = await setUp();
  const order = await readyOrder(parts, ['a.test']);
  const key = await generatePrivateKey({ type: 'ecdsa', curve: 'P-256' });
  const { base64url } = craftCsr({ key, san: [dnsName('a.test')] });
  expect(await parts.client.post(order.body['finalize'] as string, { csr: base64url })).toMatchObject({ status: 200 });
});
