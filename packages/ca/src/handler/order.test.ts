import { type Identifier, parseCertificate } from '@certward/pki';
import { createFakeClock } from '@certward/testing';
import { describe, expect, test } from 'vitest';
import { createNamePolicy } from '../identifiers.ts';
import { Problem } from '../problem.ts';
import { RawClient } from '../testing/raw-client.ts';
import { createTestCa, type TestCaOptions } from '../testing/test-ca.ts';

const dayMs = 24 * 60 * 60 * 1000;

async function setUp(options: Partial<TestCaOptions> = {}) {
  const clock = createFakeClock();
  const ca = await createTestCa({ clock, ...options });
  return { ca, clock, client: await RawClient.registered(ca) };
}

describe('newOrder', () => {
  test('answers 201 with Location and a pending order', async () => {
    const { client } = await setUp();
    const reply = await client.order(['example.test', '*.example.test', { type: 'ip', value: '192.0.2.1' }, { type: 'ip', value: '2001:db8::1' }]);
    expect(reply.status).toBe(201);
    expect(reply.headers['location']).toMatch(/^https:\/\/ca\.test\/acme\/order\/[\w-]{22}$/);
    expect(reply.body).toMatchObject({
      status: 'pending',
      expires: '2026-11-21T12:00:00Z',
      profile: 'default',
      identifiers: [
        { type: 'dns', value: 'example.test' },
        { type: 'dns', value: '*.example.test' },
        { type: 'ip', value: '192.0.2.1' },
        { type: 'ip', value: '2001:db8::1' },
      ],
      finalize: `${String(reply.headers['location'])}/finalize`,
    });
    expect(reply.body['authorizations']).toHaveLength(4);
    expect(reply.body).not.toHaveProperty('certificate');
    expect(reply.headers['retry-after']).toBeUndefined();
  });

  test('asks for patience where configured', async () => {
    const { client } = await setUp({ retryAfterSeconds: { order: 5, authorization: 3 } });
    const order = await client.order(['example.test']);
    expect(order.headers['retry-after']).toBe('5');
    const [url = ''] = order.body['authorizations'] as string[];
    expect((await client.post(url)).headers['retry-after']).toBe('3');
  });

  test('lower-cases names and drops repetitions', async () => {
    const { client } = await setUp();
    const reply = await client.order(['Example.TEST', 'example.test']);
    expect(reply.body['identifiers']).toEqual([{ type: 'dns', value: 'example.test' }]);
    expect(reply.body['authorizations']).toHaveLength(1);
  });

  test.each<{ name: string; identifiers: unknown; problem: string }>([
    { name: 'no identifiers', identifiers: [], problem: 'malformed' },
    { name: 'identifiers that are no list', identifiers: 'example.test', problem: 'malformed' },
    { name: 'an identifier without value', identifiers: [{ type: 'dns' }], problem: 'malformed' },
    { name: 'an identifier that is null', identifiers: [null], problem: 'malformed' },
    { name: 'another type', identifiers: [{ type: 'email', value: 'a@example.test' }], problem: 'unsupportedIdentifier' },
    { name: 'an address as dns', identifiers: [{ type: 'dns', value: '192.0.2.1' }], problem: 'rejectedIdentifier' },
    { name: 'a name as ip', identifiers: [{ type: 'ip', value: 'example.test' }], problem: 'rejectedIdentifier' },
    { name: 'an address in another form', identifiers: [{ type: 'ip', value: '2001:DB8:0::1' }], problem: 'rejectedIdentifier' },
    { name: 'an empty label', identifiers: [{ type: 'dns', value: 'a..test' }], problem: 'rejectedIdentifier' },
    { name: 'an inner wildcard', identifiers: [{ type: 'dns', value: 'a.*.test' }], problem: 'rejectedIdentifier' },
    { name: 'a URL', identifiers: [{ type: 'dns', value: 'https://example.test/' }], problem: 'rejectedIdentifier' },
    { name: 'a name in Unicode', identifiers: [{ type: 'dns', value: 'bücher.test' }], problem: 'rejectedIdentifier' },
    { name: 'too many names', identifiers: Array.from({ length: 101 }, (_, index) => ({ type: 'dns', value: `n${index}.test` })), problem: 'malformed' },
    { name: 'far too many names', identifiers: Array.from({ length: 1001 }, () => ({ type: 'dns', value: 'n.test' })), problem: 'malformed' },
    { name: 'different faults', identifiers: [{ type: 'dns', value: 'a..test' }, { type: 'x', value: 'y' }], problem: 'compound' },
  ])('refuses $name as $problem', async ({ identifiers, problem }) => {
    const { client } = await setUp();
    expect(await client.post('/acme/new-order', { identifiers })).toMatchObject({ status: 400, problem });
  });

  test('names every refused identifier in subproblems', async () => {
    const { client } = await setUp({ identifierPolicy: createNamePolicy({ allow: ['example.test'], deny: ['secret.example.test'] }) });
    const reply = await client.order(['www.example.test', 'badexample.test', 'a.secret.example.test', '*.example.test']);
    expect(reply).toMatchObject({ status: 400, problem: 'rejectedIdentifier' });
    expect(reply.body['subproblems']).toEqual([
      {
        type: 'urn:ietf:params:acme:error:rejectedIdentifier',
        identifier: { type: 'dns', value: 'badexample.test' },
        detail: 'this authority does not serve this name',
      },
      {
        type: 'urn:ietf:params:acme:error:rejectedIdentifier',
        identifier: { type: 'dns', value: 'a.secret.example.test' },
        detail: 'the policy of this authority forbids this name',
      },
    ]);
  });

  test('refuses a profile that the directory does not offer', async () => {
    const { client } = await setUp();
    expect(await client.order(['example.test'], { profile: 'constructor' })).toMatchObject({ status: 400, problem: 'invalidProfile' });
    expect(await client.order(['example.test'], { profile: 7 })).toMatchObject({ status: 400, problem: 'malformed' });
  });

  test('holds an order to its profile', async () => {
    const { client } = await setUp({ profiles: { narrow: { identifierTypes: ['dns'], maxIdentifiers: 1, challengeTypes: ['http-01'] } } });
    expect(await client.order([{ type: 'ip', value: '192.0.2.1' }])).toMatchObject({ problem: 'unsupportedIdentifier' });
    expect(await client.order(['a.test', 'b.test'])).toMatchObject({ problem: 'malformed' });
    expect(await client.order(['*.a.test'])).toMatchObject({ problem: 'rejectedIdentifier' });
    expect((await client.order(['a.test'])).body['profile']).toBe('narrow');
  });

  test('asks the rate limit with account and names', async () => {
    const asked: unknown[] = [];
    const { client } = await setUp({ rateLimit: (action) => void asked.push(action) });
    await client.order(['example.test']);
    const accountId = client.kid?.split('/').at(-1);
    expect(asked[1]).toEqual({ kind: 'newOrder', accountId, identifiers: [{ type: 'dns', value: 'example.test' }], isRenewal: false });
  });
});

