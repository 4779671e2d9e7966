import { describe, expect, test } from 'vitest';
import { startScriptedNameServer } from '@certward/testing';
import type { ChallengeToAnswer, DnsProvider, DnsRecordValue } from '../ports.ts';
import { createDnsAuthenticator, type DnsAuthenticatorOptions } from './dns.ts';
import { dnsHandle, parseDnsHandle } from './dns-handle.ts';

/** A provider that keeps its values in memory and knows these zones. */
function memoryProvider(zones: readonly string[] | undefined): DnsProvider & { readonly values: DnsRecordValue[] } {
  const values: DnsRecordValue[] = [];
  return {
    name: 'memory',
    propagationTimeoutSeconds: 60,
    values,
    listZones: () => Promise.resolve(zones),
    readRecordSet: () => Promise.resolve(undefined),
    addValue: (record) => {
      values.push(record);
      return Promise.resolve({ id: values.length });
    },
    removeValue: (record, handle) => {
      expect(handle).toEqual({ id: 1 });
      values.splice(values.findIndex(({ value }) => value === record.value), 1);
      return Promise.resolve();
    },
  };
}

const challenge: ChallengeToAnswer = {
  identifier: { type: 'dns', value: 'www.example.org' },
  wildcard: false,
  type: 'dns-01',
  token: 'token',
  keyAuthorization: 'token.thumbprint',
  validation: 'validation',
  recordName: '_acme-challenge.www.example.org',
  accountUrl: 'https://ca.test/account/1',
};

/** Everything is in the zone example.org, served by one server, which is the resolver as well. */
function startExample() {
  return startScriptedNameServer({
    answer: ({ name, type }) => {
      if (type === 'NS' && name === 'example.org') return { answers: [{ name, type: 'NS', data: 'ns.example.org' }] };
      const data = { mname: 'ns.example.org', rname: 'h', serial: 1, refresh: 1, retry: 1, expire: 1, minimum: 1 };
      return { rcode: name.endsWith('example.org') ? 0 : 5, authorities: name.endsWith('example.org') ? [{ name: 'example.org', type: 'SOA', data }] : [] };
    },
  });
}

async function withExample<T>(provider: DnsProvider, work: (options: DnsAuthenticatorOptions) => Promise<T>): Promise<T> {
  await using server = await startExample();
  return await work({ name: 'dns-memory', provider, lookup: { resolvers: [server], nameServerAddresses: new Map([['ns.example.org', [server]]]) } });
}

describe('createDnsAuthenticator', () => {
  test('answers names, not addresses', () => {
    const authenticator = createDnsAuthenticator({ name: 'dns-memory', provider: memoryProvider(undefined) });
    expect(authenticator.challengeTypes({ type: 'dns', value: 'example.org' }, { wildcard: true })).toEqual(['dns-01', 'dns-account-01']);
    expect(authenticator.challengeTypes({ type: 'ip', value: '192.0.2.1' }, { wildcard: false })).toEqual([]);
  });

  test('plans without changing anything, and hands the handle of the provider back to it', async () => {
    const provider = memoryProvider(['Example.org.']);
    await withExample(provider, async (options) => {
      const authenticator = createDnsAuthenticator(options);
      const [planned = null] = await authenticator.plan([challenge]);
      expect(planned).toEqual({ zone: 'example.org', fqdn: '_acme-challenge.www.example.org', value: 'validation', ttlSeconds: 120 });
      expect(provider.values).toEqual([]);
      const presented = await authenticator.present(challenge, planned);
      expect(presented).toEqual({ ...(planned as object), providerHandle: { id: 1 } });
      await authenticator.cleanUp(presented);
      expect(provider.values).toEqual([]);
    });
  });

  test('does not write into a parent zone what belongs into a zone that the credentials do not reach', async () => {
    await withExample(memoryProvider(['org', 'other.net']), async (options) => {
      await expect(createDnsAuthenticator(options).plan([challenge])).rejects.toMatchObject({
        code: 'zoneNotReachable',
        message: 'the zone "example.org" is not among those that the credentials of dns-memory reach',
        hint: 'they reach org, other.net',
      });
    });
  });

  test('with a fixed wait, takes the longest zone of the provider where no name server can be asked', async () => {
    await using silent = await startScriptedNameServer({ answer: () => ({ flags: 0, rcode: 5 }) });
    const options = { name: 'dns-memory', lookup: { resolvers: [silent] }, propagationSeconds: 1 };
    const listed = createDnsAuthenticator({ ...options, provider: memoryProvider(['org', 'example.org']) });
    expect(await listed.plan([challenge])).toMatchObject([{ zone: 'example.org' }]);
    const unlisted = createDnsAuthenticator({ ...options, provider: memoryProvider(undefined) });
    expect(await unlisted.plan([challenge])).toMatchObject([{ zone: 'www.example.org' }]);
    const foreign = createDnsAuthenticator({ ...options, provider: memoryProvider(['other.net']) });
    await expect(foreign.plan([challenge])).rejects.toMatchObject({ code: 'zoneNotReachable' });
  });

  test('refuses other challenge types', async () => {
    const authenticator = createDnsAuthenticator({ name: 'dns-memory', provider: memoryProvider(['example.org']) });
    await expect(authenticator.plan([{ ...challenge, type: 'http-01' }])).rejects.toMatchObject({ code: 'presentationInvalid' });
  });

  test('tells the person what to look at, according to what the authority complained about', () => {
    const options = { name: 'dns-memory', provider: memoryProvider(undefined) };
    const checked = createDnsAuthenticator(options);
    expect(checked.hint?.('unauthorized', [challenge.identifier])).toContain('answer differently elsewhere');
    expect(checked.hint?.('dns', [challenge.identifier])).toContain('DNSSEC');
    expect(checked.hint?.('caa', [challenge.identifier])).toContain('CAA');
    expect(checked.hint?.('serverInternal', [challenge.identifier])).toBeUndefined();
    const blind = createDnsAuthenticator({ ...options, propagationSeconds: 5 });
    expect(blind.hint?.('unauthorized', [challenge.identifier])).toContain('5 s may be too short');
  });
});

describe('handles', () => {
  test('survive being written and read', () => {
    const presentation = { record: { zone: 'example.org', fqdn: '_acme-challenge.example.org', type: 'TXT', value: 'v', ttlSeconds: 60 }, providerHandle: null } as const;
    expect(parseDnsHandle(JSON.parse(JSON.stringify(dnsHandle(presentation))) as never)).toEqual(presentation);
  });

  test.each([null, 'text', [], {}, { zone: 'a.b', fqdn: '../x', value: 'v', ttlSeconds: 1 }, { zone: 'a.b', fqdn: 'c.a.b', value: 1, ttlSeconds: 1 }])('refuses %j', (handle) => {
    expect(() => parseDnsHandle(handle as never)).toThrowError(expect.objectContaining({ code: 'presentationInvalid' }) as Error);
  });
});
