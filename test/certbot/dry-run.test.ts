// Dry runs and the matrix of servers: nothing of a certificate changes, and a test CA never takes the place of a real one.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'vitest';
import type { Lane } from './support/lane.ts';
import { expectSameInTurns } from './support/turns.ts';
import { hasCertbot, issue, patienceMs, renew, standalone } from './support/words.ts';

const a = (lane: Lane, ...more: readonly string[]) => issue(lane, ...standalone(lane), '-d', 'a.test', ...more);

/** With a stored server of one's own Certbot rehearses at the staging server of Let's Encrypt unless it is typed. */
const rehearsal = (lane: Lane) => ['--dry-run', '--server', lane.pebble.directoryUrl];

// Needs Certbot or its libraries, which the test-bed installs on Debian.
describe.runIf(hasCertbot).concurrent('dry runs in turns', { timeout: patienceMs }, () => {
  test('change nothing and say so', async () => {
    await expectSameInTurns({
      steps: [
        { args: (lane) => a(lane, '--dry-run') },
        { args: (lane) => a(lane, '--dry-run') },
        { args: (lane) => a(lane) },
        { args: (lane) => a(lane, '--dry-run') },
        { args: (lane) => renew(...rehearsal(lane)) },
        { args: (lane) => renew(...rehearsal(lane)) },
        { args: (lane) => renew(...rehearsal(lane), '--cert-name', 'a.test', '--key-type', 'rsa') },
        { args: (lane) => renew(...rehearsal(lane), '--http-01-port', '1', '--http-01-address', '203.0.113.1'), code: 1, text: false },
        { args: () => renew('--force-renewal') },
      ],
    });
  });

  test('conflicts of servers are refused', async () => {
    const staging = 'https://acme-staging-v02.api.letsencrypt.org/directory';
    await expectSameInTurns({
      steps: [
        { args: (lane) => a(lane) },
        { args: (lane) => a(lane, '--staging'), code: 1, text: false },
        { args: (lane) => ['certonly', '-n', '--standalone', '-d', 'a.test', '--staging', '--server', lane.pebble.directoryUrl], code: 1, text: false },
        { args: () => ['certificates', '--dry-run'], code: 1, text: false },
        { args: () => ['revoke', '--cert-name', 'a.test', '--dry-run'], code: 1, text: false },
        {
          args: () => ['certificates'],
          text: false,
          after: (lane) => writeFileSync(path.join(lane.sandbox.config, 'renewal', 'broken.conf'), `[renewalparams]\nserver = ${staging}\n`),
        },
        { args: () => renew(), code: 1, text: false },
      ],
    });
  });
});
