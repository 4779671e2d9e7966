// The provider suite, run by the rfc2136 provider against real BIND and Knot.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { type DnsProviderUnderTest, testDnsProvider } from '@certward/engine';
import { findBinary, type NameServer, startBind, startKnot } from '@certward/testing';
import { providerFor, updateKey, zoneLines } from './support/world.ts';

const zones = [
  { name: 'example.test', records: zoneLines(['127.0.0.1']), updateKeys: ['acme'] },
  { name: 'foreign.test', records: zoneLines(['127.0.0.1']) },
];

/** Reads with dig, so that nothing of ours judges itself. */
async function dig(server: NameServer, fqdn: string, type: string): Promise<string[]> {
  const { stdout } = await promisify(execFile)(findBinary('dig'), [`@${server.host}`, '-p', String(server.port), '+tcp', '+short', '+norecurse', fqdn, type]);
  const lines = stdout.split('\n').filter((line) => line !== '');
  if (type === 'TXT') return lines.map((line) => [...line.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, part = '']) => part.replaceAll(/\\(.)/g, '$1')).join(''));
  if (type === 'TLSA') return lines.map((line) => line.toLowerCase().replace(/^(\d+ \d+ \d+) (.*)$/, (_, head: string, hex: string) => `${head} ${hex.replaceAll(' ', '')}`));
  return lines.map((line) => line.replace(/\.$/, ''));
}

describe.each([
  ['BIND', startBind],
  ['Knot', startKnot],
] as const)('%s', (name, start) => {
  let server: NameServer;
  let subject: DnsProviderUnderTest;
  beforeAll(async () => {
    server = await start({ keys: [updateKey], zones });
    const provider = await providerFor(server);
    subject = {
      provider,
      zone: 'example.test',
      foreignZone: 'foreign.test',
      types: ['TXT', 'A', 'AAAA', 'CNAME', 'MX', 'CAA', 'TLSA'],
      secrets: [updateKey.secretBase64],
      readValues: (fqdn, type) => dig(server, fqdn, type),
      addForeignValue: async (fqdn, value) => {
        const other = await providerFor(server);
        await other.addValue({ zone: 'example.test', fqdn, type: 'TXT', value, ttlSeconds: 300 });
      },
    };
  });
  afterAll(() => server.stop());
  testDnsProvider(`rfc2136 with ${name}`, { describe, test }, () => Promise.resolve(subject));
});