describe('notBefore and notAfter', () => {
  test('are honoured inside the profile and come back with the order', async () => {
    const { ca, client } = await setUp();
    const wish = { notBefore: '2026-11-20T12:00:00Z', notAfter: '2026-11-21T12:00:00.000Z' };
    const { order, pem } = await client.obtain(ca, ['example.test'], { order: wish });
    expect(order.body).toMatchObject({ notBefore: '2026-11-20T12:00:00Z', notAfter: '2026-11-21T12:00:00Z' });
    expect(parseCertificate(pem)).toMatchObject({ notBefore: new Date(wish.notBefore), notAfter: new Date(wish.notAfter) });
  });

  test.each([
    { notAfter: '2026-11-19T12:00:00Z' },
    { notBefore: '2026-11-18T12:00:00Z' },
    { notAfter: '2027-11-20T12:00:00Z' },
    { notBefore: '2026-11-22T12:00:00Z', notAfter: '2026-11-21T12:00:00Z' },
    { notBefore: 'tomorrow' },
    { notAfter: '2026-13-40T12:00:00Z' },
    { notAfter: 1_800_000_000 },
  ])('are malformed as %j', async (wish) => {
    const { client } = await setUp();
    expect(await client.order(['example.test'], wish)).toMatchObject({ status: 400, problem: 'malformed' });
  });

  test('are refused where the operator does not offer them', async () => {
    const { client } = await setUp({ honourValidityRequests: false });
    expect(await client.order(['example.test'], { notAfter: '2026-11-21T12:00:00Z' })).toMatchObject({ problem: 'malformed' });
  });
});

