// What scripts match on, on both streams: refused challenges, summaries of mixed renewals, nothing but errors with -q.
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import type { CommandEnd } from '../cli/support/sandbox.ts';
import type { Lane } from './support/lane.ts';
import { labelsOfToday } from './support/neutral.ts';
import { expectSameInTurns, linesOf } from './support/turns.ts';
import { hasCertbot, issue, patienceMs, renew, standalone } from './support/words.ts';

const webroot = (lane: Lane) => {
  mkdirSync(lane.sandbox.join('empty'), { recursive: true });
  return ['--webroot', '-w', lane.sandbox.join('empty')];
};
/** The block about refused names: the CA's words name a token, the advice is ours. */
const blockPattern = /\n?Certbot failed to authenticate[\s\S]*?(?:\nHint: .*\n)+\n?/g;
const refusal = (text: string) => text.replaceAll(blockPattern, '');
const blocks = ({ stdout, stderr }: CommandEnd) =>
  [...`${stdout}\n${stderr}`.matchAll(blockPattern)].map(([block]) => linesOf(labelsOfToday(block).replaceAll(/acme-challenge\/[\w-]+/g, '…').replaceAll(/127\.0\.0\.1:\d+|:\d{4,5}/g, '…').replaceAll(/(?:\nHint: .*\n)+/g, '\nHint: …\n')).join('\n'));
/** Of one name we read one configuration, and say nothing of the others. */
const withoutInvalid = (text: string) => text.replace(/\nThe following renewal configurations were invalid:\n(?: {2}.*\n)+/, '\n');
const conf = (lane: Lane, name: string) => path.join(lane.sandbox.config, 'renewal', `${name}.conf`);
const breakOne = (lane: Lane) => writeFileSync(conf(lane, 'x.test'), 'this is no configuration\n');

// Needs Certbot or its libraries, which the test-bed installs on Debian.
describe.runIf(hasCertbot).concurrent('texts in turns', { timeout: patienceMs }, () => {
  test('of refused challenges', async () => {
    const seen: string[] = [];
    const remember = (_: Lane, end: CommandEnd) => void seen.push(...blocks(end));
    await expectSameInTurns({
      steps: [
        { args: (lane) => issue(lane, ...webroot(lane), '-d', 'a.test'), code: 1, text: refusal, after: remember },
        { args: (lane) => issue(lane, ...webroot(lane), '-d', 'a.test'), code: 1, text: refusal, after: remember },
      ],
    });
    expect(seen).toHaveLength(6);
    expect(new Set(seen).size).toBe(1);
  });

  test('of renewals that succeed, fail, are not due and cannot be read', async () => {
    await expectSameInTurns({
      prepare: (lane) => lane.serveSites({ 'a.test': 'one' }),
      steps: [
        { args: (lane) => issue(lane, '--webroot', '-w', lane.sandbox.join('one'), '-d', 'a.test'), after: breakOne },
        { args: () => renew(), code: 1, text: refusal },
        { args: () => renew('--force-renewal'), code: 1, text: refusal },
        { args: (lane) => renew('--force-renewal', ...webroot(lane)), code: 1, text: refusal },
        { args: (lane) => renew('--force-renewal', ...webroot(lane)), code: 1, text: refusal },
        { args: (lane) => renew('--dry-run', '--server', lane.pebble.directoryUrl), code: 1, text: refusal },
        { args: (lane) => renew('--dry-run', '--server', lane.pebble.directoryUrl), code: 1, text: refusal },
        { args: () => ['certificates'] },
        { args: () => ['certificates', '--cert-name', 'a.test'], text: withoutInvalid },
        { args: () => ['certificates', '-d', 'other.test'] },
      ],
    });
  });

  test('of nothing to do, and with -q', async () => {
    await expectSameInTurns({
      // Ours makes no folders for nothing.
      prepare: async (lane) => void (await lane.run('certbot', ['certificates'])),
      steps: [
        { args: () => renew() },
        { args: () => renew() },
        { args: (lane) => issue(lane, ...standalone(lane), '-d', 'a.test', '-q') },
        { args: (lane) => issue(lane, ...standalone(lane), '-d', 'a.test', '-q') },
        { args: () => renew('-q', '--force-renewal') },
        { args: () => renew('-q', '--force-renewal') },
        { args: () => renew('-q') },
      ],
    });
  });
});
