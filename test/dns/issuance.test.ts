// Certificates by DNS-01 from Pebble, through real name servers of which one lags: the authority is told to look only
// when every server has the records. Pebble asks the lagging server, so a moment too early would fail the order.
import { type Account, createAcmeClient } from '@certward/acme';
import { createDnsAuthenticator, createMemoryJournal, type ChallengeType, type DnsLookupOptions, type IssuanceEvent, type IssuanceResult, runIssuance } from '@certward/engine';
import { generatePrivateKey, parseIdentifier } from '@certward/pki';
import { freePort, type NameServer, type Pebble, startBind, startBindResolver, startKnot, startPebble, waitUntil } from '@certward/testing';
import { describe, expect, test } from 'vitest';
import { lookupThrough, providerFor, txtValues, updateKey, zoneLines } from './support/world.ts';

async function newAccount(pebble: Pebble): Promise<{ account: Account } & AsyncDisposable> {
  const client = createAcmeClient({ directoryUrl: pebble.directoryUrl, trustedCaPem: pebble.trustedCaPem });
  const account = await client.createAccount({ key: await generatePrivateKey({ type: 'ecdsa', curve: 'P-256' }), termsOfServiceAgreed: true });
  return { account, [Symbol.asyncDispose]: () => Promise.resolve(client.close()) };
}

interface Issuance {
  readonly events: IssuanceEvent[];
  readonly result: Promise<IssuanceResult>;
}

interface IssueOptions {
  readonly pebble: Pebble;
  readonly account: Account;
  readonly primary: NameServer;
  readonly lookup: DnsLookupOptions;
  readonly challengePreference?: readonly ChallengeType[];
}

async function issue(names: readonly string[], { pebble, account, primary, lookup, challengePreference }: IssueOptions): Promise<Issuance> {
  const authenticator = createDnsAuthenticator({ name: 'dns-rfc2136', provider: await providerFor(primary), lookup });
  const events: IssuanceEvent[] = [];
  const result = runIssuance(
    { id: names.join(), directoryUrl: pebble.directoryUrl, account, identifiers: names.map((name) => parseIdentifier(name)), authenticatorFor: () => authenticator, challengePreference },
    { journal: createMemoryJournal(), store: () => Promise.resolve(), listener: (event) => events.push(event) },
  );
  // Awaited later; until then a failure must not count as unhandled.
  result.catch(() => {});
  return { events, result };
}

const names = ['example.test', '*.example.test', 'deep.sub.example.test'];
const recordNames = ['_acme-challenge.example.test', '_acme-challenge.deep.sub.example.test'];

describe.each([
  { primaryName: 'BIND', secondaryName: 'BIND', startPrimary: startBind, startSecondary: startBind, version: '2.10' },
  { primaryName: 'Knot', secondaryName: 'BIND', startPrimary: startKnot, startSecondary: startBind, version: '2.10' },
  { primaryName: 'BIND', secondaryName: 'Knot', startPrimary: startBind, startSecondary: startKnot, version: '2.4' },
] as const)('$primaryName with a lagging $secondaryName, Pebble $version', ({ secondaryName, startPrimary, startSecondary, version }) => {
  test('no validation is asked for before all servers answer', async () => {
    const zone = { name: 'example.test', records: zoneLines(['127.0.0.1', '127.0.0.2']), updateKeys: ['acme'] };
    await using primary = await startPrimary({ keys: [updateKey], zones: [zone] });
    await using secondary = await startSecondary({ zones: [{ name: zone.name, primary }] });
    await using pebble = await startPebble({ version, dnsServer: secondary.address });
    await using own = await newAccount(pebble);
    const lookup = lookupThrough([primary], { 'ns2.example.test': secondary });
    const { events, result } = await issue(names, { pebble, account: own.account, primary, lookup });

    const questionsOfPebble = () => secondary.questions().filter(({ name, isRecursive }) => isRecursive && name.startsWith('_acme-challenge'));
    const questionsOfOurs = () => secondary.questions().filter(({ type, isRecursive }) => !isRecursive && type === 'TXT');
    const hasProgress = (message: string) => events.some((event) => event.type === 'propagation.progress' && event.message === message);
    await waitUntil(() => hasProgress('1 of 2 name servers answer with the record'), { what: 'the first progress message' });
    // Some rounds of the check pass, and nobody tells the authority to look.
    if (secondaryName === 'BIND') await waitUntil(() => questionsOfOurs().length >= 3, { what: 'three rounds of the check' });
    expect(events.filter(({ type }) => type === 'challenge.responded')).toEqual([]);
    expect(questionsOfPebble()).toEqual([]);
    expect(hasProgress('2 of 2 name servers answer with the record')).toBe(false);

    await secondary.refresh(zone.name);
    const { chain, cleanUpFailures } = await result;
    expect(chain[0]?.identifiers.map(({ value }) => value).sort()).toEqual([...names].sort());
    const order = events.map((event) => (event.type === 'propagation.progress' ? event.message : event.type));
    expect(order.indexOf('2 of 2 name servers answer with the record')).toBeLessThan(order.indexOf('challenge.responded'));
    expect(order.lastIndexOf('challenge.presented')).toBeLessThan(order.indexOf('1 of 2 name servers answer with the record'));
    if (secondaryName === 'BIND') expect(questionsOfPebble().length).toBeGreaterThanOrEqual(names.length);
    expect(cleanUpFailures).toEqual([]);
    for (const name of recordNames) expect(await txtValues(primary, name)).toEqual([]);
  });
});

