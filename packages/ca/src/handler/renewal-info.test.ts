import { parseCertificate, renewalInfoCertId } from '@certward/pki';
import { createFakeClock, seededRandom } from '@certward/testing';
import { describe, expect, test } from 'vitest';
import { RawClient } from '../testing/raw-client.ts';
import { createTestCa, type TestCaOptions } from '../testing/test-ca.ts';

const hourMs = 60 * 60 * 1000;

async function setUp(options: Partial<TestCaOptions> = {}, order: Record<string, unknown> = {}) {
  const clock = createFakeClock();
  const ca = await createTestCa({ clock, ...options });
  const client = await RawClient.registered(ca);
  const { pem } = await client.obtain(ca, ['a.test'], { order });
  const leaf = parseCertificate(pem);
  const certId = renewalInfoCertId(leaf);
  return { ca, clock, client, leaf, certId, read: () => client.get(`/acme/renewal-info/${certId}`) };
}

describe('renewal information', () => {
  test('of 90 days lies around two thirds, a fiftieth wide', async () => {
    const { read } = await setUp();
    const reply = await read();
    expect(reply.status).toBe(200);
    expect(reply.body).toEqual({ suggestedWindow: { start: '2027-01-18T13:23:59Z', end: '2027-01-20T08:35:59Z' } });
    expect(reply.headers['retry-after']).toBe('21600');
  });

  test('of six days lies around the middle', async () => {
    const { leaf, read } = await setUp({}, { profile: 'shortlived' });
    const { suggestedWindow } = (await read()).body as { suggestedWindow: { start: string; end: string } };
    const middle = (leaf.notBefore.getTime() + leaf.notAfter.getTime()) / 2;
    expect(Math.abs((new Date(suggestedWindow.start).getTime() + new Date(suggestedWindow.end).getTime()) / 2 - middle)).toBeLessThan(2000);
  });

  test('of a revoked certificate lies in the past', async () => {
    const { client, leaf, read } = await setUp();
    await client.post('/acme/revoke-cert', { certificate: Buffer.from(leaf.der).toString('base64url') });
    expect((await read()).body).toEqual({ suggestedWindow: { start: '2026-11-20T11:00:00Z', end: '2026-11-20T11:30:00Z' } });
  });

  test('is what the operator sets, until it is taken back', async () => {
    const { ca, certId, read } = await setUp();
    const before = (await read()).body;
    const window = { startAt: new Date('2026-12-01T00:00:00Z'), endAt: new Date('2026-12-02T00:00:00Z'), explanationUrl: 'https://ca.test/incident' };
    expect(await ca.setRenewalWindow(certId, window)).toBe(true);
    expect((await read()).body).toEqual({
      suggestedWindow: { start: '2026-12-01T00:00:00Z', end: '2026-12-02T00:00:00Z' },
      explanationURL: 'https://ca.test/incident',
    });
    expect(await ca.setRenewalWindow(certId, undefined)).toBe(true);
    expect((await read()).body).toEqual(before);
  });

  test('is found by a serial with a leading zero octet, and not without it', async () => {
    const { certId, client, leaf, read } = await setUp({ hostile: { leadingZeroSerials: true }, random: seededRandom(7) });
    expect(leaf.serial).toMatch(/^00[89a-f]/);
    expect((await read()).status).toBe(200);
    const stripped = `${certId.split('.')[0]}.${Buffer.from(leaf.serialBytes.subarray(1)).toString('base64url')}`;
    expect(await client.get(`/acme/renewal-info/${stripped}`)).toMatchObject({ status: 404, problem: 'malformed' });
  });

  test.each(['x', 'a.b.c', '!!.??', 'AAAA.AAAA', '.'])('of the id %j does not exist', async (certId) => {
    const { client } = await setUp();
    const reply = await client.get(`/acme/renewal-info/${certId}`);
    expect(reply.problem).toBe('malformed');
    expect([400, 404]).toContain(reply.status);
  });
});

describe('replaces', () => {
  test('is kept with the order, and counts as a renewal', async () => {
    const renewals: boolean[] = [];
    const { certId, client } = await setUp({ rateLimit: (action) => void (action.kind === 'newOrder' && renewals.push(action.isRenewal)) });
    const order = await client.order(['a.test', 'b.test'], { replaces: certId });
    expect(order).toMatchObject({ status: 201, body: { replaces: certId } });
    expect(renewals).toEqual([false, true]);
  });

  test('is refused as alreadyReplaced by a second order, but not by the same one', async () => {
    const { certId, client } = await setUp();
    const first = await client.order(['a.test', 'b.test'], { replaces: certId });
    expect((await client.order(['a.test', 'b.test'], { replaces: certId })).headers['location']).toBe(first.headers['location']);
    expect(await client.order(['a.test', 'c.test'], { replaces: certId })).toMatchObject({ status: 409, problem: 'alreadyReplaced' });
    expect((await client.order(['a.test', 'c.test'])).status).toBe(201);
  });

  test('is free again when the other order has come to nothing', async () => {
    const { certId, client, clock } = await setUp();
    await client.order(['a.test', 'b.test'], { replaces: certId });
    await clock.advance(25 * hourMs);
    expect((await client.order(['a.test', 'c.test'], { replaces: certId })).status).toBe(201);
  });

  test('wants a certificate of the same account with a name in common', async () => {
    const { ca, certId, client } = await setUp();
    expect(await client.order(['b.test'], { replaces: certId })).toMatchObject({ status: 400, problem: 'malformed' });
    expect(await client.order(['a.test', 'x.test'], { replaces: 'AAAA.AAAA' })).toMatchObject({ status: 400, problem: 'malformed' });
    expect(await client.order(['a.test', 'x.test'], { replaces: 'nonsense' })).toMatchObject({ status: 400, problem: 'malformed' });
    const other = await RawClient.registered(ca);
    expect(await other.order(['a.test'], { replaces: certId })).toMatchObject({ status: 403, problem: 'unauthorized' });
  });
});
