// Standalone, with every verb that follows an issuance: each by the other program than the one before.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { expectSameInTurns, withoutSelection } from './support/turns.ts';
import { hasCertbot, issue, patienceMs, renew, standalone } from './support/words.ts';

// Needs Certbot or its libraries, which the test-bed installs on Debian.
describe.runIf(hasCertbot).concurrent('standalone in turns', { timeout: patienceMs }, () => {
  test('issue, renew, list, change names, revoke and delete', async () => {
    await expectSameInTurns({
      steps: [
        { args: (lane) => issue(lane, ...standalone(lane), '-d', 'a.test', '-d', 'b.test') },
        { args: () => renew('--force-renewal') },
        { args: () => renew() },
        { args: (lane) => issue(lane, ...standalone(lane), '-d', 'a.test,b.test') },
        { args: (lane) => issue(lane, ...standalone(lane), '-d', 'b.test', '-d', 'a.test', '--force-renewal') },
        { args: (lane) => issue(lane, ...standalone(lane), '-d', 'a.test,b.test,c.test', '--expand') },
        { args: (lane) => issue(lane, ...standalone(lane), '--cert-name', 'a.test', '-d', 'c.test', '--renew-with-new-domains') },
        { args: () => ['revoke', '-n', '--cert-name', 'a.test', '--no-delete-after-revoke', '--reason', 'superseded'] },
        { args: () => renew('--force-renewal') },
        { args: () => ['delete', '-n', '--cert-name', 'a.test'], text: withoutSelection, after: (lane) => expect(existsSync(path.join(lane.sandbox.config, 'archive', 'a.test'))).toBe(false) },
      ],
    });
  });
});
