// Everything that networks and CAs do wrong, between the engine and Pebble: never a second order that could be avoided, no
// key lost, no half lineage. What the protocol client makes of each fault is in test/acme.
import {
  alterJson,
  contentType,
  expiresInThePast,
  type Fault,
  type FaultRule,
  gzippedProblem,
  htmlError,
  problem,
  problemWithoutType,
  randomDirectoryKeys,
  relativeAlternateLinks,
  type ResourceKind,
  seededRandom,
  shuffledAuthorizations,
  upperCaseIdentifiers,
  validByAnotherWay,
  withoutChallengeType,
  withoutFinalNewline,
} from '@certward/testing';
import { systemClock } from '@certward/base';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hastyClock } from '../acme/support/hasty-clock.ts';
import { failOnLeaks } from '../acme/support/leaks.ts';
import { type FaultyWorld, startFaultyWorld } from './support/faulty-world.ts';

failOnLeaks();

let world: FaultyWorld;
beforeAll(async () => {
  world = await startFaultyWorld({ alternateRoots: 1 });
});
afterAll(() => world[Symbol.asyncDispose]());

let count = 0;
const nextName = () => `n${count++}.faults.example.org`;

const random = seededRandom(5);
const always = { times: Infinity } as const;
const lost: Fault = { kind: 'drop', when: 'afterForwarding' };
const at = (resource: ResourceKind, fault: Fault, more: { readonly times?: number; readonly nth?: number } = {}): FaultRule => ({ match: { resource, ...more }, fault });
const signed = (fault: Fault, times: number): FaultRule => ({ match: { where: ({ method }) => method === 'POST', times }, fault });
const soon = () => new Date(systemClock.now().getTime() + 20_000);

/** Resources that an issuance with a known account asks for. */
const flow = ['directory', 'newNonce', 'newOrder', 'authorization', 'challenge', 'order', 'finalize', 'certificate'] as const satisfies readonly ResourceKind[];
const each = (what: string, fault: () => Fault, resources: readonly ResourceKind[] = flow) =>
  resources.map((resource): readonly [string, () => readonly FaultRule[]] => [`${what} (${resource})`, () => [at(resource, fault())]]);

const harmless: readonly (readonly [string, () => readonly FaultRule[]])[] = [
  ...each('an answer that is lost after the work was done', () => lost),
  ...each('a request that never arrives', () => ({ kind: 'drop', when: 'beforeForwarding' })),
  ...each('an answer that arrives twice', () => ({ kind: 'duplicate' })),
  ...each('a 429 with seconds', () => problem(429, 'rateLimited', { retryAfter: 20 }), ['newOrder', 'authorization', 'challenge', 'order', 'finalize', 'certificate']),
  ...each('a 429 with a date', () => problem(429, 'rateLimited', { retryAfter: soon() }), ['newOrder', 'finalize']),
  ...each('a 503 with seconds', () => htmlError(503, { retryAfter: 20 })),
  ...each('a 503 with a date', () => htmlError(503, { retryAfter: soon() }), ['newOrder', 'finalize']),
  ...each('a 500 that is a page', () => htmlError(500)),
  ...each('an answer in drops', () => ({ kind: 'drip', bytes: 300, everyMs: 2 }), ['newOrder', 'finalize', 'certificate']),
  ...each('a wrong content type', () => contentType('text/plain'), ['directory', 'newOrder', 'authorization', 'order', 'finalize', 'certificate']),
  ...each('a passing problem without a type', () => problemWithoutType(502), ['authorization', 'finalize', 'certificate']),
  ['no nonce in any answer but newNonce', () => [{ match: { where: ({ resource }) => resource !== 'newNonce', ...always }, fault: { kind: 'withoutNonce' } }]],
  ['stale nonces, four in a row', () => [signed({ kind: 'staleNonce' }, 4)]],
  ['a compressed refusal of a nonce', () => [at('finalize', gzippedProblem(400, 'badNonce'))]],
  ['random members of the directory', () => [at('directory', randomDirectoryKeys(random))]],
  ['shuffled authorizations', () => [at('newOrder', shuffledAuthorizations(random)), at('order', shuffledAuthorizations(random), always)]],
  ['identifiers in capitals', () => [at('newOrder', upperCaseIdentifiers()), at('authorization', upperCaseIdentifiers(), always)]],
  ['expiry in the past', () => [at('newOrder', expiresInThePast()), at('order', expiresInThePast(), always), at('authorization', expiresInThePast(), always)]],
  ['a certificate that is not there at first', () => [at('certificate', problem(404, 'malformed'), { times: 2 })]],
  ['relative links to other chains', () => [at('certificate', relativeAlternateLinks())]],
  ['a chain without its final line break', () => [at('certificate', withoutFinalNewline())]],
  ['members that nobody knows', () => flow.slice(2, 7).map((resource) => at(resource, alterJson('unknown members', (body) => ({ ...body, 'x-new': [1] }))))],
];

