// What CAs and the front ends before them answer instead of doing the work: busy, broken, unreadable, without a nonce.
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type FaultRule, type ResourceKind, gzippedProblem, htmlError, problem, problemWithoutType } from '@certward/testing';
import { systemClock } from '@certward/base';
import { type FaultyLane, openFaultyLane, type Outcome, stopped, unharmed } from './support/faulty-lane.ts';
import { hastyClock } from './support/hasty-clock.ts';
import { failOnLeaks } from './support/leaks.ts';

failOnLeaks();

// Every fault is over in a few seconds; what hangs is a finding.
vi.setConfig({ testTimeout: 10_000 });

let faulty: FaultyLane;
beforeAll(async () => {
  faulty = await openFaultyLane();
});
afterAll(() => faulty[Symbol.asyncDispose]());

const resources = ['newOrder', 'authorization', 'challenge', 'finalize', 'order', 'certificate'] as const satisfies readonly ResourceKind[];
/** Seconds that servers ask for in these tests: fewer than the client's patience. */
const afterSeconds = 20;
const later = () => new Date(systemClock.now().getTime() + afterSeconds * 1000);

/** Runs through a fault, and tells which waits were asked for, rounded to ten seconds: dates have whole seconds only. */
async function runPatiently(rule: FaultRule): Promise<Outcome & { readonly waitedSeconds: readonly number[] }> {
  const clock = hastyClock();
  const outcome = await faulty.run([rule], { client: { clock } });
  return { ...outcome, waitedSeconds: clock.skipped.map((ms) => Math.round(ms / 10_000) * 10) };
}

const waited = { ...unharmed, waitedSeconds: [afterSeconds] };

describe('too many requests', () => {
  test.each(resources)('a 429 of %s that says when to come back is waited for', async (resource) => {
    expect(await runPatiently({ match: { resource }, fault: problem(429, 'rateLimited', { retryAfter: afterSeconds }) })).toMatchObject(waited);
  });

  test('the time may be a date', async () => {
    expect(await runPatiently({ match: { resource: 'newOrder' }, fault: problem(429, 'rateLimited', { retryAfter: later() }) })).toMatchObject(waited);
  });

  test('a wait beyond patience is handed to the caller with its length', async () => {
    const rules = [{ match: { resource: 'newOrder' }, fault: problem(429, 'rateLimited', { retryAfter: 86_400 }) }] satisfies FaultRule[];
    expect(await faulty.run(rules)).toMatchObject(stopped({ code: 'problem', type: 'rateLimited', retry: { afterSeconds: 86_400 } }, 0));
    expect(faulty.proxy.log.about('newOrder')).toHaveLength(1);
    expect(faulty.proxy.log.ordersMade()).toBe(0);
  });

  test('a limit without a time is not tried again', async () => {
    const rules = [{ match: { resource: 'newOrder' }, fault: problem(429, 'rateLimited') }] satisfies FaultRule[];
    expect(await faulty.run(rules)).toMatchObject(stopped({ code: 'problem', type: 'rateLimited' }, 0));
    expect(faulty.proxy.log.about('newOrder')).toHaveLength(1);
  });
});

describe('an unavailable service', () => {
  test.each(resources)('a 503 of %s with seconds is waited for', async (resource) => {
    expect(await runPatiently({ match: { resource }, fault: htmlError(503, { retryAfter: afterSeconds }) })).toMatchObject(waited);
  });

  test.each(['directory', 'newNonce', 'finalize'] as const)('a 503 of %s with a date is waited for', async (resource) => {
    expect(await runPatiently({ match: { resource }, fault: htmlError(503, { retryAfter: later() }) })).toMatchObject(waited);
  });
});

