import { randomBytes } from 'node:crypto';
import packet from 'dns-packet';
import { afterEach, describe, expect, test } from 'vitest';
import { type ServedRecord, startDnsServer, type TestDnsServer } from '../testing/dns-server.ts';
import { createResolver, parseServer } from './resolver.ts';

const open: AsyncDisposable[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one[Symbol.asyncDispose]();
});

async function setUp(records: ServedRecord[] = []) {
  const server: TestDnsServer = await startDnsServer(records);
  open.push(server);
  return { server, resolver: createResolver({ dnsServers: [server.address], timeoutMs: 300 }) };
}

const txt = (name: string, ...data: string[]): ServedRecord => ({ name, type: 'TXT', data });

describe('the resolver', () => {
  test('gives TXT values, the strings of each joined', async () => {
    const { resolver } = await setUp([txt('a.test', 'one'), txt('a.test', 'two ', 'parts')]);
    expect(await resolver.txt('A.test.', {})).toEqual(['one', 'two parts']);
  });

  test('gives nothing for a name that does not exist or has other records only', async () => {
    const { resolver } = await setUp([{ name: 'b.test', type: 'A', data: '192.0.2.1' }]);
    expect(await resolver.txt('a.test', {})).toEqual([]);
    expect(await resolver.txt('b.test', {})).toEqual([]);
  });

  test.each([true, false])('follows CNAMEs, with the targets in the same answer or not (left out: %j)', async (withoutTargets) => {
    const { resolver, server } = await setUp([
      { name: 'a.test', type: 'CNAME', data: 'b.test' },
      { name: 'b.test', type: 'CNAME', data: 'c.test' },
      txt('c.test', 'found'),
    ]);
    server.behaviour.withoutTargets = withoutTargets;
    expect(await resolver.txt('a.test', {})).toEqual(['found']);
    expect(server.asked).toEqual(withoutTargets ? ['TXT a.test', 'TXT b.test', 'TXT c.test'] : ['TXT a.test']);
  });

  test('gives up on a CNAME loop', async () => {
    const { resolver, server } = await setUp([
      { name: 'a.test', type: 'CNAME', data: 'b.test' },
      { name: 'b.test', type: 'CNAME', data: 'a.test' },
    ]);
    await expect(resolver.txt('a.test', {})).rejects.toMatchObject({ code: 'dns' });
    server.behaviour.withoutTargets = true;
    await expect(resolver.txt('a.test', {})).rejects.toMatchObject({ code: 'dns' });
  });

  test('comes back over TCP when the answer was cut off', async () => {
    const values = Array.from({ length: 50 }, (_, index) => `value ${index} ${'x'.repeat(100)}`);
    const { resolver, server } = await setUp(values.map((value) => txt('a.test', value)));
    server.behaviour.truncate = true;
    expect(await resolver.txt('a.test', {})).toEqual(values);
    expect(server.asked).toEqual(['TXT a.test', 'TXT a.test']);
  });

  test('asks again when a packet was lost', async () => {
    const { resolver, server } = await setUp([txt('a.test', 'one')]);
    server.behaviour.drop = 1;
    expect(await resolver.txt('a.test', {})).toEqual(['one']);
  });

  test('asks the next server when one is silent', async () => {
    const { server } = await setUp([txt('a.test', 'one')]);
    const { server: silent } = await setUp();
    silent.behaviour.drop = 100;
    const resolver = createResolver({ dnsServers: [silent.address, server.address], timeoutMs: 300 });
    expect(await resolver.txt('a.test', {})).toEqual(['one']);
  });

  test.each(['SERVFAIL', 'REFUSED'] as const)('reports %s as a dns problem', async (rcode) => {
    const { resolver, server } = await setUp([txt('a.test', 'one')]);
    server.behaviour.rcode = rcode;
    await expect(resolver.txt('a.test', {})).rejects.toMatchObject({ code: 'dns', message: `looking up TXT of "a.test" failed: ${rcode}` });
  });

  test('reports silence and a closed port as dns problems', async () => {
    const { resolver, server } = await setUp();
    server.behaviour.drop = 100;
    await expect(resolver.txt('a.test', {})).rejects.toMatchObject({ code: 'dns' });
    await server[Symbol.asyncDispose]();
    open.length = 0;
    await expect(resolver.txt('a.test', {})).rejects.toMatchObject({ code: 'dns' });
  });

  test('does not believe answers with another id or another question', async () => {
    const { resolver, server } = await setUp([txt('a.test', 'genuine')]);
    const forge = (id: number, name: string) =>
      packet.encode({ type: 'response', id, questions: [{ type: 'TXT', name }], answers: [{ type: 'TXT', name, data: 'forged', ttl: 1 }] });
    server.behaviour.forge = (query) => forge((query.readUInt16BE(0) + 1) & 0xffff, 'a.test');
    expect(await resolver.txt('a.test', {})).toEqual(['genuine']);
    server.behaviour.forge = (query) => forge(query.readUInt16BE(0), 'b.test');
    expect(await resolver.txt('a.test', {})).toEqual(['genuine']);
  });

  test('survives garbage', async () => {
    const { server } = await setUp();
    const resolver = createResolver({ dnsServers: [server.address], timeoutMs: 50 });
    for (const garbage of [Buffer.alloc(0), Buffer.from('hello'), ...Array.from({ length: 6 }, () => randomBytes(64))]) {
      server.behaviour.garbage = garbage;
      await expect(resolver.txt('a.test', {})).rejects.toMatchObject({ code: 'dns' });
    }
  });

  test('gives addresses, IPv6 first, and a problem where there are none', async () => {
    const { resolver } = await setUp([
      { name: 'a.test', type: 'A', data: '192.0.2.1' },
      { name: 'a.test', type: 'AAAA', data: '2001:db8::1' },
      { name: 'b.test', type: 'CNAME', data: 'a.test' },
      txt('c.test', 'x'),
    ]);
    expect(await resolver.addresses('a.test', {})).toEqual(['2001:db8::1', '192.0.2.1']);
    expect(await resolver.addresses('b.test', {})).toEqual(['2001:db8::1', '192.0.2.1']);
    await expect(resolver.addresses('c.test', {})).rejects.toMatchObject({ code: 'dns', message: 'no valid A or AAAA records found for "c.test"' });
  });

  test('prefers fixed addresses to DNS', async () => {
    const { server } = await setUp([{ name: 'b.test', type: 'A', data: '192.0.2.1' }]);
    const resolver = createResolver({ dnsServers: [server.address], hosts: { 'A.test': ['127.0.0.1', '::1'] } });
    expect(await resolver.addresses('a.TEST', {})).toEqual(['::1', '127.0.0.1']);
    expect(await resolver.addresses('b.test', {})).toEqual(['192.0.2.1']);
    expect(await createResolver({ hosts: { '*': ['127.0.0.1'] } }).addresses('anything.test', {})).toEqual(['127.0.0.1']);
  });

  test('stops when told to', async () => {
    const { resolver, server } = await setUp();
    server.behaviour.drop = 100;
    await expect(resolver.txt('a.test', { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough');
  });
});

describe('the address of a DNS server', () => {
  test.each([
    ['192.0.2.1', { address: '192.0.2.1', port: 53 }],
    ['192.0.2.1:5353', { address: '192.0.2.1', port: 5353 }],
    ['[2001:db8::1]:5353', { address: '2001:db8::1', port: 5353 }],
    ['2001:db8::1', { address: '2001:db8::1', port: 53 }],
  ])('is read from %s', (text, expected) => {
    expect(parseServer(text)).toEqual(expected);
  });

  test.each(['', 'dns.test', '192.0.2.1:99999', '192.0.2.1:x', '[192.0.2.1'])('is not %j', (text) => {
    expect(() => parseServer(text)).toThrow(expect.objectContaining({ code: 'addressInvalid' }) as Error);
  });
});
