// What the rfc2136 provider says when a real server refuses: wrong keys, clocks, zones and rights.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseServerAddress } from '@certward/engine';
import { loadDnsProvider } from '@certward/dns';
import { createFakeClock, freePort, type NameServer, startBind, startKnot } from '@certward/testing';
import { providerFor, txtValues, updateKey, zoneLines } from './support/world.ts';

const record = { zone: 'example.test', fqdn: '_acme-challenge.example.test', type: 'TXT', value: 'value', ttlSeconds: 60 } as const;
const otherKey = { ...updateKey, name: 'other' };

const algorithms = ['hmac-md5', 'hmac-sha1', 'hmac-sha224', 'hmac-sha256', 'hmac-sha384', 'hmac-sha512'];
const algorithmKeys = algorithms.map((algorithm) => ({ ...updateKey, name: `key-${algorithm}`, algorithm }));

describe.each([
  ['BIND', startBind],
  ['Knot', startKnot],
] as const)('%s', (name, start) => {
  let server: NameServer;
  beforeAll(async () => {
    server = await start({
      keys: [updateKey, otherKey, ...algorithmKeys],
      zones: [
        { name: 'example.test', records: zoneLines(['127.0.0.1']), updateKeys: ['acme', ...algorithmKeys.map((key) => key.name)] },
        { name: 'closed.test', records: zoneLines(['127.0.0.1']), updateKeys: ['other'] },
      ],
    });
  });
  afterAll(() => server.stop());

  test.each(algorithmKeys)('takes updates signed with $algorithm', async (key) => {
    const provider = await providerFor(server, key, { dns_rfc2136_sign_query: 'true' });
    await provider.addValue({ ...record, value: key.algorithm });
    expect(await txtValues(server, record.fqdn)).toEqual([key.algorithm]);
    await provider.removeValue({ ...record, value: key.algorithm }, undefined);
    expect(await txtValues(server, record.fqdn)).toEqual([]);
  });

  test('tells a wrong secret from an unknown key', async () => {
    const wrongSecret = await providerFor(server, { ...updateKey, secretBase64: Buffer.alloc(32, 8).toString('base64') });
    await expect(wrongSecret.addValue(record)).rejects.toMatchObject({
      code: 'accessDenied',
      message: `${server.address} rejects the signature made with the key "acme" (BADSIG)`,
      hint: 'the secret here differs from the one that the server has for "acme"',
    });
    const unknownKey = await providerFor(server, { ...updateKey, name: 'nobody' });
    await expect(unknownKey.addValue(record)).rejects.toMatchObject({
      code: 'accessDenied',
      message: `${server.address} does not know the key "nobody" with hmac-sha256 (BADKEY)`,
    });
    const wrongAlgorithm = await providerFor(server, { ...updateKey, algorithm: 'hmac-sha512' });
    await expect(wrongAlgorithm.addValue(record)).rejects.toMatchObject({ code: 'accessDenied' });
  });

  test.each([
    { direction: 'ahead of', offsetMs: -3_600_000 },
    { direction: 'behind', offsetMs: 3_600_000 },
  ])('says that its clock is $direction ours', async ({ direction, offsetMs }) => {
    const clock = createFakeClock(new Date(Date.now() + offsetMs));
    const definition = await loadDnsProvider('rfc2136');
    const values = { dns_rfc2136_server: server.address, dns_rfc2136_name: 'acme', dns_rfc2136_secret: updateKey.secretBase64, dns_rfc2136_algorithm: 'HMAC-SHA256' };
    const provider = definition.create(new Map(Object.entries(values)), { clock });
    await expect(provider.addValue(record)).rejects.toMatchObject({
      code: 'clockSkewed',
      message: expect.stringMatching(new RegExp(`finds our signature too old or too new \\(BADTIME\\): its clock is 3(600|599|601) s ${direction} ours`)) as string,
      hint: expect.stringContaining('set the clocks') as string,
    });
  });

  test('says who must let the key in', async () => {
    const provider = await providerFor(server);
    await expect(provider.addValue({ ...record, zone: 'closed.test', fqdn: '_acme-challenge.closed.test' })).rejects.toMatchObject({
      code: name === 'BIND' ? 'accessDenied' : expect.stringMatching(/accessDenied|zoneNotServed/) as string,
      hint: expect.any(String) as string,
    });
  });

  test('says that it has no zone around a name', async () => {
    const provider = await providerFor(server);
    await expect(provider.addValue({ ...record, zone: 'elsewhere.test', fqdn: '_acme-challenge.www.elsewhere.test' })).rejects.toMatchObject({
      code: 'zoneNotServed',
      message: `${server.address} is not authoritative for any zone around "_acme-challenge.www.elsewhere.test"`,
    });
  });

  test('a secondary is not the place to update', async () => {
    await using secondary = await start({ keys: [updateKey], zones: [{ name: 'example.test', primary: parseServerAddress(server.address) }] });
    const provider = await providerFor(secondary);
    await expect(provider.addValue(record)).rejects.toMatchObject({ code: expect.stringMatching(/zoneNotServed|accessDenied|updateFailed/) as string, hint: expect.any(String) as string });
  });
});

test('nobody at the address is said with what to check', async () => {
  const port = await freePort();
  const provider = await providerFor({ address: `127.0.0.1:${port}` });
  await expect(provider.addValue(record)).rejects.toMatchObject({
    code: 'serverUnreachable',
    message: `cannot exchange messages with the DNS server 127.0.0.1:${port}`,
    retry: 'now',
  });
});
