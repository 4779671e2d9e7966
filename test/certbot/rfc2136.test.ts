// dns-rfc2136 against BIND: credentials file, wildcard, stored options.
import { type NameServer, startBind } from '@certward/testing';
import { afterAll, beforeAll, describe, test } from 'vitest';
import type { Lane } from './support/lane.ts';
import { expectSameInTurns, withoutDeletion } from './support/turns.ts';
import { hasCertbot, issue, patienceMs, renew } from './support/words.ts';

const key = { name: 'acme', algorithm: 'hmac-sha256', secretBase64: Buffer.from('a key for tests only, 32 octets.').toString('base64') };
let bind: NameServer;

const credentials = (lane: Lane) => {
  const lines = { server: bind.host, port: bind.port, name: `${key.name}.`, secret: key.secretBase64, algorithm: 'HMAC-SHA256' };
  return lane.sandbox.write('rfc2136.ini', Object.entries(lines).map(([name, value]) => `dns_rfc2136_${name} = ${value}\n`).join(''), 0o600);
};
/** The wait is a progress line with us. */
const withoutWait = (text: string) => text.replaceAll(/Waiting \d+ seconds for DNS changes to propagate\n/g, '');
const plugin = (lane: Lane) => ['--dns-rfc2136', '--dns-rfc2136-credentials', credentials(lane), '--dns-rfc2136-propagation-seconds', '0'];

// Needs Certbot or its libraries, which the test-bed installs on Debian.
describe.runIf(hasCertbot).concurrent('rfc2136 in turns', { timeout: patienceMs }, () => {
  beforeAll(async () => {
    const records = ['@ NS ns', 'ns A 127.0.0.1', '@ A 127.0.0.1', '* A 127.0.0.1'];
    bind = await startBind({ keys: [key], zones: ['a.test', 'b.test'].map((name) => ({ name, records, updateKeys: [key.name] })) });
  });
  afterAll(() => bind[Symbol.asyncDispose]());

  test('a wildcard with its apex is renewed, and gets another zone', async () => {
    await expectSameInTurns({
      ca: () => ({ dnsServer: bind.address }),
      steps: [
        { args: (lane) => issue(lane, ...plugin(lane), '-d', '*.a.test', '-d', 'a.test'), text: withoutWait },
        { args: () => renew('--force-renewal'), text: withoutWait },
        { args: () => renew('--force-renewal', '--preferred-challenges', 'dns'), text: withoutWait },
        { args: (lane) => issue(lane, ...plugin(lane), '--cert-name', 'a.test', '-d', '*.a.test,b.test', '--key-type', 'ecdsa', '--elliptic-curve', 'secp384r1'), text: withoutWait },
        { args: () => renew('--force-renewal'), text: withoutWait },
        { args: () => ['revoke', '-n', '--cert-name', 'a.test'], text: withoutDeletion },
      ],
    });
  });
});
