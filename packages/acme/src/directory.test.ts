import { describe, expect, test } from 'vitest';

import { createAcmeClient } from './client.ts';
import { parseDirectory } from './directory.ts';
import type { CachedDirectory } from './directory-source.ts';
import { type Fixture, names, startFixture } from './testing/fixture.ts';
import type { Fault } from './testing/scripted-ca.ts';
import { createUrlPolicy } from './url-policy.ts';

const policy = createUrlPolicy();
const minimal = { newNonce: 'https://ca.example/n', newAccount: 'https://ca.example/a', newOrder: 'https://ca.example/o' };

describe('parseDirectory', () => {
  test('ignores what it does not know, random members included', () => {
    const parsed = parseDirectory({ ...minimal, 'Xf9-random': 'https://community.example/', future: { a: 1 }, meta: { novelty: [1] } }, policy);
    expect(parsed).toEqual({ ...minimal, meta: { caaIdentities: [], externalAccountRequired: false, profiles: new Map() } });
  });

  test('reads meta', () => {
    const meta = {
      termsOfService: 'https://ca.example/terms.pdf',
      website: 'javascript:alert(1)',
      caaIdentities: ['ca.example', 7],
      externalAccountRequired: true,
      profiles: { classic: 'the usual', shortlived: 'https://ca.example/profiles#s', odd: 5 },
      issuerDomainNames: ['ca.example'],
      accountHashPrefix: 'https://ca.example/h/',
    };
    expect(parseDirectory({ ...minimal, meta }, policy).meta).toEqual({
      termsOfService: 'https://ca.example/terms.pdf',
      caaIdentities: ['ca.example'],
      externalAccountRequired: true,
      profiles: new Map([
        ['classic', 'the usual'],
        ['shortlived', 'https://ca.example/profiles#s'],
        ['odd', ''],
      ]),
      issuerDomainNames: ['ca.example'],
      accountHashPrefix: 'https://ca.example/h/',
    });
  });

  test.each([
    { name: 'no object', value: [], code: 'invalidResponse' },
    { name: 'nothing', value: undefined, code: 'invalidResponse' },
    { name: 'a missing newOrder', value: { ...minimal, newOrder: undefined }, code: 'invalidResponse' },
    { name: 'plain http inside', value: { ...minimal, newOrder: 'http://ca.example/o' }, code: 'urlRefused' },
    { name: 'plain http in an optional resource', value: { ...minimal, renewalInfo: 'http://ca.example/r' }, code: 'urlRefused' },
  ])('refuses $name', ({ value, code }) => {
    expect(() => parseDirectory(value, policy)).toThrow(expect.objectContaining({ code }));
  });
});

