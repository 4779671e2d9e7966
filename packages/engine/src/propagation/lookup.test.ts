import { describe, expect, test } from 'vitest';
import { type ScriptedNameServer, type ScriptedQuestion, type ScriptedReply, startScriptedNameServer } from '@certward/testing';
import { createDnsClient } from './client.ts';
import { createDnsLookup, type DnsLookup } from './lookup.ts';
import type { ServerAddress } from './server-address.ts';

const client = createDnsClient({ udpTimeoutsMs: [200], tcpTimeoutMs: 200 });

const ns = (zone: string, ...names: readonly string[]) => names.map((data) => ({ name: zone, type: 'NS' as const, data }));
const soa = (zone: string) => [{ name: zone, type: 'SOA' as const, data: { mname: 'm', rname: 'r', serial: 1, refresh: 1, retry: 1, expire: 1, minimum: 1 } }];
const nothing = (zone: string, rcode = 0): ScriptedReply => ({ rcode, authorities: soa(zone) });
/** Not authoritative: flags 0. */
const referral = (zone: string, ...names: readonly string[]): ScriptedReply => ({ flags: 0, authorities: ns(zone, ...names) });
const refused: ScriptedReply = { flags: 0, rcode: 5 };

/** A recursive resolver that knows the name servers of `org` and `example.org`. */
function resolverAnswer({ name, type }: ScriptedQuestion): ScriptedReply {
  if (type === 'NS' && name === 'org') return { flags: 0, answers: ns('org', 'ns.org') };
  if (type === 'NS' && name === 'example.org') return { flags: 0, answers: ns('example.org', 'ns1.example.org') };
  return { flags: 0, rcode: 3 };
}

function lookupWith(resolver: ScriptedNameServer, servers: Readonly<Record<string, ServerAddress>>): DnsLookup {
  const nameServerAddresses = new Map(Object.entries(servers).map(([name, one]) => [name, [{ host: one.host, port: one.port }]]));
  return createDnsLookup({ client, resolvers: [resolver], nameServerAddresses });
}

