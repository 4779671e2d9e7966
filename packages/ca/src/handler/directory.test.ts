import { Secret } from '@certward/base';
import { createFakeClock } from '@certward/testing';
import { describe, expect, test } from 'vitest';
import { RawClient } from '../testing/raw-client.ts';
import { createTestCa } from '../testing/test-ca.ts';

describe('the directory', () => {
  test('lists the resources, the profiles and one key that clients must ignore', async () => {
    const ca = await createTestCa({ clock: createFakeClock() });
    const { body, headers, status } = await (await RawClient.create(ca)).get('/directory');
    expect(status).toBe(200);
    expect(headers['content-type']).toBe('application/json');
    expect(body).toMatchObject({
      newNonce: 'https://ca.test/acme/new-nonce',
      newAccount: 'https://ca.test/acme/new-account',
      newOrder: 'https://ca.test/acme/new-order',
      revokeCert: 'https://ca.test/acme/revoke-cert',
      keyChange: 'https://ca.test/acme/key-change',
      renewalInfo: 'https://ca.test/acme/renewal-info',
      meta: { profiles: { default: expect.any(String) as string, shortlived: expect.any(String) as string } },
    });
    expect(Object.keys(body)).toHaveLength(8);
    expect(body).not.toHaveProperty('newAuthz');
  });

  test('says what else an operator has set', async () => {
    const ca = await createTestCa({
      clock: createFakeClock(),
      termsOfServiceUrl: 'https://ca.test/terms',
      website: 'https://ca.test',
      caaIdentities: ['ca.test'],
      eabKeys: { kid: new Secret('c2VjcmV0') },
      preAuthorization: true,
    });
    const { body } = await (await RawClient.create(ca)).get('/directory');
    expect(body).toMatchObject({
      newAuthz: 'https://ca.test/acme/new-authz',
      meta: { termsOfService: 'https://ca.test/terms', website: 'https://ca.test', caaIdentities: ['ca.test'], externalAccountRequired: true },
    });
  });
});

describe('newNonce', () => {
  test.each([
    { method: 'HEAD', status: 200 },
    { method: 'GET', status: 204 },
  ])('answers $method with $status, a nonce, and no caching', async ({ method, status }) => {
    const client = await RawClient.create(await createTestCa({ clock: createFakeClock() }));
    const reply = await client.get('/acme/new-nonce', method);
    expect(reply.status).toBe(status);
    expect(reply.headers['replay-nonce']).toMatch(/^[\w-]{22}$/);
    expect(reply.headers['cache-control']).toBe('no-store');
    expect(reply.headers['link']).toBe('<https://ca.test/directory>;rel="index"');
  });

  test('gives values that are good once and for an hour', async () => {
    const clock = createFakeClock();
    const client = await RawClient.create(await createTestCa({ clock }));
    const old = await client.nonce();
    await clock.advance(60 * 60 * 1000);
    expect(await client.post('/acme/new-account', {}, { nonce: old })).toMatchObject({ problem: 'badNonce' });
  });
});

describe('the public pages', () => {
  test('offer the roots as PEM', async () => {
    const ca = await createTestCa({ clock: createFakeClock(), roots: 2 });
    const client = await RawClient.create(ca);
    const [first, second] = ca.authority.roots;
    expect((await client.get('/roots')).text).toBe(ca.rootsPem);
    expect((await client.get('/roots/0')).text).toBe(first?.pem);
    expect((await client.get('/roots/1.pem')).text).toBe(second?.pem);
    expect(await client.get('/roots/2')).toMatchObject({ status: 404, problem: 'malformed' });
    expect(await client.get('/roots/..')).toMatchObject({ status: 404 });
  });

  test('say on the first page in which mode the authority runs', async () => {
    const ca = await createTestCa({ clock: createFakeClock(), mode: 'test', warnings: ['validation is skipped'] });
    const { text } = await (await RawClient.create(ca)).get('/');
    expect(text).toContain('https://ca.test/directory');
    expect(text).toContain('TEST MODE');
    expect(text).toContain('validation is skipped');
    expect(text).toContain(ca.authority.roots[0]?.fingerprintSha256);
  });

  test.each(['/crl/intermediate-9.crl', '/crl/intermediate-1', '/crl/root-1.crl'])('have no revocation list at %s', async (path) => {
    const client = await RawClient.create(await createTestCa({ clock: createFakeClock() }));
    expect(await client.get(path)).toMatchObject({ status: 404, problem: 'malformed' });
  });
});
