// cli.ini in its three places: which wins, what is stored of it, and what a file must not say.
import { describe, test } from 'vitest';
import type { Lane } from './support/lane.ts';
import { expectSameInTurns } from './support/turns.ts';
import { hasCertbot, patienceMs, renew, standalone } from './support/words.ts';

/** What Debian's package puts there. */
const packagers = 'max-log-backups = 0\n\n# Adjust interaction with Certbot systemd timer\npreconfigured-renewal = True\n';

const system = (lane: Lane, more: string) => lane.sandbox.write('etc/cli.ini', `${packagers}${more}`);
const users = (lane: Lane, text: string) => lane.sandbox.write('xdg/letsencrypt/cli.ini', text);
const third = (lane: Lane, text: string) => ['-c', lane.sandbox.write('third.ini', text)];

// Needs Certbot or its libraries, which the test-bed installs on Debian.
describe.runIf(hasCertbot).concurrent('cli.ini in turns', { timeout: patienceMs }, () => {
  test('three files are merged, the later wins, and what they say is stored', async () => {
    await expectSameInTurns({
      prepare(lane) {
        system(lane, `server = ${lane.pebble.directoryUrl}\nagree-tos = true\nkey-type = rsa\nrsa-key-size = 4096 # beaten by the next file\nnon-interactive\n`);
        users(lane, '; of the user\n[section]\nrsa-key-size: 3072\nregister-unsafely-without-email true\nreuse-key = false\npre-hook = "true"\n');
      },
      steps: [
        { args: (lane) => ['certonly', ...standalone(lane), '-d', 'a.test'] },
        { args: (lane) => ['certonly', ...standalone(lane), '-d', 'a.test', '--force-renewal', ...third(lane, 'rsa-key-size = 2048\npre-hook = \'/bin/true\'\n')] },
        { args: (lane) => ['certonly', ...standalone(lane), '-d', 'a.test', '--force-renewal', '--rsa-key-size', '2048', ...third(lane, 'rsa-key-size = 4096\n')] },
        { args: (lane) => renew('--force-renewal', ...third(lane, 'domains = z.test\n')) },
        { args: (lane) => renew('--force-renewal', ...third(lane, 'post-hook = true\ndeploy-hook = "true"\nno-autorenew = false\n')), text: false },
        { args: (lane) => ['certificates', ...third(lane, 'bogus = 1\n')], code: 2, text: false },
        { args: (lane) => ['certificates', ...third(lane, 'dry_run = true\n')], code: 2, text: false },
        { args: (lane) => ['certificates', ...third(lane, 'max-log-backups = many\n')], code: 2, text: false },
      ],
    });
  });
});
