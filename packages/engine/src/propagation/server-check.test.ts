import { describe, expect, test } from 'vitest';
import type { DnsAnswer } from './message.ts';
import { checkServer, readFinding } from './server-check.ts';
import { createDnsClient } from './client.ts';
import { DnsError } from './errors.ts';

const fqdn = '_acme-challenge.example.org';
const wanted = { fqdn, values: new Set(['one', 'two']) };
const answer = (parts: Partial<DnsAnswer>): DnsAnswer => ({ rcode: 'NOERROR', authoritative: true, truncated: false, answers: [], authorities: [], additionals: [], ...parts });
const txt = (...values: readonly string[]) => values.map((value) => ({ name: fqdn, type: 'TXT' as const, value }));

describe('readFinding', () => {
  test.each([
    { name: 'all values, with others beside them', given: answer({ answers: txt('other', 'two', 'one') }), state: 'ready', what: 'answers with the record' },
    { name: 'one of two values', given: answer({ answers: txt('one', 'other') }), state: 'missing', what: `answered with 2 TXT values of "${fqdn}", without 1 of the 2 wanted` },
    { name: 'the values at another name', given: answer({ answers: txt('one', 'two').map((record) => ({ ...record, name: 'example.org' })) }), state: 'missing', what: `answered that "${fqdn}" has no TXT record` },
    { name: 'no such name', given: answer({ rcode: 'NXDOMAIN' }), state: 'missing', what: `answered that "${fqdn}" does not exist` },
    { name: 'an alias', given: answer({ answers: [{ name: fqdn, type: 'CNAME', target: 'elsewhere.net' }] }), state: 'missing', what: `answered that "${fqdn}" is an alias of "elsewhere.net"` },
    { name: 'nothing, without authority', given: answer({ authoritative: false }), state: 'failing', what: `answered without authority for "${fqdn}"` },
    { name: 'a server failure', given: answer({ rcode: 'SERVFAIL' }), state: 'failing', what: 'answered SERVFAIL' },
  ])('$name: $state', ({ given, state, what }) => {
    expect(readFinding(given, wanted)).toEqual({ state, what });
  });
});

test('a name server without address is reported as such', async () => {
  const report = await checkServer({ nameServer: 'ns1.example.org', address: undefined, wanted: [wanted] }, { client: createDnsClient() });
  expect(report).toEqual({ nameServer: 'ns1.example.org', address: undefined, state: 'unroutable', description: 'ns1.example.org has no address' });
});

test.each([
  { error: new DnsError('dnsServerUnreachable', 'x', { details: { routable: false } }), state: 'unroutable' },
  { error: new DnsError('dnsServerUnreachable', 'x', { details: { routable: true } }), state: 'silent' },
  { error: new DnsError('dnsServerSilent', 'x'), state: 'silent' },
  { error: new DnsError('dnsMessageMalformed', 'x'), state: 'failing' },
])('a failure "$error.code" means $state', async ({ error, state }) => {
  const client = { ask: () => Promise.reject(error) };
  expect(await checkServer({ nameServer: 'ns', address: { host: '192.0.2.1', port: 53 }, wanted: [wanted] }, { client })).toMatchObject({ state });
});
