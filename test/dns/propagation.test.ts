// The dns authenticator and its propagation check against real servers: one lagging, one dead, one on IPv6, one that
// serves only TCP; delegation into a zone on another server.
import { randomBytes } from 'node:crypto';
import { networkInterfaces } from 'node:os';
import { describe, expect, test } from 'vitest';
import { type Authenticator, type ChallengeToAnswer, createDnsAuthenticator, createDnsLookup, type DnsAuthenticatorOptions, waitForPropagation } from '@certward/engine';
import { createFakeClock, type FakeClock, freePort, type NameServer, startBind, startKnot, waitUntil } from '@certward/testing';
import { lookupThrough, providerFor, txtValues, updateKey, zoneLines } from './support/world.ts';

const starters = [
  { name: 'BIND', start: startBind, startOther: startKnot },
  { name: 'Knot', start: startKnot, startOther: startBind },
] as const;

function challenge(name: string, options: { readonly wildcard?: boolean } = {}): ChallengeToAnswer {
  return {
    identifier: { type: 'dns', value: name },
    wildcard: options.wildcard ?? false,
    type: 'dns-01',
    token: 'token',
    keyAuthorization: 'token.thumbprint',
    validation: randomBytes(32).toString('base64url'),
    recordName: `_acme-challenge.${name}`,
    accountUrl: 'https://ca.test/account/1',
  };
}

async function presentAll(authenticator: Authenticator, challenges: readonly ChallengeToAnswer[]) {
  const handles = await authenticator.plan(challenges);
  return Promise.all(
    challenges.map(async (challenge, index) => ({ challenge, handle: await authenticator.present(challenge, handles[index] ?? null) })),
  );
}

async function authenticatorFor(primary: NameServer, options: Partial<DnsAuthenticatorOptions> = {}): Promise<Authenticator> {
  return createDnsAuthenticator({ name: 'dns-rfc2136', provider: await providerFor(primary), lookup: lookupThrough([primary]), ...options });
}

/** Runs the check in the background on a clock that the test moves. */
function watchCheck(authenticator: Authenticator, presented: Awaited<ReturnType<typeof presentAll>>) {
  const state = { done: false, messages: [] as string[] };
  const finished = authenticator.waitUntilReady?.(presented, { onProgress: (message) => state.messages.push(message) }).finally(() => (state.done = true));
  return { state, finished };
}

/** Moves the clock each time the check sleeps, until `isOver`. The pauses between are real round trips to real servers. */
async function moveUntil(clock: FakeClock, isOver: () => boolean): Promise<void> {
  for (let turn = 0; turn < 2_000 && !isOver(); turn++) {
    if (clock.sleeping > 0) await clock.advance(15_000);
    await new Promise((resolve) => {
      setTimeout(resolve, 5);
    });
  }
}

