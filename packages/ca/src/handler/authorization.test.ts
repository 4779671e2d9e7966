import { createFakeClock } from '@certward/testing';
import { describe, expect, test } from 'vitest';
import { Problem } from '../problem.ts';
import { RawClient, type Reply } from '../testing/raw-client.ts';
import { createTestCa, type TestCaOptions } from '../testing/test-ca.ts';

const hourMs = 60 * 60 * 1000;

async function setUp(options: Partial<TestCaOptions> = {}) {
  const clock = createFakeClock();
  const ca = await createTestCa({ clock, ...options });
  return { ca, clock, client: await RawClient.registered(ca) };
}

const challengesOf = ({ body }: Reply) => body['challenges'] as Record<string, unknown>[];
const urlOf = (order: Reply, index = 0) => (order.body['authorizations'] as string[])[index] ?? '';

describe('an authorization', () => {
  test.each([
    { name: 'a dns name', identifier: 'example.test', types: ['http-01', 'tls-alpn-01', 'dns-01'], wildcard: undefined },
    { name: 'a wildcard', identifier: '*.example.test', types: ['dns-01'], wildcard: true },
    { name: 'an address', identifier: { type: 'ip' as const, value: '192.0.2.1' }, types: ['http-01', 'tls-alpn-01'], wildcard: undefined },
  ])('for $name offers $types', async ({ identifier, types, wildcard }) => {
    const { client } = await setUp();
    const { body } = await client.post(urlOf(await client.order([identifier])));
    expect(body['status']).toBe('pending');
    expect(body['wildcard']).toBe(wildcard);
    expect(body['identifier']).toEqual(typeof identifier === 'string' ? { type: 'dns', value: 'example.test' } : identifier);
    const challenges = body['challenges'] as Record<string, string>[];
    expect(challenges.map(({ type }) => type)).toEqual(types);
    for (const { status, token, url } of challenges) {
      expect(status).toBe('pending');
      expect(token).toMatch(/^[\w-]{43}$/);
      expect(url).toContain('https://ca.test/acme/challenge/');
    }
  });

  test('is valid once a challenge is, and then shows only that one', async () => {
    const { ca, client } = await setUp();
    const order = await client.order(['example.test']);
    await client.respondAll(order, 'dns-01');
    await ca.idle();
    const { body, headers } = await client.post(urlOf(order));
    expect(body['status']).toBe('valid');
    expect(body['challenges']).toMatchObject([{ type: 'dns-01', status: 'valid', validated: '2026-11-20T12:00:00Z' }]);
    expect(headers['retry-after']).toBeUndefined();
    expect((await client.post(String(order.headers['location']))).body['status']).toBe('ready');
  });

  test('is invalid once a challenge failed, for good', async () => {
    const { ca, client } = await setUp();
    ca.validator.verdict = () => {
      throw new Problem('unauthorized', 'wrong content');
    };
    const order = await client.order(['example.test']);
    await client.respondAll(order);
    await ca.idle();
    const { body } = await client.post(urlOf(order));
    expect(body['status']).toBe('invalid');
    expect(body['challenges']).toMatchObject([
      { type: 'http-01', status: 'invalid', error: { type: 'urn:ietf:params:acme:error:unauthorized', status: 403, detail: 'wrong content' } },
    ]);
    ca.validator.verdict = undefined;
    await client.post(String((body['challenges'] as Record<string, string>[])[0]?.['url']), {});
    await ca.idle();
    expect((await client.post(urlOf(order))).body['status']).toBe('invalid');
  });

  test('is invalid with serverInternal, without detail, where the validator itself broke', async () => {
    const { ca, client } = await setUp();
    ca.validator.verdict = () => {
      throw new TypeError('secret inside');
    };
    const order = await client.order(['example.test']);
    await client.respondAll(order);
    await ca.idle();
    const { text } = await client.post(urlOf(order));
    expect(text).toContain('serverInternal');
    expect(text).not.toContain('secret');
  });

  test('is used again while it is valid, within its profile', async () => {
    const { ca, client, clock } = await setUp();
    const first = await client.order(['example.test']);
    await client.respondAll(first);
    await ca.idle();
    expect(urlOf(await client.order(['example.test', 'other.test']))).toBe(urlOf(first));
    expect(urlOf(await client.order(['example.test'], { profile: 'shortlived' }))).not.toBe(urlOf(first));
    await clock.advance(25 * hourMs);
    expect(urlOf(await client.order(['example.test', 'third.test']))).not.toBe(urlOf(first));
  });

  test('is made anew where the operator switched reuse off', async () => {
    const { ca, client } = await setUp({ reuse: { authorizations: false } });
    const first = await client.order(['example.test']);
    await client.respondAll(first);
    await ca.idle();
    expect(urlOf(await client.order(['example.test', 'other.test']))).not.toBe(urlOf(first));
  });

  test('expires by the clock, pending and valid', async () => {
    const { ca, client, clock } = await setUp();
    const order = await client.order(['a.test', 'b.test']);
    const challenge = challengesOf(await client.post(urlOf(order)))[0] as Record<string, string>;
    await client.post(challenge['url'] ?? '', {});
    await ca.idle();
    await clock.advance(25 * hourMs);
    expect((await client.post(urlOf(order, 0))).body['status']).toBe('expired');
    const pending = await client.post(urlOf(order, 1));
    expect(pending.body['status']).toBe('expired');
    expect(await client.post(String(challengesOf(pending)[0]?.['url']), {})).toMatchObject({ status: 400, problem: 'malformed' });
  });

  test('can be deactivated while pending or valid, and is never used again', async () => {
    const { ca, client } = await setUp();
    const order = await client.order(['a.test']);
    await client.respondAll(order);
    await ca.idle();
    expect((await client.post(urlOf(order), { status: 'deactivated' })).body['status']).toBe('deactivated');
    expect(await client.post(urlOf(order), { status: 'deactivated' })).toMatchObject({ status: 400, problem: 'malformed' });
    expect(await client.post(urlOf(order), { status: 'valid' })).toMatchObject({ status: 400, problem: 'malformed' });
    expect(urlOf(await client.order(['a.test']))).not.toBe(urlOf(order));
  });

  test('stays deactivated when a validation that was under way succeeds', async () => {
    const { ca, client } = await setUp();
    let open: () => void = () => {};
    const blocked = new Promise<void>((resolve) => (open = resolve));
    ca.validator.verdict = () => blocked;
    const order = await client.order(['a.test']);
    await client.respondAll(order);
    expect(challengesOf(await client.post(urlOf(order)))[0]?.['status']).toBe('processing');
    await client.post(urlOf(order), { status: 'deactivated' });
    open();
    await ca.idle();
    expect((await client.post(urlOf(order))).body['status']).toBe('deactivated');
  });

  test('and its challenges are closed to other accounts', async () => {
    const { ca, client } = await setUp();
    const order = await client.order(['a.test']);
    const challenge = String(challengesOf(await client.post(urlOf(order)))[0]?.['url']);
    const other = await RawClient.registered(ca);
    expect(await other.post(urlOf(order))).toMatchObject({ status: 404, problem: 'malformed' });
    expect(await other.post(urlOf(order), { status: 'deactivated' })).toMatchObject({ status: 404, problem: 'malformed' });
    expect(await other.post(challenge, {})).toMatchObject({ status: 404, problem: 'malformed' });
    expect(ca.validator.requests).toEqual([]);
  });
});

