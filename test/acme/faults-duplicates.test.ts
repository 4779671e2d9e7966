// Answers that arrive twice on a kept connection: the second copy must not be taken for the answer to the next request.
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type FaultyLane, openFaultyLane, unharmed } from './support/faulty-lane.ts';
import { failOnLeaks } from './support/leaks.ts';

failOnLeaks();

// Every fault is over in a few seconds; what hangs is a finding.
vi.setConfig({ testTimeout: 10_000 });

let faulty: FaultyLane;
beforeAll(async () => {
  faulty = await openFaultyLane();
});
afterAll(() => faulty[Symbol.asyncDispose]());

const flow = ['directory', 'newNonce', 'newOrder', 'authorization', 'challenge', 'order', 'finalize', 'certificate'] as const;

test.each(flow)('of %s', async (resource) => {
  expect(await faulty.run([{ match: { resource }, fault: { kind: 'duplicate' } }])).toMatchObject(unharmed);
});

test('of all authorizations and challenges, with several connections in use', async () => {
  const names = Array.from({ length: 12 }, (_, index) => `n${index}.twice.example.org`);
  const rules = (['authorization', 'challenge'] as const).map((resource) => ({ match: { resource, times: 12 }, fault: { kind: 'duplicate' as const } }));
  expect(await faulty.run(rules, { names })).toMatchObject(unharmed);
});