describe.each(starters)('dns-01 through $name', ({ start, startOther }) => {
  test('holds an apex and its wildcard at once, and removes only its own values, in a new process too', async () => {
    await using server = await start({ keys: [updateKey], zones: [{ name: 'example.test', records: [...zoneLines(['127.0.0.1']), '_acme-challenge TXT "somebody else"'], updateKeys: ['acme'] }] });
    const authenticator = await authenticatorFor(server);
    const challenges = [challenge('example.test'), challenge('example.test', { wildcard: true })];
    const presented = await presentAll(authenticator, challenges);
    const { state, finished } = watchCheck(authenticator, presented);
    await finished;
    expect(state.messages).toEqual(['1 of 1 name server answers with the record']);
    const values = challenges.map(({ validation }) => validation);
    expect(await txtValues(server, '_acme-challenge.example.test')).toEqual([...values, 'somebody else'].sort());

    // Another process has nothing but the journal; it may even hold the handle from before `present`.
    const [plannedOnly] = await authenticator.plan([challenges[0] as ChallengeToAnswer]);
    const afterCrash = await authenticatorFor(server);
    await afterCrash.cleanUp(JSON.parse(JSON.stringify(plannedOnly)) as never);
    expect(await txtValues(server, '_acme-challenge.example.test')).toEqual([values[1] as string, 'somebody else'].sort());
    for (const { handle } of presented) await afterCrash.cleanUp(handle);
    expect(await txtValues(server, '_acme-challenge.example.test')).toEqual(['somebody else']);
  });

  test('waits for a secondary that lags, and says how many answer', async () => {
    const clock = createFakeClock();
    const zone = { name: 'example.test', records: zoneLines(['127.0.0.1', '127.0.0.2']), updateKeys: ['acme'] };
    await using primary = await start({ keys: [updateKey], zones: [zone] });
    await using secondary = await startOther({ zones: [{ name: zone.name, primary }] });
    const lookup = lookupThrough([primary], { 'ns2.example.test': secondary });
    const authenticator = await authenticatorFor(primary, { lookup, clock, propagationTimeoutSeconds: 3600 });
    const presented = await presentAll(authenticator, [challenge('www.example.test')]);
    const { state, finished } = watchCheck(authenticator, presented);
    await moveUntil(clock, () => clock.slept.length >= 10);
    expect(state).toEqual({ done: false, messages: ['1 of 2 name servers answer with the record'] });
    expect(await txtValues(secondary, '_acme-challenge.www.example.test')).toEqual([]);

    await secondary.refresh('example.test');
    await moveUntil(clock, () => state.done);
    await finished;
    expect(state.messages.at(-1)).toBe('2 of 2 name servers answer with the record');
    expect(await txtValues(secondary, '_acme-challenge.www.example.test')).toEqual([presented[0]?.challenge.validation]);
    // Nobody who looks further was ever asked for a challenge name: that would be remembered as absent.
    expect(primary.questions().filter(({ name, isRecursive }) => isRecursive && name.startsWith('_acme-challenge'))).toEqual([]);
  });

  test('waits for a server that may be starting, but not for ever', async () => {
    const dead = { host: '127.0.0.1', port: await freePort() };
    const clock = createFakeClock();
    const zone = { name: 'example.test', records: zoneLines(['127.0.0.1', '127.0.0.2']), updateKeys: ['acme'] };
    await using primary = await start({ keys: [updateKey], zones: [zone] });
    const authenticator = await authenticatorFor(primary, { clock, lookup: lookupThrough([primary], { 'ns2.example.test': dead }) });
    const presented = await presentAll(authenticator, [challenge('www.example.test')]);
    const { state, finished } = watchCheck(authenticator, presented);
    await moveUntil(clock, () => state.done);
    await finished;
    expect(state.messages).toEqual([
      '1 of 2 name servers answer with the record',
      `ns2.example.test (127.0.0.1:${dead.port}) refused the connection; going on without it`,
    ]);
    // Ten seconds of patience, no more.
    expect(clock.monotonicMs()).toBeLessThan(60_000);
  });

  test('gives up with a list of what every server said', async () => {
    const dead = { host: '127.0.0.1', port: await freePort() };
    const clock = createFakeClock(undefined, { autoAdvance: true });
    const zone = { name: 'example.test', records: zoneLines(['127.0.0.1', '127.0.0.2', '127.0.0.3']), updateKeys: ['acme'] };
    await using primary = await start({ keys: [updateKey], zones: [zone] });
    await using secondary = await startOther({ zones: [{ name: zone.name, primary }] });
    const lookup = lookupThrough([primary], { 'ns2.example.test': secondary, 'ns3.example.test': dead });
    const authenticator = await authenticatorFor(primary, { lookup, clock, propagationTimeoutSeconds: 40 });
    const presented = await presentAll(authenticator, [challenge('a.b.example.test')]);
    const { finished } = watchCheck(authenticator, presented);
    await expect(finished).rejects.toMatchObject({
      code: 'propagationTimeout',
      message: expect.stringContaining('after 40 s only 1 of 3 name servers answer with the TXT record of "_acme-challenge.a.b.example.test"') as string,
      servers: [
        { nameServer: 'ns1.example.test', state: 'ready', description: `ns1.example.test (${primary.address}) answers with the record` },
        // The wildcard answers for the name, without any TXT.
        { nameServer: 'ns2.example.test', state: 'missing', description: `ns2.example.test (${secondary.address}) answered that "_acme-challenge.a.b.example.test" has no TXT record` },
        { nameServer: 'ns3.example.test', state: 'silent', description: `ns3.example.test (127.0.0.1:${dead.port}) refused the connection` },
      ],
    });
  });

  test('follows a delegation into a zone on another server', async () => {
    await using first = await start({
      zones: [{ name: 'example.test', records: [...zoneLines(['127.0.0.1']), '_acme-challenge.www CNAME www.hop.example.test.', 'www.hop CNAME www.validation.test.', '_acme-challenge.loop CNAME a.loop', 'a.loop CNAME _acme-challenge.loop', ...Array.from({ length: 12 }, (_, index) => `_acme-challenge.deep${index} CNAME _acme-challenge.deep${index + 1}`)] }],
    });
    await using second = await startOther({ keys: [updateKey], zones: [{ name: 'validation.test', records: ['@ NS ns1', 'ns1 A 127.0.0.2'], updateKeys: ['acme'] }] });
    const authenticator = await authenticatorFor(second, { lookup: lookupThrough([first, second], { 'ns1.validation.test': second }) });
    const presented = await presentAll(authenticator, [challenge('www.example.test')]);
    const { finished } = watchCheck(authenticator, presented);
    await finished;
    expect(await txtValues(second, 'www.validation.test')).toEqual([presented[0]?.challenge.validation]);
    expect(presented[0]?.handle).toMatchObject({ zone: 'validation.test', fqdn: 'www.validation.test' });

    await expect(authenticator.plan([challenge('loop.example.test')])).rejects.toMatchObject({ code: 'delegationLoop', hint: expect.stringContaining('a.loop.example.test') as string });
    await expect(authenticator.plan([challenge('deep0.example.test')])).rejects.toMatchObject({ code: 'delegationTooDeep' });
  });

  test('writes to the name itself where a wildcard alias covers it', async () => {
    await using server = await start({ keys: [updateKey], zones: [{ name: 'example.test', records: ['@ NS ns1', 'ns1 A 127.0.0.1', '* CNAME hoster.example.net.'], updateKeys: ['acme'] }] });
    const authenticator = await authenticatorFor(server);
    const presented = await presentAll(authenticator, [challenge('www.example.test')]);
    const { finished } = watchCheck(authenticator, presented);
    await finished;
    expect(await txtValues(server, '_acme-challenge.www.example.test')).toEqual([presented[0]?.challenge.validation]);
    for (const { handle } of presented) await authenticator.cleanUp(handle);
    expect(await txtValues(server, '_acme-challenge.www.example.test')).toEqual([]);
  });

  test('follows a delegation by NS records to another server', async () => {
    await using parent = await start({
      zones: [{ name: 'example.test', records: [...zoneLines(['127.0.0.1']), '_acme-challenge NS acme-ns.example.test.', 'acme-ns A 127.0.0.2'] }],
    });
    await using child = await startOther({ keys: [updateKey], zones: [{ name: '_acme-challenge.example.test', records: ['@ NS acme-ns.example.test.'], updateKeys: ['acme'] }] });
    const authenticator = await authenticatorFor(child, { lookup: lookupThrough([parent], { 'acme-ns.example.test': child }) });
    const presented = await presentAll(authenticator, [challenge('example.test')]);
    const { finished } = watchCheck(authenticator, presented);
    await finished;
    expect(presented[0]?.handle).toMatchObject({ zone: '_acme-challenge.example.test', fqdn: '_acme-challenge.example.test' });
    expect(await txtValues(child, '_acme-challenge.example.test')).toEqual([presented[0]?.challenge.validation]);
  });

  test('finds the closest zone where one server holds parent and child', async () => {
    await using server = await start({
      keys: [updateKey],
      zones: [
        { name: 'example.test', records: [...zoneLines(['127.0.0.1']), 'sub NS ns1'], updateKeys: ['acme'] },
        { name: 'sub.example.test', records: ['@ NS ns1.example.test.'], updateKeys: ['acme'] },
      ],
    });
    const { zone } = await createDnsLookup(lookupThrough([server])).followDelegation('_acme-challenge.www.sub.example.test');
    expect(zone).toEqual({ name: 'sub.example.test', servers: [{ name: 'ns1.example.test', addresses: [{ host: '127.0.0.1', port: server.port }] }] });
  });
});

