// Webroot, with one and with several folders: what is stored about them is read and kept by the other program.
import { mkdirSync, readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Lane } from './support/lane.ts';
import { expectSameInTurns, withoutSelection } from './support/turns.ts';
import { hasCertbot, issue, patienceMs, renew } from './support/words.ts';

const serve = async (lane: Lane) => {
  await lane.serveSites({ 'a.test': 'one', 'b.test': 'two', 'c.test': 'two' });
  mkdirSync(lane.sandbox.join('one', '.well-known'));
};
const roots = (lane: Lane) => [lane.sandbox.join('one'), lane.sandbox.join('two')] as const;
/** Challenge files are gone, and so are folders that the run made; the one that was there stays. */
const expectClean = (lane: Lane) => {
  expect(readdirSync(lane.sandbox.join('one'))).toEqual(['.well-known']);
  expect(readdirSync(lane.sandbox.join('one', '.well-known'))).toEqual([]);
  expect(readdirSync(lane.sandbox.join('two'))).toEqual([]);
};

// Needs Certbot or its libraries, which the test-bed installs on Debian.
describe.runIf(hasCertbot).concurrent('webroot in turns', { timeout: patienceMs }, () => {
  test('several folders, each for the names after it', async () => {
    const placed = (lane: Lane) => {
      const [one, two] = roots(lane);
      return ['--webroot', '-w', one, '-d', 'a.test', '-w', two, '-d', 'b.test,c.test'];
    };
    await expectSameInTurns({
      prepare: serve,
      steps: [
        { args: (lane) => issue(lane, ...placed(lane)), after: expectClean },
        { args: () => renew('--force-renewal'), after: expectClean },
        { args: (lane) => issue(lane, ...placed(lane), '--force-renewal'), after: expectClean },
        { args: (lane) => renew('--force-renewal', '--webroot', '-w', roots(lane)[0]), code: 1, text: false, after: expectClean },
        { args: () => renew('--force-renewal') },
        { args: () => ['delete', '-n', '--cert-name', 'a.test'], text: withoutSelection },
      ],
    });
  });

  test('a map in JSON, and one folder for all', async () => {
    const map = (lane: Lane) => JSON.stringify({ 'a.test': roots(lane)[0], 'b.test,c.test': roots(lane)[1] });
    await expectSameInTurns({
      prepare: serve,
      steps: [
        { args: (lane) => issue(lane, '--webroot', '--webroot-map', map(lane)), after: expectClean },
        { args: () => renew('--force-renewal') },
        { args: (lane) => issue(lane, '--webroot', '-w', roots(lane)[1], '-d', 'c.test'), after: expectClean },
        { args: () => renew('--force-renewal') },
        { args: (lane) => renew('--force-renewal', '--cert-name', 'c.test', '-w', roots(lane)[1]) },
        { args: () => renew('--force-renewal') },
      ],
    });
  });
});
