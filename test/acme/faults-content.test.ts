// True answers in unusual shapes: what RFC 8555 allows and clients forget, and what other CAs are known to send.
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { alterJson, contentType, expiresInThePast, type FaultRule, problem, randomDirectoryKeys, relativeAlternateLinks, seededRandom, shuffledAuthorizations, upperCaseIdentifiers, validByAnotherWay, withoutChallengeType, withoutFinalNewline } from '@certward/testing';
import { parseCertificate } from '@certward/pki';
import { type FaultyLane, openFaultyLane, stopped, unharmed } from './support/faulty-lane.ts';
import { failOnLeaks } from './support/leaks.ts';

failOnLeaks();

// Every fault is over in a few seconds; what hangs is a finding.
vi.setConfig({ testTimeout: 10_000 });

let faulty: FaultyLane;
beforeAll(async () => {
  faulty = await openFaultyLane({ alternateRoots: 2, authzReusePercent: 100 });
});
afterAll(() => faulty[Symbol.asyncDispose]());

const random = seededRandom(11);
const always = { times: Infinity } as const;
const fiveNames = ['a', 'b', 'c', 'd', 'e'].map((label) => `${label}.shuffled.example.org`);

describe('directory and order', () => {
  test('random members of the directory are ignored', async () => {
    expect(await faulty.run([{ match: { resource: 'directory' }, fault: randomDirectoryKeys(random) }])).toMatchObject(unharmed);
  });

  test('authorizations and identifiers may come in any order, and another one each time', async () => {
    const rules = (['newOrder', 'order', 'finalize'] as const).map((resource) => ({ match: { resource, ...always }, fault: shuffledAuthorizations(random) }));
    expect(await faulty.run(rules.slice(0, 1), { names: fiveNames })).toMatchObject(unharmed);
  });

  test('names may come back in capitals', async () => {
    expect(await faulty.run([
      { match: { resource: 'newOrder' }, fault: upperCaseIdentifiers() },
      { match: { resource: 'authorization', ...always }, fault: upperCaseIdentifiers() },
    ])).toMatchObject(unharmed);
  });

  test('an expiry in the past is a matter of clocks: the status decides', async () => {
    expect(await faulty.run([
      { match: { resource: 'newOrder' }, fault: expiresInThePast() },
      { match: { resource: 'order', ...always }, fault: expiresInThePast() },
      { match: { resource: 'authorization', ...always }, fault: expiresInThePast() },
    ])).toMatchObject(unharmed);
  });

  test.each(['newOrder', 'authorization', 'finalize'] as const)('members that nobody knows, in %s, are ignored', async (resource) => {
    const more = alterJson('unknown members', (body) => ({ ...body, 'x-new': { deep: [1] }, quota: 7 }));
    expect(await faulty.run([{ match: { resource }, fault: more }])).toMatchObject(unharmed);
  });
});

describe('authorizations', () => {
  test('an order that is ready at once needs no challenge', async () => {
    const names = ['valid-already.example.org'];
    expect(await faulty.run([], { names })).toMatchObject(unharmed);
    expect(await faulty.run([], { names })).toMatchObject(unharmed);
    expect(faulty.proxy.log.about('challenge')).toEqual([]);
  });

  test('one that is valid at once is left alone, whatever types it lists', async () => {
    expect(await faulty.run([], { names: ['valid-too.example.org'] })).toMatchObject(unharmed);
    const rules = [{ match: { resource: 'authorization', ...always }, fault: validByAnotherWay() }] satisfies FaultRule[];
    expect(await faulty.run(rules, { names: ['valid-too.example.org', 'pending-yet.example.org'] })).toMatchObject(unharmed);
    expect(faulty.proxy.log.about('challenge')).toHaveLength(1);
  });

  test('without a challenge of our type the error names what is offered, and nothing stays pending at the CA', async () => {
    const rules = [{ match: { resource: 'authorization', ...always }, fault: withoutChallengeType('http-01') }] satisfies FaultRule[];
    expect(await faulty.run(rules)).toMatchObject(stopped({ code: 'noUsableChallenge' }, 1));
    expect(faulty.proxy.log.about('challenge')).toEqual([]);
    expect(faulty.proxy.log.about('authorization').map((request) => request.payload)).toContainEqual({ status: 'deactivated' });
  });

  test('a type that nobody knows and a challenge without its token are passed over', async () => {
    const strange = alterJson('strange challenges', (body) => ({
      ...body,
      challenges: [
        { type: 'new-01', url: 'https://127.0.0.1/x', status: 'pending' },
        { type: 'dns-01', url: 'https://127.0.0.1/y', status: 'pending' },
        ...(body['challenges'] as object[]),
      ],
    }));
    expect(await faulty.run([{ match: { resource: 'authorization', ...always }, fault: strange }])).toMatchObject(unharmed);
  });
});

describe('certificates', () => {
  test('a 404 at first is a store that lags behind: asked again', async () => {
    expect(await faulty.run([{ match: { resource: 'certificate', times: 2 }, fault: problem(404, 'malformed') }])).toMatchObject(unharmed);
    expect(faulty.proxy.log.about('certificate')).toHaveLength(3);
  });

  test('a chain without a final line break gets one', async () => {
    const outcome = await faulty.run([{ match: { resource: 'certificate' }, fault: withoutFinalNewline() }]);
    expect(outcome).toMatchObject({ ...unharmed, certificatePem: expect.stringMatching(/-----END CERTIFICATE-----\n$/) as string });
  });

  test('alternates may be linked relatively', async () => {
    const roots = await faulty.lane.pebble.roots();
    expect(roots).toHaveLength(3);
    const wanted = parseCertificate(roots[2] ?? '').subjectCommonName ?? '';
    const rules = [{ match: { resource: 'certificate' }, fault: relativeAlternateLinks() }] satisfies FaultRule[];
    expect(await faulty.run(rules, { obtain: { preferredChain: wanted } })).toMatchObject({ ...unharmed, topIssuer: wanted });
  });

  test('another content type than a chain is no certificate', async () => {
    const rules = [{ match: { resource: 'certificate', ...always }, fault: contentType('text/html') }] satisfies FaultRule[];
    expect(await faulty.run(rules)).toMatchObject(stopped({ code: 'invalidResponse' }, 1));
  });
});

describe('a wrong content type', () => {
  test.each(['directory', 'authorization', 'order', 'finalize'] as const)('of %s, once, is passing trouble', async (resource) => {
    expect(await faulty.run([{ match: { resource }, fault: contentType('text/plain') }], { names: [`content-type-${resource.toLowerCase()}.example.org`] })).toMatchObject(unharmed);
  });

  test('of newOrder: the order exists, and no second one is made', async () => {
    expect(await faulty.run([{ match: { resource: 'newOrder' }, fault: contentType('text/plain') }])).toMatchObject(unharmed);
    expect(faulty.proxy.log.about('newOrder')).toHaveLength(1);
  });
});