const hasIpv6 = Object.values(networkInterfaces()).some((addresses) => addresses?.some(({ address }) => address === '::1'));

// Needs an IPv6 loopback, which some containers lack.
test.runIf(hasIpv6)('asks name servers at their IPv6 addresses', async () => {
  const port = await freePort();
  const zone = { name: 'example.test', records: [...zoneLines(['127.0.0.1', '::1']), 'ns1 AAAA ::1'], updateKeys: ['acme'] };
  await using primary = await startBind({ port, keys: [updateKey], zones: [zone] });
  await using secondary = await startBind({ port, host: '::1', zones: [{ name: zone.name, primary }] });
  const authenticator = await authenticatorFor(primary);
  const presented = await presentAll(authenticator, [challenge('example.test')]);
  const { state, finished } = watchCheck(authenticator, presented);
  await secondary.refresh('example.test');
  await finished;
  expect(state.messages.at(-1)).toBe('3 of 3 name servers answer with the record');
  expect(secondary.questions()).toContainEqual(expect.objectContaining({ name: '_acme-challenge.example.test', type: 'TXT', isRecursive: false }));
});

test('goes to TCP where an answer does not fit into a datagram', async () => {
  await using server = await startBind({ keys: [updateKey], zones: [{ name: 'example.test', records: zoneLines(['127.0.0.1']), updateKeys: ['acme'] }] });
  const authenticator = await authenticatorFor(server);
  const names = Array.from({ length: 60 }, () => challenge('example.test'));
  const presented = await presentAll(authenticator, names);
  const { finished } = watchCheck(authenticator, presented);
  await finished;
  expect(await txtValues(server, '_acme-challenge.example.test')).toHaveLength(60);
  await waitUntil(() => server.questions().some(({ type, transport }) => type === 'TXT' && transport === 'tcp'), { what: 'a TCP query in the log' });
});

