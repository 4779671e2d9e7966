// One certificate, every name proved in its own way: HTTP-01, TLS-ALPN-01, and DNS-01 through BIND, by Pebble.
import { createAcmeClient } from '@certward/acme';
import { type Authenticator, createDnsAuthenticator, createMemoryJournal, createStandaloneAuthenticator, createTlsAlpnAuthenticator, type IssuanceEvent, runIssuance } from '@certward/engine';
import { generatePrivateKey, parseIdentifier } from '@certward/pki';
import { startBind, startPebble } from '@certward/testing';
import { expect, test } from 'vitest';
import { lookupThrough, providerFor, txtValues, updateKey, zoneLines } from '../dns/support/world.ts';

test('each name of one order is proved by its own authenticator, and nothing of any is left', async () => {
  await using bind = await startBind({ keys: [updateKey], zones: [{ name: 'example.test', records: zoneLines(['127.0.0.1']), updateKeys: ['acme'] }] });
  await using pebble = await startPebble({ strict: true, dnsServer: bind.address });
  await using client = createAcmeClient({ directoryUrl: pebble.directoryUrl, trustedCaPem: pebble.trustedCaPem });
  const account = await client.createAccount({ key: await generatePrivateKey({ type: 'ecdsa', curve: 'P-256' }), termsOfServiceAgreed: true });

  const standalone = createStandaloneAuthenticator({ port: pebble.httpPort });
  const tlsAlpn = createTlsAlpnAuthenticator({ port: pebble.tlsPort });
  const dns = createDnsAuthenticator({ name: 'dns-rfc2136', provider: await providerFor(bind), lookup: lookupThrough([bind]) });
  const byName = new Map<string, Authenticator>([
    ['http.example.test', standalone],
    ['tls.example.test', tlsAlpn],
    ['example.test', dns],
    ['*.example.test', dns],
  ]);
  const events: IssuanceEvent[] = [];
  const result = await runIssuance(
    {
      id: 'mixed',
      directoryUrl: pebble.directoryUrl,
      account,
      identifiers: [...byName.keys()].map((name) => parseIdentifier(name)),
      authenticatorFor: ({ value }) => byName.get(value) ?? standalone,
    },
    { journal: createMemoryJournal(), store: async () => undefined, listener: (event) => events.push(event) },
  );

  expect(result.chain[0]?.identifiers.map(({ value }) => value).sort()).toEqual([...byName.keys()].sort());
  const presented = events.flatMap((event) => (event.type === 'challenge.presented' ? [`${event.identifier.value} ${event.challengeType} ${event.authenticator}`] : []));
  expect(presented.sort()).toEqual([
    'example.test dns-01 dns-rfc2136',
    'example.test dns-01 dns-rfc2136',
    'http.example.test http-01 standalone',
    'tls.example.test tls-alpn-01 tls-alpn',
  ]);
  // Everything is in place before the CA is told about anything.
  const types = events.map(({ type }) => type);
  expect(types.lastIndexOf('challenge.presented')).toBeLessThan(types.indexOf('challenge.responded'));
  expect(await account.listOrders()).toHaveLength(1);
  expect([standalone.port, tlsAlpn.port]).toEqual([undefined, undefined]);
  expect(await txtValues(bind, '_acme-challenge.example.test')).toEqual([]);
  expect(result.cleanUpFailures).toEqual([]);
});
