// Every way to prove control, against the newest Pebble and the oldest that the test-bed has.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sameIdentifiers } from '@certward/pki';
import type { Account } from '@certward/acme';
import { type Lane, identifiers, openLane } from './support/lane.ts';
import { dnsSolver } from './support/solvers.ts';
import { failOnLeaks } from './support/leaks.ts';

failOnLeaks();

describe.each(['2.10', '2.4'] as const)('pebble %s', (version) => {
  let lane: Lane;
  let account: Account;
  beforeAll(async () => {
    lane = await openLane({ version });
    account = await lane.newAccount();
  });
  afterAll(async () => {
    await lane[Symbol.asyncDispose]();
  });

  test.each([
    { what: 'http-01', names: ['http.example.org', 'www.http.example.org'], by: 'http' },
    { what: 'dns-01', names: ['dns.example.org', 'www.dns.example.org'], by: 'dns' },
    { what: 'tls-alpn-01', names: ['tls.example.org', 'www.tls.example.org'], by: 'tlsAlpn' },
    { what: 'a wildcard with its base name: two values under one record name', names: ['wild.example.org', '*.wild.example.org'], by: 'dns' },
    { what: 'one hundred names in one certificate', names: Array.from({ length: 100 }, (_, index) => `n${index}.hundred.example.org`), by: 'http' },
    { what: 'an IPv4 address by http-01', names: ['127.0.0.1'], by: 'http' },
    { what: 'an IPv4 address by tls-alpn-01', names: ['127.0.0.1'], by: 'tlsAlpn' },
    { what: 'an IPv6 address by http-01 and a name beside it', names: ['::1', 'beside.example.org'], by: 'http' },
    { what: 'an IPv6 address by tls-alpn-01', names: ['::1'], by: 'tlsAlpn' },
  ] as const)('$what', async ({ names, by }) => {
    const { chain } = await lane.obtain(account, names, { solvers: [lane.solvers[by]] });
    expect(sameIdentifiers(chain[0]?.identifiers ?? [], identifiers(names))).toBe(true);
    expect(lane.responder.answers).toBe(0);
  });

  test('each name of one certificate by another challenge', async () => {
    const only = (solver: Lane['solvers']['http'], part: string) => ({ ...solver, supports: ({ value }: { value: string }) => value.startsWith(part) });
    const { http, dns, tlsAlpn } = lane.solvers;
    const names = ['a.mixed.example.org', 'b.mixed.example.org', 'c.mixed.example.org', '*.mixed.example.org'];
    const { chain } = await lane.obtain(account, names, { solvers: [only(http, 'a.'), only(tlsAlpn, 'b.'), dns] });
    expect(sameIdentifiers(chain[0]?.identifiers ?? [], identifiers(names))).toBe(true);
  });

  test('a wildcard without a DNS solver is refused before anything is answered, with what is offered', async () => {
    await expect(lane.obtain(account, ['*.nowhere.example.org'])).rejects.toMatchObject({ code: 'noUsableChallenge', details: { wildcard: true } });
  });

  test('a proof that is wrong ends with the problem of its name, and everything cleaned up', async () => {
    const lying = { ...lane.solvers.http, present: async ({ token }: { token: string }) => lane.responder.answerHttp(token, 'something else') };
    const attempt = lane.obtain(account, ['lies.example.org', 'lies-too.example.org'], { solvers: [lying] });
    await expect(attempt).rejects.toMatchObject({
      code: 'authorizationFailed',
      failures: expect.arrayContaining([
        expect.objectContaining({ challengeType: 'http-01', problem: expect.objectContaining({ status: 403, type: expect.stringMatching(/unauthorized|incorrectResponse/) as string }) as object }),
      ]) as object[],
    });
    expect(lane.responder.answers).toBe(0);
  });

  test('a name server that fails is a problem of type dns', async () => {
    await lane.pebble.names?.setServerFailure('_acme-challenge.servfail.example.org');
    await expect(lane.obtain(account, ['servfail.example.org'], { solvers: [lane.solvers.dns] })).rejects.toMatchObject({
      code: 'authorizationFailed',
      failures: [expect.objectContaining({ challengeType: 'dns-01' })],
    });
  });
});

describe('drafts', () => {
  let lane: Lane;
  let account: Account;
  beforeAll(async () => {
    lane = await openLane();
    account = await lane.newAccount();
  });
  afterAll(async () => {
    await lane[Symbol.asyncDispose]();
  });

  test('dns-account-01: the record is the account\'s own', async () => {
    const solver = dnsSolver(lane.pebble, ['dns-account-01']);
    const presented: string[] = [];
    const { chain } = await lane.obtain(account, ['account.example.org', '*.account.example.org'], {
      solvers: [solver],
      onProgress: (event) => {
        if (event.type === 'presented') presented.push(event.challenge.recordName);
      },
    });
    expect(chain[0]?.identifiers).toHaveLength(2);
    expect(presented[0]).toMatch(/^_[a-z2-7]{16}\._acme-challenge\.account\.example\.org$/);
  });

  test.each([
    { name: 'persist.example.org', wildcard: false },
    { name: '*.persist-wild.example.org', wildcard: true },
  ])('dns-persist-01 for $name: a standing record proves it', async ({ name, wildcard }) => {
    const { dnsPersist01Record } = await import('@certward/acme');
    const order = await account.createOrder({ identifiers: identifiers([name]) });
    const [authorization] = await order.authorizations();
    const challenge = authorization?.challenge('dns-persist-01');
    const offer = challenge?.persist;
    expect({ offered: authorization?.state.challenges.map((one) => one.type), form: offer?.form }).toMatchObject({ form: 'draft-01' });
    if (challenge === undefined || offer === undefined) return;
    const [issuerDomainName = ''] = offer.issuerDomainNames;
    const record = dnsPersist01Record({ form: offer.form, issuerDomainName, domain: name, accountUrl: account.url, accountUri: offer.accountUri, wildcard });
    await lane.pebble.names?.addTxt(record.recordName, record.value);
    await challenge.respond();
    await order.pollUntilReady({ timeoutMs: 10_000 });
    expect(order.state.status).toBe('ready');
  });
});