describe('a challenge', () => {
  test('hands the validator what it has to look for', async () => {
    const { ca, client } = await setUp();
    const order = await client.order(['*.example.test']);
    const challenge = challengesOf(await client.post(urlOf(order)))[0] as Record<string, string>;
    const reply = await client.post(challenge['url'] ?? '', {});
    expect(reply.body['status']).toBe('processing');
    expect(reply.headers['link']).toContain(`<${urlOf(order)}>;rel="up"`);
    await ca.idle();
    expect(ca.validator.requests).toEqual([
      {
        type: 'dns-01',
        identifier: { type: 'dns', value: 'example.test' },
        wildcard: true,
        token: challenge['token'],
        keyAuthorization: client.keyAuthorization(challenge['token']),
        accountUrl: client.kid,
      },
    ]);
  });

  test('is only read by POST-as-GET, and validated once however often it is responded to', async () => {
    const { ca, client } = await setUp();
    const order = await client.order(['example.test']);
    const [http = {}, alpn = {}] = challengesOf(await client.post(urlOf(order))) as Record<string, string>[];
    expect((await client.post(http['url'] ?? '')).body['status']).toBe('pending');
    await ca.idle();
    expect(ca.validator.requests).toEqual([]);
    await Promise.all([client.post(http['url'] ?? '', {}), client.post(http['url'] ?? '', {}), client.post(alpn['url'] ?? '', {})]);
    await ca.idle();
    expect(ca.validator.requests).toHaveLength(1);
  });

  test.each(['/acme/challenge/none/http-01', '/acme/authorization/none'])('does not exist at %s', async (path) => {
    const { client } = await setUp();
    expect(await client.post(path)).toMatchObject({ status: 404, problem: 'malformed' });
  });

  test('does not exist for a type that was not offered', async () => {
    const { client } = await setUp();
    const url = urlOf(await client.order(['*.example.test'])).replace('authorization', 'challenge');
    expect(await client.post(`${url}/http-01`, {})).toMatchObject({ status: 404, problem: 'malformed' });
    expect(await client.post(`${url}/constructor`, {})).toMatchObject({ status: 404, problem: 'malformed' });
  });

  test('that a process left undecided is validated by the next one', async () => {
    const clock = createFakeClock();
    const first = await createTestCa({ clock });
    const client = await RawClient.registered(first);
    let asked = 0;
    first.validator.verdict = async () => {
      asked++;
      await new Promise(() => {});
    };
    const order = await client.order(['example.test']);
    await client.respondAll(order);
    expect(asked).toBe(1);
    const second = await createTestCa({ clock, store: first.store, authority: first.authority });
    await second.idle();
    expect(second.validator.requests).toHaveLength(1);
    const next = new RawClient(second, { origin: second.publicUrl, key: client.key });
    next.kid = client.kid;
    expect((await next.post(urlOf(order))).body['status']).toBe('valid');
  });
});

