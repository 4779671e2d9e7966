// What needs another CA than ours: chains, profiles, renewal information, DNS through a real name server.
import { readFileSync, readlinkSync } from 'node:fs';
import path from 'node:path';
import { parseCertificate, parseCertificateChain } from '@certward/pki';
import { type NameServer, type Pebble, startBind, startPebble } from '@certward/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createSandbox, requireSuccess, type Sandbox } from './support/sandbox.ts';

let pebble: Pebble;
let sandbox: Sandbox;
let env: Readonly<Record<string, string>>;
beforeAll(async () => {
  pebble = await startPebble({ alternateRoots: 2, nonceRejectPercent: 15 });
});
afterAll(() => pebble[Symbol.asyncDispose]());
beforeEach(async () => {
  sandbox = await createSandbox();
  env = { REQUESTS_CA_BUNDLE: sandbox.write('pebble.pem', pebble.trustedCaPem) };
});
afterEach(() => sandbox[Symbol.asyncDispose]());

const live = (name: string, file: string) => path.join(sandbox.config, 'live', name, file);
const certonly = (...more: readonly string[]) =>
  sandbox.run(['certonly', '-n', '--agree-tos', '--standalone', '--http-01-port', String(pebble.httpPort), '--server', pebble.directoryUrl, '--preferred-profile', 'default', ...more], { env });

describe('chains', () => {
  test('the preferred one is taken and remembered', async () => {
    const roots = (await pebble.roots()).map((pem) => parseCertificate(pem).commonName ?? '');
    for (const root of roots) {
      requireSuccess(await certonly('-d', 'a.test', '--force-renewal', '--preferred-chain', root));
      expect(parseCertificateChain(readFileSync(live('a.test', 'fullchain.pem'), 'utf8')).at(-1)?.issuerCommonName).toBe(root);
    }
    expect(readFileSync(path.join(sandbox.config, 'renewal', 'a.test.conf'), 'utf8')).toContain(`preferred_chain = ${roots.at(-1)}`);
  });

  test('one that is not offered is warned about', async () => {
    const end = await certonly('-d', 'a.test', '--preferred-chain', 'Nobody Root');
    requireSuccess(end);
    expect(end.stderr).toContain("has been configured to prefer certificate chains with issuer 'Nobody Root', but no chain from the CA matched this issuer. Using the default certificate chain instead.");
  });
});

test('a required profile is asked for, kept for renewals, and refused where it is not offered', async () => {
  requireSuccess(await certonly('-d', 'a.test', '--required-profile', 'shortlived'));
  const days = () => {
    const { notBefore, notAfter } = parseCertificate(readFileSync(live('a.test', 'cert.pem'), 'utf8'));
    return Math.round((notAfter.getTime() - notBefore.getTime()) / 86_400_000);
  };
  expect(days()).toBe(6);
  requireSuccess(await sandbox.run(['renew', '--force-renewal', '--no-random-sleep-on-renew'], { env }));
  expect(days()).toBe(6);
  const refused = await certonly('-d', 'b.test', '--required-profile', 'gold');
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain('gold');
});

test('a window in the past renews at once, and the renewal says what it replaces', async () => {
  requireSuccess(await certonly('-d', 'a.test'));
  const past = (hours: number) => new Date(Date.now() - hours * 3_600_000).toISOString().slice(0, 19) + 'Z';
  await pebble.setRenewalInfo(readFileSync(live('a.test', 'cert.pem'), 'utf8'), JSON.stringify({ suggestedWindow: { start: past(2), end: past(1) } }));
  const { document } = await sandbox.json(['renew', '--no-random-sleep-on-renew'], { env });
  expect(document).toMatchObject({ ok: true, result: { certificates: [{ name: 'a.test', outcome: 'renewed', decision: { due: true, reason: 'ariInstant' } }] } });
  expect(readlinkSync(live('a.test', 'cert.pem'))).toContain('cert2.pem');
  expect(pebble.process.output()).toMatch(/replac/i);
});

describe('--dns-rfc2136', () => {
  const key = { name: 'acme', algorithm: 'hmac-sha256', secretBase64: Buffer.alloc(32, 5).toString('base64') } as const;
  let bind: NameServer;
  let dnsPebble: Pebble;
  beforeAll(async () => {
    bind = await startBind({
      keys: [key],
      zones: [{ name: 'example.test', records: ['@ NS ns1', 'ns1 A 127.0.0.1', '@ A 127.0.0.1', '* A 127.0.0.1'], updateKeys: ['acme'] }],
    });
    dnsPebble = await startPebble({ dnsServer: `${bind.host}:${bind.port}` });
  });
  afterAll(async () => {
    await dnsPebble[Symbol.asyncDispose]();
    await bind.stop();
  });

  test('proves an apex and its wildcard, and renews with what was stored', async () => {
    const credentials = sandbox.write('rfc2136.ini', `dns_rfc2136_server = ${bind.host}\ndns_rfc2136_port = ${bind.port}\ndns_rfc2136_name = acme.\ndns_rfc2136_secret = ${key.secretBase64}\ndns_rfc2136_algorithm = HMAC-SHA256\n`, 0o600);
    const words = ['certonly', '-n', '--agree-tos', '--dns-rfc2136', '--dns-rfc2136-credentials', credentials, '--dns-rfc2136-propagation-seconds', '1', '-d', 'example.test', '-d', '*.example.test', '--server', dnsPebble.directoryUrl];
    const trust = { REQUESTS_CA_BUNDLE: sandbox.write('dns-pebble.pem', dnsPebble.trustedCaPem) };
    requireSuccess(await sandbox.run(words, { env: trust }));
    expect(parseCertificate(readFileSync(live('example.test', 'cert.pem'), 'utf8')).identifiers.map(({ value }) => value).sort()).toEqual(['*.example.test', 'example.test']);
    const conf = readFileSync(path.join(sandbox.config, 'renewal', 'example.test.conf'), 'utf8');
    expect(conf).toContain(`dns_rfc2136_credentials = ${credentials}\n`);
    expect(conf).toContain('dns_rfc2136_propagation_seconds = 1\n');
    expect(conf).not.toContain(key.secretBase64);
    requireSuccess(await sandbox.run(['renew', '--force-renewal', '--no-random-sleep-on-renew'], { env: trust }));
    expect(readlinkSync(live('example.test', 'cert.pem'))).toContain('cert2.pem');
    expect(readFileSync(path.join(sandbox.logs, 'letsencrypt.log'), 'utf8')).not.toContain(key.secretBase64);
  });
});
