import { signJws } from '@certward/pki';
import { createFakeClock } from '@certward/testing';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { paths } from '../paths.ts';
import { problemStatus } from '../problem.ts';
import { RawClient, type Reply } from '../testing/raw-client.ts';
import { createTestCa, type TestCa } from '../testing/test-ca.ts';

const errors: unknown[] = [];
const log = { debug() {}, info() {}, warn() {}, error: (message: string, fields: unknown) => void errors.push([message, fields]) };

async function setUp(): Promise<{ ca: TestCa; client: RawClient; urls: Record<string, string> }> {
  const ca = await createTestCa({ clock: createFakeClock(), log, preAuthorization: true });
  const client = await RawClient.registered(ca);
  const { order, orderUrl } = await client.obtain(ca, ['a.test']);
  const pending = await client.order(['b.test']);
  const [authorization = ''] = pending.body['authorizations'] as string[];
  const urls = {
    account: client.kid ?? '',
    order: orderUrl,
    finalize: pending.body['finalize'] as string,
    authorization,
    challenge: authorization.replace('authorization', 'challenge').concat('/http-01'),
    certificate: order.body['certificate'] as string,
    newOrder: `${ca.publicUrl}${paths.newOrder}`,
    newAuthorization: `${ca.publicUrl}${paths.newAuthorization}`,
    newAccount: `${ca.publicUrl}${paths.newAccount}`,
    keyChange: `${ca.publicUrl}${paths.keyChange}`,
    revoke: `${ca.publicUrl}${paths.revokeCertificate}`,
  };
  return { ca, client, urls };
}

/** Either it worked, or it is a problem document of a known type with a client's status. Never 500, never a crash. */
function expectOrderly(reply: Reply): void {
  if (reply.status < 300) return;
  expect(reply.headers['content-type']).toBe('application/problem+json');
  expect(Object.keys(problemStatus)).toContain(reply.problem);
  expect(reply.status).toBeGreaterThanOrEqual(400);
  expect({ status: reply.status, errors }).toMatchObject({ errors: [] });
  expect(reply.status).toBeLessThan(500);
}

/** Values that a careless server trips over, in places where it expects something else. */
const value = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom<unknown>(null, '', 'AA', -1, 1e308, [], {}, 'deactivated', [[]], { type: 'dns', value: 'a.test' }, '\u0000', '__proto__', 'mailto:a@b.test'),
);
const member = fc.constantFrom(
  'identifiers', 'identifier', 'csr', 'certificate', 'reason', 'contact', 'status', 'profile', 'replaces', 'notBefore', 'notAfter',
  'externalAccountBinding', 'onlyReturnExisting', 'termsOfServiceAgreed', 'account', 'oldKey', 'protected', 'payload', 'signature', '__proto__', 'constructor',
);
const payload = fc.dictionary(member, fc.oneof(value, fc.array(fc.record({ type: value, value }, { requiredKeys: [] }), { maxLength: 3 })), { maxKeys: 5 });

describe('whatever is sent, the answer is orderly', () => {
  test('for any path, method, content type and body', async () => {
    expect.hasAssertions();
    const { client, urls } = await setUp();
    const path = fc.oneof(fc.constantFrom(...Object.values(urls).map((url) => url.slice('https://ca.test'.length)), ...Object.values(paths)), fc.webPath(), fc.string());
    const body = fc.oneof(fc.string(), fc.uint8Array(), fc.json());
    await fc.assert(
      fc.asyncProperty(path, body, fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'x'), async (path, body, method) => {
        expectOrderly(await client.raw(path, body, { method }));
      }),
      { numRuns: 400 },
    );
  });

  test('for any JSON in the place of a JWS', async () => {
    expect.hasAssertions();
    const { client } = await setUp();
    const part = fc.oneof(value, fc.string().map((text) => Buffer.from(text).toString('base64url')), fc.json().map((text) => Buffer.from(text).toString('base64url')));
    await fc.assert(
      fc.asyncProperty(fc.dictionary(fc.constantFrom('protected', 'payload', 'signature', 'header', 'signatures', '__proto__'), part), async (jws) => {
        expectOrderly(await client.raw(paths.newOrder, JSON.stringify(jws)));
      }),
      { numRuns: 400 },
    );
  });

  test('for any protected header', async () => {
    expect.hasAssertions();
    const { client, urls } = await setUp();
    const header = fc.dictionary(fc.constantFrom('alg', 'nonce', 'url', 'kid', 'jwk', 'crit', 'b64', 'typ', '__proto__'), value);
    await fc.assert(
      fc.asyncProperty(header, fc.constantFrom(...Object.values(urls)), fc.boolean(), async (header, url, useJwk) => {
        expectOrderly(await client.post(url, {}, { header, useJwk }));
      }),
      { numRuns: 400 },
    );
  });

  test('for any payload, rightly signed', async () => {
    expect.hasAssertions();
    const { ca, client, urls } = await setUp();
    const safe = Object.values(urls).filter((url) => url !== urls['account']);
    await fc.assert(
      fc.asyncProperty(payload, fc.constantFrom(...safe), fc.boolean(), async (payload, url, useJwk) => {
        expectOrderly(await client.post(url, payload, { useJwk }));
        await ca.idle();
      }),
      { numRuns: 800 },
    );
  });

  test('for any bytes as payload, rightly signed', async () => {
    expect.hasAssertions();
    const { client, urls } = await setUp();
    await fc.assert(
      fc.asyncProperty(fc.uint8Array(), fc.constantFrom(...Object.values(urls)), async (bytes, url) => {
        const jws = signJws({ key: client.key, protected: { kid: client.kid, nonce: await client.nonce(), url }, payload: bytes });
        expectOrderly(await client.raw(url.slice(client.origin.length), JSON.stringify(jws)));
      }),
      { numRuns: 200 },
    );
  });

  test('for a CSR or certificate with any change', async () => {
    expect.hasAssertions();
    const { ca, client } = await setUp();
    const { pem } = await client.obtain(ca, ['c.test']);
    const certificate = Buffer.from(pem.split('-----')[2] ?? '', 'base64');
    const order = await client.order(['d.test']);
    await client.respondAll(order);
    await ca.idle();
    const change = fc.record({ at: fc.nat(), to: fc.integer({ min: 0, max: 255 }), cut: fc.option(fc.nat(), { freq: 3 }) });
    await fc.assert(
      fc.asyncProperty(change, fc.constantFrom('csr', 'certificate'), async ({ at, cut, to }, what) => {
        const bytes = Buffer.from(certificate);
        bytes[at % bytes.length] = to;
        const text = bytes.subarray(0, cut === null ? undefined : cut % bytes.length).toString('base64url');
        const url = what === 'csr' ? (order.body['finalize'] as string) : paths.revokeCertificate;
        // An unchanged certificate is rightly revoked; everything else is refused.
        expectOrderly(await client.post(url, { [what]: text }));
      }),
      { numRuns: 300 },
    );
  });
});