describe('followDelegation', () => {
  test('asks resolvers neither for the challenge name nor for the name that is certified', async () => {
    await using resolver = await startScriptedNameServer({ answer: resolverAnswer });
    await using server = await startScriptedNameServer({ answer: ({ type }) => (type === 'NS' ? { answers: ns('example.org', 'ns1.example.org') } : nothing('example.org', 3)) });
    const found = await lookupWith(resolver, { 'ns1.example.org': server, 'ns.org': server }).followDelegation('_acme-challenge.www.example.org');
    expect(found).toMatchObject({ fqdn: '_acme-challenge.www.example.org', chain: ['_acme-challenge.www.example.org'], zone: { name: 'example.org' } });
    expect(resolver.questions.map(({ name, type }) => `${name} ${type}`)).toEqual(['org NS', 'example.org NS']);
    expect(server.questions.every(({ isRecursive }) => !isRecursive)).toBe(true);
  });

  test('asks once what many names of a zone share', async () => {
    await using resolver = await startScriptedNameServer({ answer: resolverAnswer });
    await using server = await startScriptedNameServer({ answer: ({ type }) => (type === 'NS' ? { answers: ns('example.org', 'ns1.example.org') } : nothing('example.org', 3)) });
    const lookup = lookupWith(resolver, { 'ns1.example.org': server, 'ns.org': server });
    const names = Array.from({ length: 20 }, (_, index) => `_acme-challenge.n${index}.example.org`);
    await Promise.all(names.map((name) => lookup.followDelegation(name)));
    expect(server.questions.filter(({ type }) => type === 'NS')).toHaveLength(1);
    expect(server.questions.filter(({ type }) => type === 'CNAME')).toHaveLength(20);
  });

  test('asks servers that parent and child name differently', async () => {
    await using resolver = await startScriptedNameServer({ answer: resolverAnswer });
    await using server = await startScriptedNameServer({ answer: ({ type }) => (type === 'NS' ? { answers: ns('example.org', 'ns2.example.org') } : nothing('example.org')) });
    const { zone } = await lookupWith(resolver, { 'ns1.example.org': server, 'ns2.example.org': server, 'ns.org': server }).followDelegation('_acme-challenge.example.org');
    expect(zone.servers.map(({ name }) => name)).toEqual(['ns1.example.org', 'ns2.example.org']);
  });

  test('walks down through referrals and passes lame servers by', async () => {
    await using resolver = await startScriptedNameServer({ answer: ({ name, type }) => (type === 'NS' && name === 'org' ? { answers: ns('org', 'ns.org') } : { flags: 0, rcode: 2 }) });
    await using top = await startScriptedNameServer({ answer: () => referral('example.org', 'lame.example.org', 'ns1.example.org') });
    await using lame = await startScriptedNameServer({ answer: () => refused });
    await using server = await startScriptedNameServer({
      answer: ({ type, name }) => (type === 'NS' ? { answers: ns(name, 'ns1.sub.example.org') } : referral('sub.example.org', 'ns1.sub.example.org')),
    });
    await using sub = await startScriptedNameServer({ answer: ({ type, name }) => (type === 'NS' ? { answers: ns(name, 'ns1.sub.example.org') } : nothing('sub.example.org', 3)) });
    const lookup = lookupWith(resolver, { 'ns.org': top, 'lame.example.org': lame, 'ns1.example.org': server, 'ns1.sub.example.org': sub });
    const { zone } = await lookup.followDelegation('_acme-challenge.www.sub.example.org');
    expect(zone).toEqual({ name: 'sub.example.org', servers: [{ name: 'ns1.sub.example.org', addresses: [{ host: sub.host, port: sub.port }] }] });
  });

  test.each([
    { name: 'upwards', zone: 'org' },
    { name: 'sideways', zone: 'evil.org' },
    { name: 'to itself', zone: 'example.org' },
  ])('does not follow a referral $name', async ({ zone }) => {
    await using resolver = await startScriptedNameServer({ answer: resolverAnswer });
    await using server = await startScriptedNameServer({ answer: () => referral(zone, 'ns1.example.org') });
    await expect(lookupWith(resolver, { 'ns1.example.org': server, 'ns.org': server }).followDelegation('_acme-challenge.example.org')).rejects.toMatchObject({
      code: 'zoneNotFound',
      message: 'no name server of "example.org" answers for "_acme-challenge.example.org"',
      hint: expect.stringContaining('not authoritative') as string,
    });
  });

  test('stops in a maze of ever deeper referrals', async () => {
    await using resolver = await startScriptedNameServer({ answer: resolverAnswer });
    const name = `_acme-challenge.${'a.'.repeat(40)}example.org`;
    const labels = name.split('.');
    let depth = 2;
    await using server = await startScriptedNameServer({ answer: () => referral(labels.slice(-++depth).join('.'), 'ns1.example.org') });
    await expect(lookupWith(resolver, { 'ns1.example.org': server, 'ns.org': server }).followDelegation(name)).rejects.toMatchObject({ code: 'zoneNotFound', message: expect.stringContaining('too many referrals') as string });
  });

  test.each(['a b.example.org', '*.example.org', 'x/../y.example.org', '.'])('refuses the alias target %j', async (target) => {
    await using resolver = await startScriptedNameServer({ answer: resolverAnswer });
    await using server = await startScriptedNameServer({ answer: ({ name }) => (name.startsWith('_acme-challenge') ? { answers: [{ name, type: 'CNAME', data: target }] } : nothing('example.org')) });
    await expect(lookupWith(resolver, { 'ns1.example.org': server, 'ns.org': server }).followDelegation('_acme-challenge.example.org')).rejects.toMatchObject({ code: 'delegationInvalid' });
  });

  test('says that a domain has no zone when nothing is known of it', async () => {
    await using resolver = await startScriptedNameServer({ answer: () => ({ flags: 0, rcode: 3 }) });
    await expect(createDnsLookup({ client, resolvers: [resolver] }).followDelegation('_acme-challenge.example.org')).rejects.toMatchObject({
      code: 'zoneNotFound',
      message: 'no DNS zone found for "example.org"',
      hint: expect.stringContaining('registered') as string,
    });
  });

  test('is not led astray by a wildcard alias, also where the name above is hidden by it', async () => {
    await using resolver = await startScriptedNameServer({ answer: resolverAnswer });
    await using server = await startScriptedNameServer({
      answer: ({ name, type }) => {
        if (name === 'example.org' || name === 'sub.example.org') return type === 'NS' ? { answers: ns(name, 'ns1.example.org') } : { answers: soa(name) };
        return { answers: [{ name, type: 'CNAME', data: 'hoster.example.net' }] };
      },
    });
    const lookup = lookupWith(resolver, { 'ns1.example.org': server, 'ns.org': server });
    expect(await lookup.followDelegation('_acme-challenge.www.example.org')).toMatchObject({ fqdn: '_acme-challenge.www.example.org', zone: { name: 'example.org' } });
    expect(await lookup.followDelegation('_acme-challenge.www.sub.example.org')).toMatchObject({ fqdn: '_acme-challenge.www.sub.example.org', zone: { name: 'sub.example.org' } });
  });

  test('follows an entered alias beside a wildcard one', async () => {
    await using resolver = await startScriptedNameServer({ answer: resolverAnswer });
    await using server = await startScriptedNameServer({
      answer: ({ name, type }) => {
        if (type === 'NS') return { answers: ns(name, 'ns1.example.org') };
        if (name === 'target.example.org') return nothing('example.org');
        return { answers: [{ name, type: 'CNAME', data: name === '_acme-challenge.example.org' ? 'target.example.org' : 'hoster.example.net' }] };
      },
    });
    const found = await lookupWith(resolver, { 'ns1.example.org': server, 'ns.org': server }).followDelegation('_acme-challenge.example.org');
    expect(found.chain).toEqual(['_acme-challenge.example.org', 'target.example.org']);
  });

  test('gives up at once when no resolver answers anything', async () => {
    await using silent = await startScriptedNameServer({ answer: () => undefined });
    await expect(createDnsLookup({ client, resolvers: [silent] }).followDelegation('_acme-challenge.a.b.c.example.org')).rejects.toMatchObject({
      code: 'resolversSilent',
      message: `none of the DNS resolvers answers: ${silent.address}`,
    });
    expect(new Set(silent.questions.map(({ name }) => name))).toEqual(new Set(['org']));
  });

  test('tries the next resolver when one is silent', async () => {
    await using silent = await startScriptedNameServer({ answer: () => undefined });
    await using resolver = await startScriptedNameServer({ answer: resolverAnswer });
    await using server = await startScriptedNameServer({ answer: ({ type }) => (type === 'NS' ? { answers: ns('example.org', 'ns1.example.org') } : nothing('example.org')) });
    const nameServerAddresses = new Map([['ns1.example.org', [server]], ['ns.org', [server]]]);
    const lookup = createDnsLookup({ client, resolvers: [silent, resolver], nameServerAddresses });
    expect((await lookup.followDelegation('_acme-challenge.example.org')).zone.name).toBe('example.org');
    // Only the first question goes to it.
    expect(new Set(silent.questions.map(({ name }) => name))).toEqual(new Set(['org']));
  });

  test('finds a zone at the top level, for names inside of a house', async () => {
    await using resolver = await startScriptedNameServer({ answer: ({ name, type }) => (type === 'NS' && name === 'home' ? { answers: ns('home', 'ns.home') } : { rcode: 3 }) });
    await using server = await startScriptedNameServer({ answer: ({ type }) => (type === 'NS' ? { answers: ns('home', 'ns.home') } : nothing('home', 3)) });
    expect((await lookupWith(resolver, { 'ns.home': server }).followDelegation('_acme-challenge.nas.home')).zone.name).toBe('home');
  });

  test('takes addresses from resolvers and from glue together', async () => {
    await using resolver = await startScriptedNameServer({
      answer: (question) => {
        if (question.type === 'A' && question.name === 'ns1.example.org') return { flags: 0, answers: [{ name: 'ns1.example.org', type: 'A', data: '127.0.0.1' }] };
        return resolverAnswer(question);
      },
    });
    await using server = await startScriptedNameServer({
      port: resolver.port + 1,
      answer: ({ type }) =>
        type === 'NS' ? { answers: ns('example.org', 'ns1.example.org'), additionals: [{ name: 'ns1.example.org', type: 'AAAA', data: '2001:db8::1' }] } : nothing('example.org'),
    });
    const lookup = createDnsLookup({ client, resolvers: [resolver], authoritativePort: server.port, nameServerAddresses: new Map([['ns.org', [server]]]) });
    const { zone } = await lookup.followDelegation('_acme-challenge.example.org');
    expect(zone.servers).toEqual([{ name: 'ns1.example.org', addresses: [{ host: '127.0.0.1', port: server.port }, { host: '2001:db8::1', port: server.port }] }]);
  });
});
