// Kinds of keys: what is made, what is kept, and what old versions of Certbot left in the archive.
import { chmodSync, readFileSync, renameSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Lane } from './support/lane.ts';
import { expectSameInTurns } from './support/turns.ts';
import { hasCertbot, issue, patienceMs, renew, standalone } from './support/words.ts';

const key = (lane: Lane) => readFileSync(path.join(lane.sandbox.config, 'live', 'a.test', 'privkey.pem'), 'utf8');
const a = (lane: Lane, ...more: readonly string[]) => issue(lane, ...standalone(lane), '-d', 'a.test', ...more);

// Needs Certbot or its libraries, which the test-bed installs on Debian.
describe.runIf(hasCertbot).concurrent('keys in turns', { timeout: patienceMs }, () => {
  test('RSA to ECDSA and back, sizes and curves, must-staple', async () => {
    await expectSameInTurns({
      steps: [
        { args: (lane) => a(lane, '--key-type', 'rsa', '--rsa-key-size', '3072') },
        { args: () => renew('--force-renewal') },
        { args: (lane) => a(lane, '--force-renewal') },
        { args: (lane) => a(lane, '--force-renewal', '--key-type', 'ecdsa'), code: 1, text: false },
        { args: (lane) => a(lane, '--force-renewal', '--cert-name', 'a.test', '--key-type', 'ecdsa', '--elliptic-curve', 'secp384r1', '--must-staple') },
        { args: () => renew('--force-renewal') },
        { args: () => renew('--force-renewal', '--key-type', 'rsa') },
        { args: () => renew('--force-renewal') },
      ],
    });
  });

  test('a key that is reused is the same key, until told otherwise', async () => {
    const keys = new Map<Lane, string>();
    const remember = (lane: Lane) => void keys.set(lane, key(lane));
    const expectSame = (lane: Lane) => expect(key(lane) === keys.get(lane)).toBe(true);
    const expectNew = (lane: Lane) => {
      expect(key(lane) === keys.get(lane)).toBe(false);
      remember(lane);
    };
    await expectSameInTurns({
      steps: [
        { args: (lane) => a(lane, '--reuse-key'), after: remember },
        { args: () => renew('--force-renewal'), after: expectSame },
        { args: () => renew('--force-renewal', '--new-key'), after: expectNew },
        { args: () => renew('--force-renewal'), after: expectSame },
        { args: (lane) => a(lane, '--force-renewal', '--reuse-key'), after: expectSame },
        { args: () => renew('--force-renewal', '--key-type', 'rsa'), code: 1, text: false },
        { args: () => renew('--force-renewal', '--no-reuse-key'), after: expectNew },
        { args: () => renew('--force-renewal'), after: expectNew },
      ],
    });
  });

  test('a reused key that an old version linked in the archive, and a mode that an administrator widened', async () => {
    const linkKey = (lane: Lane) => {
      const archive = path.join(lane.sandbox.config, 'archive', 'a.test');
      renameSync(path.join(archive, 'privkey2.pem'), path.join(archive, 'spare'));
      symlinkSync(path.join(archive, 'privkey1.pem'), path.join(archive, 'privkey2.pem'));
    };
    await expectSameInTurns({
      steps: [
        { args: (lane) => a(lane, '--reuse-key'), after: (lane) => chmodSync(path.join(lane.sandbox.config, 'archive', 'a.test', 'privkey1.pem'), 0o640) },
        { args: () => renew('--force-renewal'), after: linkKey },
        { args: () => renew('--force-renewal') },
        { args: () => renew('--force-renewal') },
      ],
    });
  });
});