describe('an order is used again', () => {
  test('while it is pending or ready, for the same account, names and profile', async () => {
    const { ca, client } = await setUp();
    const first = await client.order(['a.test', 'b.test']);
    const again = await client.order(['b.test', 'a.test']);
    expect([again.status, again.headers['location']]).toEqual([201, first.headers['location']]);
    await client.respondAll(first);
    await ca.idle();
    const ready = await client.order(['a.test', 'b.test']);
    expect([ready.body['status'], ready.headers['location']]).toEqual(['ready', first.headers['location']]);
  });

  test('not for another account, set of names, profile or validity', async () => {
    const { ca, client } = await setUp();
    const first = await client.order(['a.test']);
    const other = await RawClient.registered(ca);
    const fresh = [
      await other.order(['a.test']),
      await client.order(['a.test', 'b.test']),
      await client.order(['a.test'], { profile: 'shortlived' }),
      await client.order(['a.test'], { notAfter: '2026-11-21T12:00:00Z' }),
    ];
    expect(new Set([first, ...fresh].map(({ headers }) => headers['location'])).size).toBe(5);
  });

  test('not once it is valid, invalid or expired', async () => {
    const { ca, client, clock } = await setUp();
    const { orderUrl } = await client.obtain(ca, ['a.test']);
    const second = await client.order(['a.test']);
    expect(second.headers['location']).not.toBe(orderUrl);
    expect(second.body['status']).toBe('ready');
    await clock.advance(2 * dayMs);
    const third = await client.order(['a.test']);
    expect(third.headers['location']).not.toBe(second.headers['location']);
    expect((await client.post(String(second.headers['location']))).body['status']).toBe('invalid');
  });

  test('not in its last hour, and neither are its authorizations', async () => {
    const { ca, client, clock } = await setUp();
    const pending = await client.order(['a.test']);
    const ready = await client.order(['b.test']);
    await client.respondAll(ready);
    await ca.idle();
    await clock.advance(dayMs - 30 * 60 * 1000);
    for (const [name, old] of [['a.test', pending], ['b.test', ready]] as const) {
      const fresh = await client.order([name]);
      expect(fresh.headers['location']).not.toBe(old.headers['location']);
      expect([fresh.body['status'], fresh.body['authorizations']]).not.toEqual([old.body['status'], old.body['authorizations']]);
      expect(fresh.body['status']).toBe('pending');
    }
  });

  test('not where the operator switched it off', async () => {
    const { client } = await setUp({ reuse: { orders: false } });
    const first = await client.order(['a.test']);
    expect((await client.order(['a.test'])).headers['location']).not.toBe(first.headers['location']);
  });
});

describe('an order', () => {
  test('is closed to other accounts, as if it did not exist', async () => {
    const { ca, client } = await setUp();
    const order = await client.order(['a.test']);
    const other = await RawClient.registered(ca);
    const missing = await other.post('/acme/order/none');
    for (const url of [order.headers['location'] as string, order.body['finalize'] as string]) {
      const reply = await other.post(url, url.endsWith('finalize') ? { csr: 'AA' } : undefined);
      expect(reply).toMatchObject({ status: 404, problem: 'malformed' });
      expect(reply.body['detail']).toBe(missing.body['detail']);
    }
  });

  test('is invalid with the problem of the challenge that failed', async () => {
    const { ca, client } = await setUp();
    ca.validator.verdict = ({ identifier }) => {
      if (identifier.value === 'b.test') throw new Problem('dns', 'no such name');
    };
    const order = await client.order(['a.test', 'b.test']);
    await client.respondAll(order);
    await ca.idle();
    const { body } = await client.post(String(order.headers['location']));
    expect(body).toMatchObject({
      status: 'invalid',
      error: { type: 'urn:ietf:params:acme:error:dns', status: 400, detail: 'no such name', identifier: { type: 'dns', value: 'b.test' } },
    });
  });

  test('becomes invalid when one of its authorizations is deactivated', async () => {
    const { client } = await setUp();
    const order = await client.order(['a.test']);
    const [url = ''] = order.body['authorizations'] as string[];
    await client.post(url, { status: 'deactivated' });
    expect((await client.post(String(order.headers['location']))).body['status']).toBe('invalid');
  });

  test('never outlives the authorizations it was made with', async () => {
    const { ca, client, clock } = await setUp();
    await client.obtain(ca, ['a.test']);
    await clock.advance(0.9 * dayMs);
    const reused = await client.order(['a.test', 'b.test']);
    const expiries = await Promise.all(
      (reused.body['authorizations'] as string[]).map(async (url) => new Date(String((await client.post(url)).body['expires'])).getTime()),
    );
    expect(new Date(String(reused.body['expires'])).getTime()).toBe(Math.min(...expiries));
  });

  test('names its identifiers as the client may give them back in a CSR', async () => {
    const { ca, client } = await setUp();
    const names: (string | Identifier)[] = ['*.example.test', { type: 'ip', value: '2001:db8::1' }, 'example.test'];
    const order = await client.order(names);
    await client.respondAll(order, 'http-01');
    await client.respondAll(order, 'dns-01');
    await ca.idle();
    expect((await client.finalize(order)).body['status']).toBe('valid');
  });
});