describe.each([
  ['BIND', startBind],
  ['Knot', startKnot],
] as const)('one %s server', (_name, start) => {
  test('proves names through a delegation, while the authority asks the very resolver that we ask', async () => {
    // What this resolver once heard not to exist, it denies for an hour: one question too early and the order fails.
    const negativeTtlSeconds = 3600;
    await using server = await start({
      keys: [updateKey],
      zones: [
        { name: 'example.test', negativeTtlSeconds, records: [...zoneLines(['127.0.0.1']), '_acme-challenge CNAME example.validation.test.'], updateKeys: ['acme'] },
        { name: 'validation.test', negativeTtlSeconds, records: ['@ NS ns1.example.test.'], updateKeys: ['acme'] },
      ],
    });
    await using resolver = await startBindResolver({ zones: { 'example.test': server, 'validation.test': server } });
    await using pebble = await startPebble({ dnsServer: resolver.address });
    await using own = await newAccount(pebble);
    const lookup = lookupThrough([resolver], { 'ns1.example.test': server });
    const { result } = await issue(['example.test', '*.example.test', 'not.there.yet.example.test'], { pebble, account: own.account, primary: server, lookup });
    expect((await result).chain[0]?.identifiers).toHaveLength(3);
    expect(await txtValues(server, 'example.validation.test')).toEqual([]);
  });

  test('answers dns-account-01 under a label of the account', async () => {
    await using server = await start({ keys: [updateKey], zones: [{ name: 'example.test', records: zoneLines(['127.0.0.1']), updateKeys: ['acme'] }] });
    await using pebble = await startPebble({ dnsServer: server.address });
    await using own = await newAccount(pebble);
    const { events, result } = await issue(['example.test'], { pebble, account: own.account, primary: server, lookup: lookupThrough([server]), challengePreference: ['dns-account-01'] });
    expect((await result).chain).not.toHaveLength(0);
    expect(events).toContainEqual(expect.objectContaining({ type: 'challenge.presented', challengeType: 'dns-account-01' }));
  });
});

test('one dead name server of two does not keep a certificate from being issued, and is named', async () => {
  const zone = { name: 'example.test', records: zoneLines(['127.0.0.1', '127.0.0.2']), updateKeys: ['acme'] };
  await using primary = await startBind({ keys: [updateKey], zones: [zone] });
  await using pebble = await startPebble({ dnsServer: primary.address });
  await using own = await newAccount(pebble);
  const dead = { host: '127.0.0.1', port: await freePort() };
  const { events, result } = await issue(['www.example.test'], { pebble, account: own.account, primary, lookup: lookupThrough([primary], { 'ns2.example.test': dead }) });
  await result;
  expect(events).toContainEqual({ type: 'propagation.progress', message: `ns2.example.test (127.0.0.1:${dead.port}) refused the connection; going on without it` });
});

test('a hundred names of one zone are proven with one look at its servers', async () => {
  await using server = await startBind({ keys: [updateKey], zones: [{ name: 'example.test', records: zoneLines(['127.0.0.1']), updateKeys: ['acme'] }] });
  await using pebble = await startPebble({ dnsServer: server.address });
  await using own = await newAccount(pebble);
  const many = Array.from({ length: 100 }, (_, index) => `n${index}.example.test`);
  const { result } = await issue(many, { pebble, account: own.account, primary: server, lookup: lookupThrough([server]) });
  expect((await result).chain[0]?.identifiers).toHaveLength(100);
});
