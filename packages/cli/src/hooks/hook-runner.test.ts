import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { neverSignal, silentLog, systemClock, systemRandom } from '@certward/base';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseArguments } from '../args/parse.ts';
import type { Context } from '../context.ts';
import { createQuestions } from '../terminal/questions.ts';
import { Terminal } from '../terminal/terminal.ts';
import { HookRunner } from './hook-runner.ts';
import { validateHooks } from './validate-hooks.ts';

let folder = '';
let printed = '';
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'cli-hooks-'));
  printed = '';
});
afterEach(() => rmSync(folder, { recursive: true }));

function context(): Context {
  const write = (text: string) => void (printed += text);
  const terminal = new Terminal({ stdinIsTerminal: false, stdoutIsTerminal: false, stderrIsTerminal: false, writeOut: write, writeError: write }, { quiet: false, json: false, verbosity: 0, colours: false });
  return {
    arguments: parseArguments(['renew'], { iniFiles: [] }),
    program: 'certward',
    folders: { config: folder, work: folder, logs: folder },
    terminal,
    questions: createQuestions(terminal, { interactive: false }),
    log: silentLog,
    clock: systemClock,
    random: systemRandom,
    environment: { PATH: process.env['PATH'] },
    signal: neverSignal,
  };
}

const values = (line: readonly string[]) => parseArguments(line, { iniFiles: [] }).values;
const note = (text: string) => `echo ${text} >> ${folder}/ran`;
const ran = () => (existsSync(`${folder}/ran`) ? readFileSync(`${folder}/ran`, 'utf8').trim().split('\n') : []);
const identifiers = [{ type: 'dns', value: 'a.test' }, { type: 'dns', value: 'b.test' }] as const;

function directoryHook(kind: string, name: string, mode = 0o755): string {
  const file = path.join(folder, 'renewal-hooks', kind, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, `#!/bin/sh\necho ${kind}/${name} >> ${folder}/ran\n`);
  chmodSync(file, mode);
  return file;
}

describe('HookRunner', () => {
  test('folder hooks run first, sorted, executables only; each command once per process', async () => {
    directoryHook('pre', 'b');
    directoryHook('pre', 'a');
    directoryHook('pre', 'backup~');
    directoryHook('pre', 'plain', 0o644);
    const runner = new HookRunner(context());
    for (const command of ['one', 'one', 'two']) await runner.runPre(values(['renew', '--pre-hook', note(command)]));
    expect(ran()).toEqual(['pre/a', 'pre/b', 'one', 'two']);
  });

  test('a configured hook that is a folder hook runs once', async () => {
    const file = directoryHook('pre', 'a');
    await new HookRunner(context()).runPre(values(['renew', '--pre-hook', file]));
    expect(ran()).toEqual(['pre/a']);
  });

  test('--no-directory-hooks leaves folders out', async () => {
    directoryHook('pre', 'a');
    await new HookRunner(context()).runPre(values(['renew', '--no-directory-hooks', '--pre-hook', note('x')]));
    expect(ran()).toEqual(['x']);
  });

  test('deploy hooks learn the lineage and its names, and leave nothing in our environment', async () => {
    const runner = new HookRunner(context());
    await runner.runDeploy(values(['renew', '--deploy-hook', note('"$RENEWED_LINEAGE" "$RENEWED_DOMAINS"')]), { liveFolder: '/live/a.test', identifiers });
    runner.expectPost(values(['renew', '--post-hook', note('"post:$RENEWED_LINEAGE:$RENEWED_DOMAINS:$FAILED_DOMAINS"')]));
    await runner.runPost({ renewed: identifiers, failed: [] });
    expect(ran()).toEqual(['/live/a.test a.test b.test', 'post::a.test b.test:']);
  });

  test('a dry run skips deploy hooks unless asked', async () => {
    const runner = new HookRunner(context());
    await runner.runDeploy(values(['renew', '--dry-run', '--deploy-hook', note('skipped')]), { liveFolder: '/x', identifiers });
    await runner.runDeploy(values(['renew', '--dry-run', '--run-deploy-hooks', '--deploy-hook', note('asked')]), { liveFolder: '/x', identifiers });
    expect(ran()).toEqual(['asked']);
  });

  test('post hooks are collected and run once, the folder first', async () => {
    directoryHook('post', 'z');
    const runner = new HookRunner(context());
    for (const command of ['one', 'one', 'two']) runner.expectPost(values(['renew', '--post-hook', note(command)]));
    await runner.runPost({ renewed: [], failed: [] });
    await runner.runPost({ renewed: [], failed: [] });
    expect(ran()).toEqual(['post/z', 'one', 'two']);
  });

  test('output and failures are reported in words that scripts know', async () => {
    const runner = new HookRunner(context());
    await runner.runPre(values(['renew', '--pre-hook', 'echo out; echo err >&2; exit 3']));
    expect(printed).toContain("Hook 'pre-hook' reported error code 3\n");
    expect(printed).toContain("Hook 'pre-hook' ran with output:\n out\n");
    expect(printed).toContain("Hook 'pre-hook' ran with error output:\n err\n");
  });
});

describe('validateHooks', () => {
  test('refuses a command that is not there, unless told not to look', async () => {
    const environment = { PATH: '/usr/bin:/bin' };
    await expect(validateHooks(values(['renew', '--pre-hook', 'no-such-command x']), environment)).rejects.toMatchObject({ code: 'hookNotFound' });
    await validateHooks(values(['renew', '--pre-hook', 'no-such-command x', '--disable-hook-validation']), environment);
    await validateHooks(values(['renew', '--post-hook', 'true']), environment);
  });
});