test('a fixed wait asks no name server at all', async () => {
  await using server = await startBind({ keys: [updateKey], zones: [{ name: 'example.test', records: zoneLines(['127.0.0.1']), updateKeys: ['acme'] }] });
  const clock = createFakeClock(undefined, { autoAdvance: true });
  const silent = { resolvers: [{ host: '127.0.0.1', port: await freePort() }] };
  const authenticator = await authenticatorFor(server, { clock, propagationSeconds: 10, lookup: silent });
  const presented = await presentAll(authenticator, [challenge('example.test')]);
  const { state, finished } = watchCheck(authenticator, presented);
  await finished;
  expect(state.messages).toEqual(['Waiting 10 seconds for DNS changes to propagate']);
  expect(clock.slept).toEqual([10_000]);
  expect(server.questions().filter(({ type }) => type === 'TXT')).toEqual([]);
});

test('stops waiting when it is aborted', async () => {
  await using server = await startBind({ zones: [{ name: 'example.test', records: zoneLines(['127.0.0.1']) }] });
  const { zone } = await createDnsLookup(lookupThrough([server])).followDelegation('_acme-challenge.example.test');
  const controller = new AbortController();
  const waiting = waitForPropagation([{ zone, fqdn: '_acme-challenge.example.test', value: 'never' }], { signal: controller.signal, onProgress: () => controller.abort(new Error('enough')) });
  await expect(waiting).rejects.toThrow('enough');
});
