import { parseCertificate } from '@certward/pki';
import { createFakeClock, seededRandom } from '@certward/testing';
import { describe, expect, test } from 'vitest';
import type { HostileOptions } from './hostile.ts';
import { RawClient, type Reply } from './testing/raw-client.ts';
import { createTestCa } from './testing/test-ca.ts';

async function setUp(hostile: HostileOptions, seed = 1) {
  const clock = createFakeClock();
  const ca = await createTestCa({ clock, hostile, random: seededRandom(seed) });
  return { ca, clock, client: await RawClient.create(ca) };
}

const repeat = async (times: number, work: () => Promise<Reply>) => {
  const replies: Reply[] = [];
  for (let index = 0; index < times; index++) replies.push(await work());
  return replies;
};

describe('hostile mode', () => {
  test('refuses a part of the good nonces, the same ones for the same seed', async () => {
    const run = async () => {
      const { client } = await setUp({ badNonces: 0.3 }, 42);
      return (await repeat(200, () => client.register({}))).map(({ problem }) => problem === 'badNonce');
    };
    const first = await run();
    const refused = first.filter(Boolean).length;
    expect(refused).toBeGreaterThan(40);
    expect(refused).toBeLessThan(80);
    expect(await run()).toEqual(first);
  });

  test('refuses requests with 429 and 503, Retry-After as seconds and as a date', async () => {
    const { client } = await setUp({ refusals: { fraction: 1, retryAfterSeconds: 7 }, only: ['newAccount'] });
    const replies = await repeat(4, () => client.register({}));
    expect(replies.map(({ headers, status }) => [status, headers['retry-after']])).toEqual([
      [429, '7'],
      [503, '7'],
      [429, 'Fri, 20 Nov 2026 12:00:07 GMT'],
      [503, 'Fri, 20 Nov 2026 12:00:07 GMT'],
    ]);
    expect(replies.every(({ headers, problem }) => problem === 'rateLimited' && headers['replay-nonce'] !== undefined)).toBe(true);
    expect(client.kid).toBeUndefined();
  });

  test('answers with the page of a broken gateway', async () => {
    const { client } = await setUp({ htmlErrors: 1, only: ['newAccount'] });
    const reply = await client.register({});
    expect([reply.status, reply.headers['content-type'], reply.headers['replay-nonce']]).toEqual([502, 'text/html', undefined]);
    expect(reply.text).toContain('<html>');
  });

  test('loses the answer of a request that it has carried out', async () => {
    const { ca, client } = await setUp({ lostReplies: 1, only: ['newAccount'] });
    const responses: unknown[] = [];
    const spy = new RawClient({ handle: async (request) => { const response = await ca.handle(request); responses.push(response.lost); return response; } }, { origin: ca.publicUrl, key: client.key });
    await spy.register({});
    expect(responses).toEqual([undefined, true]);
    expect(ca.store.accountByThumbprint(client.thumbprint)).toBeDefined();
  });

  test('spares the directory unless asked', async () => {
    const { client } = await setUp({ htmlErrors: 1 });
    expect((await client.get('/directory')).status).toBe(200);
    expect((await client.get('/acme/new-nonce', 'HEAD')).status).toBe(502);
  });

  test('answers slowly', async () => {
    const { clock, client } = await setUp({ slowMs: 5_000 });
    let isDone = false;
    const reply = client.get('/directory').then((value) => {
      isDone = true;
      return value;
    });
    await Promise.resolve();
    expect([isDone, clock.sleeping]).toEqual([false, 1]);
    await clock.advance(5_000);
    expect((await reply).status).toBe(200);
  });

  test('shuffles identifiers, authorizations and challenges, none lost', async () => {
    const { client } = await setUp({ shuffle: true });
    await client.register({});
    const names = ['a', 'b', 'c', 'd', 'e'].map((name) => `${name}.test`);
    const orders = await repeat(6, () => client.order(names));
    const seen = orders.map(({ body }) => (body['identifiers'] as { value: string }[]).map(({ value }) => value));
    expect(new Set(seen.map((list) => list.join())).size).toBeGreaterThan(1);
    for (const list of seen) expect([...list].sort()).toEqual(names);
    for (const { body } of orders) expect(new Set(body['authorizations'] as string[]).size).toBe(5);
    const [url = ''] = (orders[0]?.body['authorizations'] ?? []) as string[];
    const challenges = await repeat(8, () => client.post(url));
    expect(new Set(challenges.map(({ body }) => (body['challenges'] as { type: string }[]).map(({ type }) => type).join())).size).toBeGreaterThan(1);
  });

  test('forces serials whose first octet is zero', async () => {
    const { ca, client } = await setUp({ leadingZeroSerials: true });
    await client.register({});
    const { pem } = await client.obtain(ca, ['a.test']);
    expect(parseCertificate(pem).serialBytes[0]).toBe(0);
    expect(parseCertificate(pem).serialBytes[1]).toBeGreaterThanOrEqual(0x80);
  });

  test('keeps challenges processing for a while', async () => {
    const { ca, client, clock } = await setUp({ challengeProcessingMs: 3_000 });
    await client.register({});
    const order = await client.order(['a.test']);
    await client.respondAll(order);
    const [url = ''] = order.body['authorizations'] as string[];
    const status = async () => ((await client.post(url)).body['challenges'] as { status: string }[])[0]?.status;
    expect(await status()).toBe('processing');
    await clock.advance(2_999);
    expect(await status()).toBe('processing');
    await clock.advance(1);
    await ca.idle();
    expect(await status()).toBe('valid');
  });

  test('keeps finalized orders processing for some polls, and leaves Location out', async () => {
    const { ca, client } = await setUp({ finalizeProcessingPolls: 2, omitFinalizeLocation: true });
    await client.register({});
    const order = await client.order(['a.test']);
    await client.respondAll(order);
    await ca.idle();
    const finalized = await client.finalize(order);
    expect([finalized.status, finalized.body['status'], finalized.headers['location']]).toEqual([200, 'processing', undefined]);
    expect(await client.finalize(order)).toMatchObject({ status: 403, problem: 'orderNotReady' });
    const url = String(order.headers['location']);
    expect((await client.post(url)).body['status']).toBe('processing');
    const done = await client.post(url);
    expect(done.body['status']).toBe('valid');
    expect((await client.post(done.body['certificate'] as string)).status).toBe(200);
  });
});