describe('the directory of a client', () => {
  test('is fetched once for all who ask at the same time', async () => {
    await using fixture = await startFixture();
    await Promise.all(Array.from({ length: 5 }, () => fixture.client.directory()));
    await fixture.client.directory();
    expect(fixture.ca.requests).toEqual(['GET directory']);
    await fixture.client.directory({ refresh: true });
    fixture.clock.advance(25 * 3_600_000);
    await fixture.client.directory();
    expect(fixture.ca.requests).toHaveLength(3);
  });

  test('one who gives up waiting does not take it from the others', async () => {
    await using fixture = await startFixture();
    const controller = new AbortController();
    const impatient = fixture.client.directory({ signal: controller.signal });
    const patient = fixture.client.directory();
    controller.abort(new Error('no time'));
    await expect(impatient).rejects.toThrow('no time');
    expect(await patient).toMatchObject({ meta: {} });
  });

  test('is kept in the cache that the program brings', async () => {
    await using fixture = await startFixture();
    const kept = new Map<string, CachedDirectory>();
    const directoryCache = { load: async (url: string) => kept.get(url), save: async (url: string, one: CachedDirectory) => void kept.set(url, one) };
    const options = { directoryUrl: fixture.ca.directoryUrl, allowHttp: true, clock: fixture.clock, directoryCache };
    await createAcmeClient(options).directory();
    await createAcmeClient(options).directory();
    expect(fixture.ca.requests).toEqual(['GET directory']);
    fixture.clock.advance(25 * 3_600_000);
    await createAcmeClient(options).directory();
    expect(fixture.ca.requests).toHaveLength(2);
  });

  test.each([
    { name: 'broken', load: () => Promise.resolve({ body: '{"newNonce"', fetchedAt: new Date('2026-11-20T11:00:00Z') }) },
    { name: 'from the future', load: () => Promise.resolve({ body: '{}', fetchedAt: new Date('2030-01-01T00:00:00Z') }) },
    { name: 'unreadable', load: () => Promise.reject(new Error('EIO')) },
  ])('a cache that is $name does no harm', async ({ load }) => {
    await using fixture = await startFixture({}, { directoryCache: { load, save: () => Promise.reject(new Error('ENOSPC')) } });
    expect(await fixture.client.directory()).toMatchObject({ newOrder: `${fixture.ca.origin}/newOrder` });
  });

  test('a cached one whose addresses are gone is read afresh', async () => {
    await using fixture = await startFixture();
    const { origin } = fixture.ca;
    const old = { newNonce: `${origin}/oldNonce`, newAccount: `${origin}/newAccount`, newOrder: `${origin}/oldOrder` };
    const directoryCache = { load: async () => ({ body: JSON.stringify(old), fetchedAt: fixture.clock.now() }), save: async () => {} };
    await using client = createAcmeClient({ directoryUrl: fixture.ca.directoryUrl, allowHttp: true, clock: fixture.clock, directoryCache });
    const account = await client.createAccount({ key: await fixture.newKey() });
    expect(await account.createOrder({ identifiers: names('example.com') })).toMatchObject({ state: { status: 'pending' } });
    expect(fixture.ca.requests.slice(0, 4)).toEqual(['HEAD oldNonce', 'GET directory', 'HEAD newNonce', 'POST newAccount']);
  });
});

test('plain http is refused unless allowed', () => {
  expect(() => createAcmeClient({ directoryUrl: 'http://ca.example/dir' })).toThrow(expect.objectContaining({ code: 'urlRefused' }));
});

test('the clock of the ca is compared with ours', async () => {
  await using fixture = await startFixture();
  expect(fixture.client.clockSkewMs).toBeUndefined();
  fixture.ca.fault('directory', async ({ proceed }) => ({ ...(await proceed()), headers: { date: new Date(fixture.clock.now().getTime() + 3_600_000).toUTCString() } }));
  await fixture.client.directory();
  expect(fixture.client.clockSkewMs).toBe(3_600_000);
});

describe('a clock that is far off', () => {
  const dateAfter = (fixture: Fixture, ms: number) => new Date(fixture.clock.now().getTime() + ms).toUTCString();

  test.each([
    ['behind', 10 * 365 * 86_400_000, 'the clock of this machine is 3650 days behind that of the ca'],
    ['ahead', -50 * 3_600_000, 'the clock of this machine is 50 hours ahead of that of the ca'],
  ])('%s: nothing is registered or ordered, and the remedy is named', async (_, skewMs, message) => {
    await using fixture = await startFixture({}, { longestClockSkewMs: 86_400_000 });
    const answerLater: Fault = async ({ proceed }) => {
      const answer = await proceed();
      return { ...answer, headers: { ...answer.headers, date: dateAfter(fixture, skewMs) } };
    };
    for (const resource of ['directory', 'newNonce'] as const) fixture.ca.fault(resource, answerLater, 9);
    const expected = { code: 'clockWrong', message, hint: expect.stringContaining('set the clock') as string, details: { skewMs } };
    await expect(fixture.client.createAccount({ key: await fixture.newKey() })).rejects.toMatchObject(expected);
    const account = fixture.client.openAccount({ key: await fixture.newKey(), url: `${fixture.ca.origin}/account/1` });
    await expect(account.createOrder({ identifiers: names('example.com') })).rejects.toMatchObject(expected);
    expect(fixture.ca.requests.filter((request) => request.startsWith('POST'))).toEqual([]);
  });
});
