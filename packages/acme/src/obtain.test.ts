// The whole flow against a scripted CA: what is asked, in which order, and what is left behind.
import { describe, expect, test } from 'vitest';

import { createCsr } from '@certward/pki';

import { obtainCertificate, type ObtainEvent } from './obtain.ts';
import { names, recordingSolver, startFixture } from './testing/fixture.ts';
import { problem } from './testing/scripted-ca.ts';

describe('obtainCertificate', () => {
  test('obtains a certificate in eight requests on one connection when the directory is known', async () => {
    await using fixture = await startFixture({ looksUntilValidated: 0, looksUntilIssued: 1 });
    const account = await fixture.newAccount();
    await fixture.client.close();
    fixture.startCounting();
    const connectionsBefore = fixture.ca.connections();
    const solver = recordingSolver();
    const obtained = await obtainCertificate({ account, identifiers: names('example.com'), key: await fixture.newKey(), solvers: [solver] });
    expect(obtained.chain.map((one) => one.issuerCommonName)).toEqual(['Scripted Intermediate', 'Scripted Root']);
    expect(obtained.chain[0]?.identifiers).toEqual(names('example.com'));
    expect(fixture.ca.requests.length).toBeLessThanOrEqual(8);
    expect(fixture.ca.requests).toEqual(['POST newOrder', 'POST authz', 'POST chall', 'POST order', 'POST finalize', 'POST order', 'POST cert']);
    expect(fixture.ca.connections() - connectionsBefore).toBe(1);
  });

  test('presents everything before anything is answered, and cleans everything up', async () => {
    await using fixture = await startFixture();
    const account = await fixture.newAccount();
    const steps: string[] = [];
    const solver = recordingSolver(['http-01'], {
      present: async ({ identifier }) => void steps.push(`present ${identifier.value}`),
      waitUntilReady: async (challenges) => void steps.push(`wait ${challenges.length}`),
      cleanUp: async ({ identifier }) => void steps.push(`clean ${identifier.value}`),
    });
    const onProgress = (event: ObtainEvent) => {
      if (event.type === 'responded' || event.type === 'ready') steps.push(event.type);
    };
    await obtainCertificate({ account, identifiers: names('a.example', 'b.example'), key: await fixture.newKey(), solvers: [solver], onProgress });
    expect(steps.slice(0, 2).toSorted()).toEqual(['present a.example', 'present b.example']);
    expect(steps.slice(2, 4)).toEqual(['wait 2', 'responded']);
    expect(steps.slice(4, 6).toSorted()).toEqual(['clean a.example', 'clean b.example']);
    expect(steps[6]).toBe('ready');
  });

  test('mixes solvers: a wildcard goes to the one that does dns-01', async () => {
    await using fixture = await startFixture();
    const account = await fixture.newAccount();
    const http = recordingSolver(['http-01'], { supports: (_, { wildcard }) => !wildcard });
    const dns = recordingSolver(['dns-01']);
    await obtainCertificate({ account, identifiers: names('example.com', '*.example.com'), key: await fixture.newKey(), solvers: [http, dns] });
    expect(http.presented.map((one) => one.type)).toEqual(['http-01']);
    expect(dns.presented).toMatchObject([{ type: 'dns-01', wildcard: true, identifier: { value: 'example.com' }, recordName: '_acme-challenge.example.com' }]);
  });

  test('a standing record is handed to the solver ready made, for an issuer that it accepts', async () => {
    await using fixture = await startFixture({
      challenges: (_, { url }) => [{ type: 'dns-persist-01', url: url('dns-persist-01'), status: 'pending', issuerDomainNames: ['other.example', 'ca.example'] }],
      meta: { accountHashPrefix: 'https://ca.example/h/' },
    });
    const account = await fixture.newAccount();
    const solver = recordingSolver(['dns-persist-01'], { acceptsIssuer: (name) => name === 'ca.example' });
    const identifiers = names('*.example.com');
    await obtainCertificate({ account, identifiers, key: await fixture.newKey(), solvers: [solver] });
    expect(solver.presented).toMatchObject([
      { type: 'dns-persist-01', token: '', recordName: '_validation-persist.example.com', validation: expect.stringMatching(/^ca\.example; accounturi=https:\/\/ca\.example\/h\/sha-256\/[\w-]{43}; policy=wildcard$/) as string },
    ]);
    const picky = recordingSolver(['dns-persist-01'], { acceptsIssuer: () => false });
    await expect(obtainCertificate({ account, identifiers, key: await fixture.newKey(), solvers: [picky] })).rejects.toMatchObject({ code: 'noUsableChallenge' });
  });

  test('presents nothing when all authorizations are valid already', async () => {
    await using fixture = await startFixture({ reuseAuthorizations: true });
    const account = await fixture.newAccount();
    const solver = recordingSolver();
    await obtainCertificate({ account, identifiers: names('example.com'), key: await fixture.newKey(), solvers: [solver] });
    expect(solver.presented).toEqual([]);
  });

  test('takes a foreign csr, and refuses one for other names before ordering', async () => {
    await using fixture = await startFixture();
    const account = await fixture.newAccount();
    const key = await fixture.newKey();
    const csr = createCsr({ key, identifiers: names('example.com') }).der;
    const { chain } = await obtainCertificate({ account, identifiers: names('example.com'), csr, solvers: [recordingSolver()] });
    expect(chain).toHaveLength(2);
    const count = fixture.ca.orders.length;
    await expect(obtainCertificate({ account, identifiers: names('other.example'), csr, solvers: [] })).rejects.toMatchObject({ code: 'argumentInvalid' });
    await expect(obtainCertificate({ account, identifiers: names('example.com'), key: account.key, solvers: [] })).rejects.toMatchObject({ code: 'argumentInvalid' });
    expect(fixture.ca.orders).toHaveLength(count);
  });

  test('a failed validation names the identifier and its problem, cleans up, and gives pending authorizations back', async () => {
    await using fixture = await startFixture({ validate: ({ value }) => (value === 'bad.example' ? { type: 'dns', detail: 'no such name' } : undefined), looksUntilValidated: 0 });
    const account = await fixture.newAccount();
    const solver = recordingSolver();
    const obtaining = obtainCertificate({ account, identifiers: names('good.example', 'bad.example'), key: await fixture.newKey(), solvers: [solver] });
    await expect(obtaining).rejects.toMatchObject({
      code: 'authorizationFailed',
      failures: [{ identifier: { value: 'bad.example' }, challengeType: 'http-01', problem: { type: 'dns', detail: 'no such name' } }],
      message: 'the ca could not verify control over "bad.example": no such name',
    });
    expect(solver.cleaned).toHaveLength(2);
    expect(fixture.ca.authorizations().some((one) => one.status === 'pending')).toBe(false);
  });

  test('a solver that fails half-way is cleaned up as well, and its error is the one thrown', async () => {
    await using fixture = await startFixture();
    const account = await fixture.newAccount();
    const events: ObtainEvent[] = [];
    const solver = recordingSolver(['http-01'], {
      present: () => Promise.reject(new Error('disk full')),
      cleanUp: () => Promise.reject(new Error('nothing there')),
    });
    await expect(obtainCertificate({ account, identifiers: names('example.com'), key: await fixture.newKey(), solvers: [solver], onProgress: (event) => events.push(event) })).rejects.toThrow('disk full');
    expect(events).toContainEqual({ type: 'cleanUpFailed', message: 'nothing there' });
    expect(fixture.ca.authorizations().map((one) => one.status)).toEqual(['deactivated']);
  });

  test('an abort cleans up under a fresh signal and rejects with the reason', async () => {
    await using fixture = await startFixture();
    const account = await fixture.newAccount();
    const controller = new AbortController();
    const reason = new Error('changed my mind');
    let cleanUpSignal: AbortSignal | undefined;
    const solver = recordingSolver(['http-01'], {
      present: async () => controller.abort(reason),
      cleanUp: async (_, { signal }) => {
        cleanUpSignal = signal;
      },
    });
    await expect(obtainCertificate({ account, identifiers: names('example.com'), key: await fixture.newKey(), solvers: [solver], signal: controller.signal })).rejects.toBe(reason);
    expect(cleanUpSignal?.aborted).toBe(false);
    expect(fixture.ca.authorizations().map((one) => one.status)).toEqual(['deactivated']);
  });

  test('says what the ca offers when no solver fits', async () => {
    await using fixture = await startFixture({ challenges: (standard) => [...standard, { type: 'quantum-01', url: 'nonsense' }] });
    const account = await fixture.newAccount();
    const obtaining = obtainCertificate({ account, identifiers: names('*.example.com'), key: await fixture.newKey(), solvers: [recordingSolver(['http-01'])] });
    await expect(obtaining).rejects.toMatchObject({ code: 'noUsableChallenge', details: { offered: ['dns-01', 'quantum-01'] }, hint: 'the ca offers dns-01, quantum-01 (wildcards need a DNS challenge)' });
  });

  test.each([
    { name: 'with headers only, the order is read by its Location', cut: true, list: true },
    { name: 'without any answer, it is found in the list of orders', cut: false, list: true },
  ])('a lost answer to newOrder makes no second order: $name', async ({ cut, list }) => {
    await using fixture = await startFixture({ hasOrdersList: list });
    const account = await fixture.newAccount();
    fixture.ca.fault('newOrder', async ({ proceed }) => {
      const answer = await proceed();
      return cut ? { ...answer, cutAfter: 10 } : 'hangUp';
    });
    await obtainCertificate({ account, identifiers: names('example.com'), key: await fixture.newKey(), solvers: [recordingSolver()] });
    expect(fixture.ca.orders).toHaveLength(1);
  });

  test('a lost answer to newOrder at a ca without a list is asked again', async () => {
    await using fixture = await startFixture({ hasOrdersList: false });
    const account = await fixture.newAccount();
    fixture.ca.fault('newOrder', () => 'hangUp');
    await obtainCertificate({ account, identifiers: names('example.com'), key: await fixture.newKey(), solvers: [recordingSolver()] });
    expect(fixture.ca.orders).toHaveLength(1);
  });

  test('a watching solver wakes the poll', async () => {
    await using fixture = await startFixture({ looksUntilValidated: 1 });
    const account = await fixture.newAccount();
    fixture.ca.fault('order', async ({ proceed }) => ({ ...(await proceed()), headers: { 'retry-after': '3' } }), 1);
    const watched: AbortSignal[] = [];
    const solver = recordingSolver(['http-01'], {
      whenValidated: async (_, { signal }) => {
        if (signal !== undefined) watched.push(signal);
      },
    });
    await obtainCertificate({ account, identifiers: names('example.com'), key: await fixture.newKey(), solvers: [solver] });
    expect(fixture.clock.slept.every((ms) => ms < 1_000)).toBe(true);
    expect(watched.map((signal) => signal.aborted)).toEqual([true]);
  });

  test('survives a storm of faults', async () => {
    await using fixture = await startFixture({ extraDirectory: { AdventureTime: 'https://example.org/random-key', 1: null } });
    const account = await fixture.newAccount();
    const { ca } = fixture;
    const html = () => ({ status: 502, headers: { 'content-type': 'text/html' }, body: '<html>bad gateway</html>' });
    ca.fault('newOrder', () => ({ status: 503, headers: { 'retry-after': '2' }, body: 'busy' }));
    ca.fault('authz', html);
    ca.fault('authz', async ({ proceed }) => ({ ...(await proceed()), cutAfter: 5 }));
    ca.fault('chall', async ({ proceed }) => (await proceed(), 'hangUp' as const));
    ca.fault('order', html, 2);
    ca.fault('order', () => problem('rateLimited', 429, {}), 0);
    ca.fault('finalize', async ({ proceed }) => (await proceed(), html()));
    ca.fault('cert', () => problem('malformed', 404), 2);
    const { chain } = await obtainCertificate({ account, identifiers: names('example.com'), key: await fixture.newKey(), solvers: [recordingSolver()] });
    expect(chain).toHaveLength(2);
    expect(ca.orders).toHaveLength(1);
    expect(ca.certificates).toHaveLength(1);
  });
});