describe('the challenge types beyond RFC 8555', () => {
  test('are offered by a profile that lists them', async () => {
    const { ca, client } = await setUp({
      profiles: { p: { challengeTypes: ['dns-01', 'dns-account-01', 'dns-persist-01'] } },
      issuerDomainNames: ['ca.test'],
    });
    const order = await client.order(['*.example.test']);
    const [, account, persist] = challengesOf(await client.post(urlOf(order)));
    expect(account).toMatchObject({ type: 'dns-account-01', token: expect.any(String) as string });
    expect(persist).toEqual({
      type: 'dns-persist-01',
      status: 'pending',
      url: expect.any(String) as string,
      'issuer-domain-names': ['ca.test'],
      accounturi: client.kid,
    });
    await client.respondAll(order, 'dns-persist-01');
    await ca.idle();
    expect(ca.validator.requests[0]).toMatchObject({ type: 'dns-persist-01', token: '', keyAuthorization: '', accountUrl: client.kid });
  });
});

describe('newAuthz', () => {
  test('does not exist unless the operator offers it', async () => {
    const { client } = await setUp();
    expect(await client.post('/acme/new-authz', { identifier: { type: 'dns', value: 'a.test' } })).toMatchObject({ status: 404 });
  });

  test('authorizes a name ahead of any order', async () => {
    const { ca, client } = await setUp({ preAuthorization: true });
    const reply = await client.post('/acme/new-authz', { identifier: { type: 'dns', value: 'a.test' } });
    expect(reply.status).toBe(201);
    const url = String(reply.headers['location']);
    await client.post(String(challengesOf(reply)[0]?.['url']), {});
    await ca.idle();
    const order = await client.order(['a.test']);
    expect([order.body['status'], urlOf(order)]).toEqual(['ready', url]);
  });

  test('takes no wildcards', async () => {
    const { client } = await setUp({ preAuthorization: true });
    expect(await client.post('/acme/new-authz', { identifier: { type: 'dns', value: '*.a.test' } })).toMatchObject({ problem: 'malformed' });
    expect(await client.post('/acme/new-authz', {})).toMatchObject({ problem: 'malformed' });
  });
});
