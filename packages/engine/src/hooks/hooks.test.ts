import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type HookOutput, runHook } from './run-hook.ts';
import { firstWord, hookSearchPath, validateHookCommand } from './validate-hook.ts';

let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hooks-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const env = { PATH: process.env['PATH'] };

describe('running a hook', () => {
  test('gives it its environment and nothing else, and returns status and both outputs', async () => {
    const result = await runHook('echo "$WORD"; echo problem >&2; echo "${HOME-unset}"; exit 3', { env: { ...env, WORD: 'a "b" $(c)' } });
    expect(result).toEqual({ status: 3, signal: undefined, stdout: 'a "b" $(c)\nunset\n', stderr: 'problem\n', truncated: false });
  });

  test('passes output on as it comes', async () => {
    const seen: HookOutput[] = [];
    const go = join(folder, 'go');
    const running = runHook(`echo first; while [ ! -e ${go} ]; do sleep 0.02; done; echo second`, {
      env,
      onOutput: (output) => {
        seen.push(output);
        if (seen.length === 1) void writeFile(go, '');
      },
    });
    expect((await running).stdout).toBe('first\nsecond\n');
    expect(seen.map(({ text }) => text)).toEqual(['first\n', 'second\n']);
  });

  test('does not wait for a background child that keeps its output open, and does not kill it', async () => {
    const file = join(folder, 'background');
    const go = join(folder, 'background-go');
    // The child ends only after the hook's result is there: waiting for it would never end.
    const result = await runHook(`(while [ ! -e ${go} ]; do sleep 0.02; done; echo late; echo done > ${file}) & echo early`, { env });
    expect(result).toMatchObject({ status: 0, stdout: 'early\n' });
    await writeFile(go, '');
    for (let tries = 0; tries < 100 && (await readFile(file, 'utf8').catch(() => '')) === ''; tries++) await sleep(20);
    expect(await readFile(file, 'utf8')).toBe('done\n');
  });

  test('keeps only the beginning of endless output', async () => {
    const result = await runHook('yes | head -c 1000000', { env, captureLimit: 1000 });
    expect(result.stdout).toHaveLength(1000);
    expect(result.truncated).toBe(true);
  });

  test('reports the signal that ended it', async () => {
    expect(await runHook('kill -9 $$', { env })).toMatchObject({ status: undefined, signal: 'SIGKILL' });
  });

  test('ends the hook and what it started after the time limit', async () => {
    const file = join(folder, 'alive');
    await expect(runHook(`sleep 30; echo > ${file}`, { env, timeoutMs: 100 })).rejects.toMatchObject({ code: 'timeout' });
    await expect(readFile(file)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('ends the hook on an abort and rethrows the reason', async () => {
    const controller = new AbortController();
    const reason = new Error('ctrl-c');
    const running = runHook('echo started; sleep 30', { env, signal: controller.signal, onOutput: () => controller.abort(reason) });
    await expect(running).rejects.toBe(reason);
    await expect(runHook('true', { env, signal: controller.signal })).rejects.toBe(reason);
  });

  test('reads nothing when it may not', async () => {
    expect(await runHook('cat; echo end', { env, inheritInput: false })).toMatchObject({ status: 0, stdout: 'end\n' });
  });

  test('says when the shell finds no program', async () => {
    expect(await runHook('no-such-program-here', { env })).toMatchObject({ status: 127 });
  });
});

describe('checking a hook command', () => {
  const check = (command: string, path = '/usr/bin:/bin') => validateHookCommand(command, { label: 'pre-hook', path });

  test.each(['ls -l', '/bin/ls', 'FOO="a b" BAR=1 ls', '"/bin/ls" -l', "'/bin/ls'", 'ls;ls', 'ls&&false', '  ls'])('accepts %s', async (command) => {
    await expect(check(command)).resolves.toBeUndefined();
  });

  test('searches the folders of administrators beside PATH', () => {
    expect(hookSearchPath('/usr/bin:/usr/sbin')).toBe('/usr/bin:/usr/sbin:/usr/local/bin:/usr/local/sbin');
    expect(hookSearchPath(undefined)).toBe('/usr/sbin:/usr/local/bin:/usr/local/sbin');
  });

  test.each(['no-such-program-here --now', '/no/such/program', '', '   ', 'cd /tmp', '/tmp'])('refuses %j as not found', async (command) => {
    await expect(check(command)).rejects.toMatchObject({ code: 'hookNotFound', message: expect.stringContaining('pre-hook') as unknown });
  });

  test('tells a program that may not be executed from one that is not there', async () => {
    const file = join(folder, 'hook.sh');
    await writeFile(file, '#!/bin/sh\n');
    await chmod(file, 0o644);
    await expect(check(`${file} now`)).rejects.toMatchObject({ code: 'hookNotExecutable' });
    await expect(check('hook.sh', folder)).rejects.toMatchObject({ code: 'hookNotExecutable' });
    await chmod(file, 0o755);
    await check('hook.sh now', folder);
  });

  test.each([
    ['/opt/my\\ hook arg', '/opt/my hook'],
    ['A=1 B=\'2 3\' run', 'run'],
    ['"a b" c', 'a b'],
    ['a|b', 'a'],
  ])('reads the first word of %j', (command, word) => {
    expect(firstWord(command)).toBe(word);
  });
});