describe('one order, one whole lineage, nothing left', () => {
  test.each(harmless)('%s', async (_, rules) => {
    const name = nextName();
    await using one = await world.newCase(name);
    const outcome = await one.run(rules(), { clock: hastyClock(100) });
    expect(outcome).toEqual({ error: undefined, ordersMade: 1, unusedRules: 0 });
    expect(await one.onDisk()).toEqual({ lineages: [{ name, version: 1, whole: true }], strays: [], journal: [] });
  });

  test('authorizations that are valid at once, by a way that nobody knows', async () => {
    await using reusing = await startFaultyWorld({ authzReusePercent: 100 });
    const name = nextName();
    await using one = await reusing.newCase(name);
    expect(await one.run([])).toMatchObject({ error: undefined });
    const rules = [at('authorization', validByAnotherWay(), always)];
    expect(await one.run(rules, { request: { identifiers: [{ type: 'dns', value: name }, { type: 'dns', value: nextName() }] } })).toEqual({ error: undefined, ordersMade: 1, unusedRules: 0 });
    expect(await one.onDisk()).toEqual({ lineages: [{ name, version: 2, whole: true }], strays: [], journal: [] });
  });
});

describe('a run that has to give up changes nothing, and', () => {
  // Takes every proof unseen: a look at a listener that is closed again, because the run gave up, would rightly cost the order.
  let trusting: FaultyWorld;
  beforeAll(async () => {
    trusting = await startFaultyWorld({ alwaysValid: true });
  });
  afterAll(() => trusting[Symbol.asyncDispose]());

  const everything = (fault: Fault, from: ResourceKind): readonly FaultRule[] => {
    let begun = false;
    return [{ match: { where: ({ resource }) => (begun ||= resource === from), ...always }, fault }];
  };

  const passing: readonly (readonly [string, () => readonly FaultRule[]])[] = (['newOrder', 'authorization', 'challenge', 'order', 'finalize', 'certificate'] as const).flatMap((from) => [
    [`the network is gone from ${from} on, its answer lost`, () => everything(lost, from)],
    [`pages instead of answers from ${from} on`, () => everything(htmlError(502), from)],
  ]);

  test.each(passing)('%s: the next run ends the same order with the same key', async (_, rules) => {
    const name = nextName();
    await using one = await trusting.newCase(name);
    const first = await one.run(rules(), { clock: hastyClock(100) });
    expect(first.error).toBeInstanceOf(Error);
    expect(await one.onDisk()).toMatchObject({ lineages: [], strays: [] });
    const second = await one.run([], { clock: hastyClock(100) });
    expect(second).toMatchObject({ error: undefined });
    expect(first.ordersMade + second.ordersMade).toBe(1);
    expect(await one.onDisk()).toEqual({ lineages: [{ name, version: 1, whole: true }], strays: [], journal: [] });
  });

  test.each([
    ['a limit for a day', () => [at('newOrder', problem(429, 'rateLimited', { retryAfter: 86_400 }))], { code: 'problem', type: 'rateLimited', retry: { afterSeconds: 86_400 } }],
    ['a refused name, compressed', () => [at('newOrder', gzippedProblem(400, 'rejectedIdentifier'))], { code: 'problem', type: 'rejectedIdentifier' }],
    ['a refusal without a type', () => [at('newOrder', problemWithoutType(403))], { code: 'problem', type: 'about:blank', status: 403 }],
    ['stale nonces for ever', () => [{ match: always, fault: { kind: 'staleNonce' as const } }], { code: expect.stringMatching(/^(?:problem|nonceUnavailable)$/) as string }],
    ['no challenge of a type that we can answer', () => [at('authorization', withoutChallengeType('http-01'), always)], { message: expect.stringContaining('standalone') as string }],
    ['a certificate that is a page', () => [at('certificate', contentType('text/html'), always)], { code: 'invalidResponse' }],
  ] as const)('%s: no half lineage, no lineage harmed', async (_, rules, error) => {
    const name = nextName();
    await using fresh = await world.newCase(name);
    expect(await fresh.run(rules(), { clock: hastyClock(100) })).toMatchObject({ error, unusedRules: 0 });
    expect(await fresh.onDisk()).toMatchObject({ lineages: [], strays: [] });
    const other = nextName();
    await using renewed = await world.newCase(other);
    await renewed.run([]);
    expect(await renewed.run(rules(), { clock: hastyClock(100) })).toMatchObject({ error, unusedRules: 0 });
    expect(await renewed.onDisk()).toMatchObject({ lineages: [{ name: other, version: 1, whole: true }], strays: [] });
    expect(await renewed.run([], { clock: hastyClock(100) })).toMatchObject({ error: undefined });
    expect(await renewed.onDisk()).toEqual({ lineages: [{ name: other, version: 2, whole: true }], strays: [], journal: [] });
  });
});