describe('a page for people', () => {
  test.each(['directory', 'newNonce', 'authorization', 'challenge', 'finalize', 'order', 'certificate'] as const)(
    'a 500 of %s is passing trouble',
    async (resource) => {
      expect(await faulty.run([{ match: { resource }, fault: htmlError(500) }])).toMatchObject(unharmed);
    },
  );

  test('a 500 of newOrder: the server may have acted, so its list of orders is read before asking again', async () => {
    expect(await faulty.run([{ match: { resource: 'newOrder' }, fault: htmlError(500) }])).toMatchObject(unharmed);
    const resources = faulty.proxy.log.requests.map((request) => request.resource);
    expect(resources.indexOf('orders')).toBeLessThan(resources.lastIndexOf('newOrder'));
  });

  test('a 500 of newOrder is told apart from a refusal for whoever steers each step', async () => {
    const account = faulty.account();
    faulty.proxy.setRules([{ match: { resource: 'newOrder' }, fault: htmlError(500) }]);
    await expect(account.createOrder({ identifiers: [{ type: 'dns', value: 'lost.example.org' }] })).rejects.toMatchObject({ code: 'replyLost' });
    expect(faulty.proxy.log.about('newOrder')).toHaveLength(1);
  });

  test('a 500 that stays is reported with the attempts made, not retried for ever', async () => {
    const rules = [{ match: { resource: 'authorization', times: Infinity }, fault: htmlError(500) }] satisfies FaultRule[];
    expect(await faulty.run(rules)).toMatchObject(stopped({ code: 'problem', status: 500, details: expect.objectContaining({ attempt: 3 }) as object }, 1));
  });
});

describe('nonces', () => {
  test('no answer carries one but newNonce: it is asked each time', async () => {
    const withoutNonce = { match: { where: (request: { resource: string }) => request.resource !== 'newNonce', times: Infinity }, fault: { kind: 'withoutNonce' } } as const;
    expect(await faulty.run([withoutNonce])).toMatchObject(unharmed);
    const signed = faulty.proxy.log.requests.filter((request) => request.method === 'POST');
    expect(faulty.proxy.log.about('newNonce')).toHaveLength(signed.length);
  });

  test.each([1, 2, 5])('a stale one, %i times in a row: the request is signed anew with the next', async (times) => {
    expect(await faulty.run([{ match: { where: (request) => request.method === 'POST', times }, fault: { kind: 'staleNonce' } }])).toMatchObject(unharmed);
    const refused = faulty.proxy.log.requests.filter((request) => request.serverStatus === 400);
    expect(refused).toHaveLength(times);
    const nonces = faulty.proxy.log.requests.map((request) => request.protectedHeader?.['nonce']).filter((nonce) => nonce !== undefined);
    expect(new Set(nonces).size).toBe(nonces.length);
  });

  test('stale ones for ever: the loop ends with the problem', async () => {
    const rules = [{ match: { times: Infinity }, fault: { kind: 'staleNonce' } }] satisfies FaultRule[];
    expect(await faulty.run(rules)).toMatchObject(stopped({ code: expect.stringMatching(/^(?:problem|nonceUnavailable)$/) as string }, 0));
    expect(faulty.proxy.log.requests.length).toBeLessThan(60);
    expect(faulty.proxy.log.ordersMade()).toBe(0);
  });
});

describe('problem documents', () => {
  test('a compressed one is read', async () => {
    const rules = [{ match: { resource: 'newOrder' }, fault: gzippedProblem(400, 'rejectedIdentifier') }] satisfies FaultRule[];
    expect(await faulty.run(rules)).toMatchObject(stopped({ code: 'problem', type: 'rejectedIdentifier', status: 400 }, 0));
  });

  test('one without a type is told apart by its status', async () => {
    const rules = [{ match: { resource: 'newOrder' }, fault: problemWithoutType(403) }] satisfies FaultRule[];
    expect(await faulty.run(rules)).toMatchObject(stopped({ code: 'problem', type: 'about:blank', status: 403, detail: 'something went wrong' }, 0));
  });

  test('one without a type and a passing status is tried again', async () => {
    expect(await faulty.run([{ match: { resource: 'authorization' }, fault: problemWithoutType(502) }])).toMatchObject(unharmed);
  });
});
