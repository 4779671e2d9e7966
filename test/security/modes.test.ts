// Who may read what the command writes: under an open and a closed umask, and at every moment between creation and rename.
import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { tryFindBinary } from '@certward/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { sandboxFor, standalone, startAuthority, type TestAuthority } from '../cli/support/authority.ts';
import { launcher, requireSuccess, runProcess, type Sandbox } from '../cli/support/sandbox.ts';
import { contentsBelow, filesBelow, modeOf } from './support/hostile.ts';

let authority: TestAuthority;
let sandbox: Sandbox;
beforeAll(async () => {
  authority = await startAuthority();
});
afterAll(() => authority[Symbol.asyncDispose]());
beforeEach(async () => {
  sandbox = await sandboxFor(authority);
});
afterEach(() => sandbox[Symbol.asyncDispose]());

/** The command under another umask: the shell sets it, the words stay words. */
function runWithUmask(umask: string, words: readonly string[]) {
  const folders = ['--config-dir', sandbox.config, '--work-dir', sandbox.work, '--logs-dir', sandbox.logs];
  return runProcess(['/bin/sh', '-c', `umask ${umask}; exec "$@"`, 'sh', process.execPath, launcher, ...words, ...folders], { env: { REQUESTS_CA_BUNDLE: sandbox.join('root.pem') } });
}

const isSecret = (content: string) => content.includes('PRIVATE KEY') || /"(d|p|q|dp|dq|qi)": ?"/.test(content);

describe.each(['000', '022', '077'])('under umask %s', (umask) => {
  test('keys, account and log are for their owner, and nothing can be written by others', async () => {
    requireSuccess(await runWithUmask(umask, standalone(authority, 'a.test')));
    requireSuccess(await runWithUmask(umask, ['renew', '--force-renewal', '--no-random-sleep-on-renew']));
    const secrets: string[] = [];
    for (const root of [sandbox.config, sandbox.work, sandbox.logs]) {
      for (const [file, content] of contentsBelow(root)) {
        const full = path.join(root, file);
        if (isSecret(content)) {
          secrets.push(file);
          expect({ file, mode: modeOf(full) & 0o077 }).toEqual({ file, mode: 0 });
        }
        expect({ file, writable: modeOf(full) & 0o022 }).toEqual({ file, writable: 0 });
        expect({ file, folder: modeOf(path.dirname(full)) & 0o022 }).toEqual({ file, folder: 0 });
      }
    }
    expect(secrets.filter((file) => file.includes('privkey')).length).toBeGreaterThanOrEqual(2);
    expect(secrets.some((file) => file.endsWith('private_key.json'))).toBe(true);
    for (const folder of ['archive', 'live', 'accounts']) expect({ folder, mode: modeOf(path.join(sandbox.config, folder)) }).toEqual({ folder, mode: 0o700 });
    expect(modeOf(sandbox.logs)).toBe(0o700);
  });

  test('the embedded authority keeps its keys and its state to itself', async () => {
    const data = sandbox.join('ca');
    const end = await sandboxedCa(umask, data);
    expect(end).toContain('directory');
    const files = filesBelow(data);
    expect(files.some((file) => file.endsWith('.pem'))).toBe(true);
    for (const [file, content] of contentsBelow(data)) {
      const mode = modeOf(path.join(data, file));
      if (isSecret(content)) expect({ file, mode: mode & 0o077 }).toEqual({ file, mode: 0 });
      expect({ file, writable: mode & 0o022 }).toEqual({ file, writable: 0 });
    }
    expect(modeOf(data)).toBe(0o700);
  });
});

/** Starts `ca`, waits for its first words, and stops it. */
async function sandboxedCa(umask: string, data: string): Promise<string> {
  let stopped = false;
  const words = ['ca', '--port', '0', '--data', data];
  const end = await runProcess(['/bin/sh', '-c', `umask ${umask}; exec "$@"`, 'sh', process.execPath, launcher, ...words], {
    onOutput: (running) => {
      if (stopped || !running.output.includes('Press Ctrl-C')) return;
      stopped = true;
      running.kill('SIGINT');
    },
  });
  return end.stdout;
}

const strace = tryFindBinary('strace');
if (strace === undefined) console.log('modes at every moment: not run (no strace)');

// Needs a program that a machine may lack.
test.runIf(strace !== undefined)('no byte of a key is written into a file that others may read, not even for a moment', async () => {
  const trace = sandbox.join('trace');
  const folders = ['--config-dir', sandbox.config, '--work-dir', sandbox.work, '--logs-dir', sandbox.logs];
  const tracer = [strace ?? '', '-f', '-qq', '-y', '-s', '256', '-e', 'trace=openat,open,creat,fchmod,chmod,write,pwrite64,writev', '-o', trace];
  const command = ['/bin/sh', '-c', 'umask 000; exec "$@"', 'sh', ...tracer, process.execPath, launcher, ...standalone(authority, 'a.test'), ...folders];
  requireSuccess(await runProcess(command, { env: { REQUESTS_CA_BUNDLE: sandbox.join('root.pem') } }));
  const seen = writesOfSecrets(readFileSync(trace, 'latin1'));
  expect(seen.length).toBeGreaterThanOrEqual(2);
  for (const { file, mode } of seen) expect({ file, mode: mode === undefined ? undefined : mode & 0o077 }).toEqual({ file, mode: 0 });
});

/** Each write of key material with the mode that its file had then, from the trace of one process tree. */
function writesOfSecrets(trace: string): { readonly file: string; readonly mode: number | undefined }[] {
  const modes = new Map<string, number>();
  const writes: { file: string; mode: number | undefined }[] = [];
  for (const line of trace.split('\n')) {
    const created = /open(?:at)?\([^"]*"([^"]+)", [^,)]*O_CREAT[^,)]*, 0?([0-7]+)\)\s+= \d+<([^>]*)>/.exec(line);
    if (created !== null) modes.set(created[3] ?? '', Number.parseInt(created[2] ?? '0', 8));
    const changed = /fchmod\(\d+<([^>]*)>, 0?([0-7]+)\)/.exec(line);
    if (changed !== null) modes.set(changed[1] ?? '', Number.parseInt(changed[2] ?? '0', 8));
    const written = /(?:write|pwrite64)\(\d+<(\/[^>]*)>, (.*)/.exec(line);
    if (written !== null && isSecret((written[2] ?? '').replaceAll('\\"', '"'))) writes.push({ file: written[1] ?? '', mode: modes.get(written[1] ?? '') });
  }
  return writes;
}

test('a log folder that is there keeps its mode, and the log in it is still for its owner only', async () => {
  execFileSync('mkdir', ['-m', '0755', sandbox.logs]);
  requireSuccess(await runWithUmask('000', ['certificates']));
  expect(statSync(sandbox.logs).mode & 0o777).toBe(0o755);
  expect(modeOf(path.join(sandbox.logs, 'letsencrypt.log'))).toBe(0o600);
});
