// Hooks on the command line and in the folders: which run, in which order, with which variables, and what is shown of it.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Lane } from './support/lane.ts';
import { neutral } from './support/neutral.ts';
import { expectSameInTurns } from './support/turns.ts';
import { hasCertbot, issue, patienceMs, renew, standalone } from './support/words.ts';

/** A hook that writes down its name and variables, and says something. */
function hook(lane: Lane, name: string, more = ''): string {
  const file = lane.sandbox.join('hooks', name);
  return write(lane, file, name, more);
}

function write(lane: Lane, file: string, name: string, more = ''): string {
  mkdirSync(path.dirname(file), { recursive: true });
  const variables = ['RENEWED_LINEAGE', 'RENEWED_DOMAINS', 'FAILED_DOMAINS'].map((variable) => `${variable}=\${${variable}-unset}`).join(' ');
  writeFileSync(file, `#!/bin/sh\necho "${name} ${variables}" >> ${lane.sandbox.join('recorded')}\n${more}\n`, { mode: 0o755 });
  return file;
}

const inFolder = (lane: Lane, kind: string, name: string, more = '') => write(lane, path.join(lane.sandbox.config, 'renewal-hooks', kind, name), `${kind}/${name}`, more);

/** What ran since the last look. */
function take(lane: Lane): readonly string[] {
  const file = lane.sandbox.join('recorded');
  if (!existsSync(file)) return [];
  const lines = neutral(readFileSync(file, 'utf8'), lane).trim().split('\n');
  rmSync(file);
  return lines;
}

const configured = (lane: Lane) => ['--pre-hook', hook(lane, 'pre'), '--post-hook', hook(lane, 'post', 'echo done'), '--deploy-hook', hook(lane, 'deploy', 'echo deployed; echo oops >&2; exit 2')];
const foldersFull = (lane: Lane) => {
  inFolder(lane, 'pre', '20-late');
  inFolder(lane, 'pre', '10-early', 'echo early');
  inFolder(lane, 'pre', '30-backup~');
  inFolder(lane, 'deploy', 'b');
  inFolder(lane, 'deploy', 'a', 'exit 1');
  inFolder(lane, 'post', 'z');
  writeFileSync(path.join(lane.sandbox.config, 'renewal-hooks', 'post', 'not-executable'), 'echo never', { mode: 0o644 });
};

/** Variables of post hooks: Certbot 2.1 sets none of its own, and lets those of the last deploy hook leak. */
const withoutPostVariables = (line: string) => (line.startsWith('post') ? (line.split(' ', 1)[0] ?? '') : line);

/** Every telling of a story saw the same. */
const expectOnlyOne = (seen: readonly string[]) => expect([...new Set(seen)]).toEqual(seen.slice(0, 1));

/** Post hooks are done before an issuance is reported. */
const postHookLast = (text: string) => (text.includes(postHookOutput) ? `${text.replace(postHookOutput, '')}${postHookOutput}` : text);
const postHookOutput = "Hook 'post-hook' ran with output:\n done\n";

/** With a stored server of one's own Certbot rehearses at the staging server of Let's Encrypt unless it is typed. */
const rehearsal = (lane: Lane) => ['--dry-run', '--server', lane.pebble.directoryUrl];

// Needs Certbot or its libraries, which the test-bed installs on Debian.
describe.runIf(hasCertbot).concurrent('hooks in turns', { timeout: patienceMs }, () => {
  test('run in the same order with the same variables, stored ones and those in folders', async () => {
    const rounds: string[][] = [];
    const record = (round: number) => (lane: Lane) => void (rounds[round] ??= []).push(take(lane).map(withoutPostVariables).join('\n'));
    await expectSameInTurns({
      steps: [
        { args: (lane) => issue(lane, ...standalone(lane), '-d', 'a.test', '-d', 'b.test', ...configured(lane)), text: postHookLast, after: record(0) },
        { args: () => renew(), after: record(1) },
        { args: () => renew('--force-renewal'), after: (lane) => (record(2)(lane), foldersFull(lane)) },
        { args: () => renew('--force-renewal'), after: record(3) },
        { args: () => renew('--force-renewal', '--no-directory-hooks'), after: record(4) },
        { args: (lane) => renew(...rehearsal(lane)), text: false, after: record(5) },
        { args: () => renew('--force-renewal'), after: record(6) },
      ],
    });
    for (const round of rounds) expectOnlyOne(round);
    expect(rounds[3]?.[0]?.split('\n').map((line) => line.split(' ', 1)[0])).toEqual(['pre/10-early', 'pre/20-late', 'pre', 'deploy/a', 'deploy/b', 'deploy', 'post/z', 'post']);
    expect(rounds[2]?.[0]).toContain('deploy RENEWED_LINEAGE=<folder>/config/live/a.test RENEWED_DOMAINS=a.test b.test');
  });

  test('of two certificates run once where they are the same, and per certificate where they deploy', async () => {
    const rounds: string[] = [];
    await expectSameInTurns({
      steps: [
        { args: (lane) => issue(lane, ...standalone(lane), '-d', 'a.test', ...configured(lane)), text: postHookLast },
        { args: (lane) => issue(lane, ...standalone(lane), '-d', 'b.test', ...configured(lane)), text: postHookLast, after: (lane) => void take(lane) },
        { args: () => renew('--force-renewal'), after: (lane) => void rounds.push(take(lane).map(withoutPostVariables).join('\n')) },
        { args: () => renew('--force-renewal'), after: (lane) => void rounds.push(take(lane).map(withoutPostVariables).join('\n')) },
      ],
    });
    expectOnlyOne(rounds);
  });

  test('run after a failure, too; a hook that does not exist stops everything', async () => {
    const rounds: string[] = [];
    const failing = (lane: Lane) => ['--webroot', '-w', lane.cwd, '-d', 'a.test'];
    await expectSameInTurns({
      steps: [
        { args: (lane) => issue(lane, ...failing(lane), ...configured(lane)), code: 1, text: false, after: (lane) => void rounds.push(take(lane).map(withoutPostVariables).join('\n')) },
        { args: (lane) => issue(lane, ...failing(lane), ...configured(lane)), code: 1, text: false, after: (lane) => void rounds.push(take(lane).map(withoutPostVariables).join('\n')) },
        { args: (lane) => issue(lane, ...standalone(lane), '-d', 'a.test', '--pre-hook', 'no-such-command'), code: 1, text: false },
        { args: (lane) => issue(lane, ...standalone(lane), '-d', 'a.test', '--deploy-hook', lane.sandbox.write('plain', '', 0o644)), code: 1, text: false },
        { args: (lane) => issue(lane, ...standalone(lane), '-d', 'a.test', '--post-hook', 'no-such-command', '--disable-hook-validation') },
      ],
    });
    expectOnlyOne(rounds);
  });
});
