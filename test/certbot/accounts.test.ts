// Several accounts at one CA: which is chosen, which is stored, and what unregistering leaves of the others.
import { mkdirSync, renameSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'vitest';
import type { Lane } from './support/lane.ts';
import { accountIds } from './support/neutral.ts';
import { expectSameInTurns } from './support/turns.ts';
import { hasCertbot, issue, patienceMs, renew, standalone } from './support/words.ts';

const server = ({ pebble }: Lane) => ['--server', pebble.directoryUrl];
const register = (lane: Lane, ...more: readonly string[]) => ['register', '-n', '--agree-tos', ...server(lane), ...more];
const folder = (lane: Lane) => path.join(lane.sandbox.config, 'accounts', new URL(lane.pebble.directoryUrl).host, 'dir');
const account = (lane: Lane, index: number) => accountIds(lane)[index] ?? 'missing';

/** Puts the accounts out of sight, so that another one is registered. */
const hide = (lane: Lane) => renameSync(folder(lane), lane.sandbox.join('hidden'));
const bringBack = (lane: Lane) => {
  mkdirSync(folder(lane), { recursive: true });
  const [id = ''] = accountIds(lane);
  renameSync(path.join(folder(lane), id), path.join(lane.sandbox.join('hidden'), id));
  renameSync(folder(lane), `${folder(lane)}-empty`);
  renameSync(lane.sandbox.join('hidden'), folder(lane));
  renameSync(`${folder(lane)}-empty`, lane.sandbox.join('empty'));
};

// Needs Certbot or its libraries, which the test-bed installs on Debian.
describe.runIf(hasCertbot).concurrent('several accounts in turns', { timeout: patienceMs }, () => {
  test('are told apart by --account, and stored', async () => {
    await expectSameInTurns({
      steps: [
        { args: (lane) => register(lane, '-m', 'one@a.test', '--no-eff-email'), after: hide },
        { args: (lane) => register(lane, '--register-unsafely-without-email'), after: bringBack },
        { args: (lane) => issue(lane, ...standalone(lane), '-d', 'a.test'), code: 1, text: false },
        { args: (lane) => issue(lane, ...standalone(lane), '-d', 'a.test', '--account', 'no-such-account'), code: 1, text: false },
        { args: (lane) => issue(lane, ...standalone(lane), '-d', 'a.test', '--account', account(lane, 1)) },
        { args: () => renew('--force-renewal') },
        { args: (lane) => renew('--force-renewal', '--account', account(lane, 0)) },
        { args: (lane) => ['update_account', '-n', ...server(lane), '--account', account(lane, 0), '-m', 'two@a.test,three@a.test', '--no-eff-email'] },
        { args: (lane) => ['unregister', '-n', ...server(lane), '--account', account(lane, 1)] },
        { args: () => renew('--force-renewal') },
        { args: (lane) => register(lane, '-m', 'one@a.test'), code: 1, text: false },
      ],
    });
  });
});
