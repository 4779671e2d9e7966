// What the network does wrong: answers that are lost, late, or come from a cache.
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { FaultRule, ResourceKind } from '@certward/testing';
import { generatePrivateKey } from '@certward/pki';
import { type FaultyLane, openFaultyLane, stopped, unharmed } from './support/faulty-lane.ts';
import { p256 } from './support/lane.ts';
import { failOnLeaks } from './support/leaks.ts';

failOnLeaks();

// Every fault is over in a few seconds; what hangs is a finding.
vi.setConfig({ testTimeout: 10_000 });

let faulty: FaultyLane;
beforeAll(async () => {
  faulty = await openFaultyLane();
});
afterAll(() => faulty[Symbol.asyncDispose]());

const flow = ['directory', 'newNonce', 'authorization', 'challenge', 'order', 'finalize', 'certificate'] as const satisfies readonly ResourceKind[];

describe('an answer is lost after the server did the work', () => {
  const lost = (resource: ResourceKind): FaultRule => ({ match: { resource }, fault: { kind: 'drop', when: 'afterForwarding' } });

  test.each(flow)('of %s: the certificate comes all the same', async (resource) => {
    expect(await faulty.run([lost(resource)])).toMatchObject(unharmed);
  });

  test('of finalize: the order is read before anything is sent again', async () => {
    expect(await faulty.run([lost('finalize')])).toMatchObject(unharmed);
    const after = faulty.proxy.log.requests.slice(faulty.proxy.log.requests.findIndex((request) => request.resource === 'finalize') + 1);
    expect(faulty.proxy.log.about('finalize')).toHaveLength(1);
    expect(after.find((request) => request.resource !== 'newNonce')?.resource).toBe('order');
  });

  test('of newOrder: the order is found in the list of orders', async () => {
    expect(await faulty.run([lost('newOrder')])).toMatchObject(unharmed);
    expect(faulty.proxy.log.about('orders').length).toBeGreaterThan(0);
    expect(faulty.proxy.log.about('newOrder')).toHaveLength(1);
  });

  test('of newAccount: asking again with the same key gives the one account', async () => {
    const client = faulty.lane.connect({ directoryUrl: faulty.proxy.directoryUrl, trustedCaPem: faulty.proxy.trustedCaPem });
    const key = await generatePrivateKey(p256);
    faulty.proxy.setRules([lost('newAccount')]);
    const account = await client.createAccount({ key, termsOfServiceAgreed: true });
    expect(faulty.proxy.log.about('newAccount').map((request) => request.serverStatus)).toEqual([201, 200]);
    expect((await client.findAccount({ key }))?.url).toBe(account.url);
  });
});

test.each(flow)('a request for %s that never arrives is sent again', async (resource) => {
  expect(await faulty.run([{ match: { resource }, fault: { kind: 'drop', when: 'beforeForwarding' } }])).toMatchObject(unharmed);
});

describe('a proxy on the way', () => {
  test('gives a nonce for the second time: the answer counts as a stray one, and the request is made again', async () => {
    const account = faulty.account();
    await account.refresh();
    faulty.proxy.setRules([{ match: { resource: 'account' }, fault: { kind: 'usedNonce' } }]);
    expect(await account.refresh()).toMatchObject({ status: 'valid' });
    expect(faulty.proxy.log.about('account')).toHaveLength(2);
  });

  test('caches every nonce: the error names the cache', async () => {
    const rules: FaultRule[] = [
      { match: { where: ({ resource }) => resource !== 'newNonce', times: Infinity }, fault: { kind: 'withoutNonce' } },
      { match: { resource: 'newNonce', times: Infinity }, fault: { kind: 'repeatEarlier' } },
    ];
    expect(await faulty.run(rules)).toMatchObject(stopped({ code: 'nonceUnavailable', hint: expect.stringContaining('caching') as string }, 0));
    expect(faulty.proxy.log.ordersMade()).toBe(0);
  });
});

describe('answers come drop by drop', () => {
  test('slowly, but in time', async () => {
    expect(await faulty.run([{ match: { resource: 'certificate' }, fault: { kind: 'drip', bytes: 200, everyMs: 20 } }])).toMatchObject(unharmed);
  });

  test('slower than the limit of a request: given up, and the chain is downloaded again', async () => {
    expect(await faulty.run([{ match: { resource: 'certificate' }, fault: { kind: 'drip', bytes: 1, everyMs: 50 } }], {
      client: { requestTimeoutMs: 300 },
    })).toMatchObject(unharmed);
    expect(faulty.proxy.log.about('certificate').length).toBeGreaterThan(1);
  });
});
