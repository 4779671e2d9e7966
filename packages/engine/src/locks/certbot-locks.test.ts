// Locks beside Certbot's: Python's fcntl.lockf plays its part, both ways.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { createFakeClock, temporaryFolder } from '@certward/testing';
import { describe, expect, test } from 'vitest';

import { acquireCertbotLocks } from './certbot-locks.ts';

const lockTwice = `
import fcntl, os, sys
descriptor = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT, 0o600)
try:
    fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
except OSError:
    print('held', flush=True)
    sys.exit(0)
print('locked', flush=True)
if len(sys.argv) > 2:
    sys.stdin.read()
`;

/** Whether a foreign process could lock the file now. */
function pythonSees(path: string): string {
  return execFileSync('/usr/bin/python3', ['-c', lockTwice, path], { encoding: 'utf8' }).trim();
}

/** A foreign process that holds the lock until disposed. */
async function pythonHolds(path: string) {
  const child = spawn('/usr/bin/python3', ['-c', lockTwice, path, 'stay'], { stdio: ['pipe', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  return {
    async [Symbol.asyncDispose]() {
      const ended = once(child, 'exit');
      child.stdin.end();
      await ended;
    },
  };
}

async function folders() {
  const folder = await temporaryFolder('locks');
  const paths = ['config', 'work', 'logs'].map((name) => folder.join(name));
  for (const path of paths) mkdirSync(path);
  return { paths, lock: (index: number) => join(paths[index] ?? '', '.certbot.lock'), [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
}

describe.each([{ recordLocks: true }, { recordLocks: false }])('with $recordLocks', (options) => {
  test('keeps a second run out until the first is done, and leaves no file', async () => {
    await using at = await folders();
    const first = await acquireCertbotLocks(at.paths, options);
    await expect(acquireCertbotLocks(at.paths, options)).rejects.toMatchObject({ code: 'lockHeld', message: 'Another instance of Certbot is already running.' });
    first.release();
    first.release();
    expect(at.paths.flatMap((path) => readdirSync(path))).toEqual([]);
    using second = await acquireCertbotLocks(at.paths, options);
    expect(second).toBeDefined();
  });

  test('sees a lock that Certbot holds, and keeps none of its own', async () => {
    await using at = await folders();
    {
      await using holder = await pythonHolds(at.lock(2));
      expect(holder).toBeDefined();
      await expect(acquireCertbotLocks(at.paths, options)).rejects.toMatchObject({ code: 'lockHeld', details: { path: at.lock(2) } });
      expect([existsSync(at.lock(0)), existsSync(join(at.paths[0] ?? '', '.certward.lock'))]).toEqual([false, false]);
      expect(pythonSees(at.lock(2))).toBe('held');
    }
    (await acquireCertbotLocks(at.paths, options)).release();
  });

  test('a lock file that a dead process left is no obstacle', async () => {
    await using at = await folders();
    writeFileSync(at.lock(0), '');
    writeFileSync(join(at.paths[0] ?? '', '.certward.lock'), '999999999 1\n');
    writeFileSync(join(at.paths[1] ?? '', '.certward.lock'), `${process.pid} 1\n`);
    writeFileSync(join(at.paths[2] ?? '', '.certward.lock'), 'garbage');
    using locks = await acquireCertbotLocks(at.paths, options);
    expect(locks).toBeDefined();
  });

  test('one folder under two names is locked once', async () => {
    await using at = await folders();
    const [config = ''] = at.paths;
    symlinkSync(config, `${config}-link`);
    using locks = await acquireCertbotLocks([config, config, `${config}-link`], options);
    expect(readdirSync(config).length).toBe(1);
    expect(locks).toBeDefined();
  });

  test('waits as long as it may', async () => {
    await using at = await folders();
    const clock = createFakeClock();
    const first = await acquireCertbotLocks(at.paths, options);
    const second = acquireCertbotLocks(at.paths, { ...options, clock, waitMs: 10_000 });
    await clock.advance(2000);
    first.release();
    await clock.advance(1000);
    const held = await second;
    const third = acquireCertbotLocks(at.paths, { ...options, clock, waitMs: 10_000 });
    await Promise.all([expect(third).rejects.toMatchObject({ code: 'lockHeld' }), clock.advance(11_000)]);
    held.release();
  });

  test('an abort ends the wait', async () => {
    await using at = await folders();
    using held = await acquireCertbotLocks(at.paths, options);
    expect(held).toBeDefined();
    const controller = new AbortController();
    const waiting = acquireCertbotLocks(at.paths, { ...options, clock: createFakeClock(), waitMs: 10_000, signal: controller.signal });
    setImmediate(() => controller.abort(new Error('enough')));
    await expect(waiting).rejects.toThrow('enough');
  });

  test('a missing folder is named', async () => {
    await using at = await folders();
    await expect(acquireCertbotLocks([join(at.paths[0] ?? '', 'nope')], options)).rejects.toMatchObject({ code: 'notFound' });
  });
});

describe('record locks', () => {
  test('are seen by Certbot, on a file of mode 0600 that is gone afterwards', async () => {
    await using at = await folders();
    const locks = await acquireCertbotLocks(at.paths);
    expect(at.paths.map((_, index) => pythonSees(at.lock(index)))).toEqual(['held', 'held', 'held']);
    expect((statSync(at.lock(0)).mode & 0o777).toString(8)).toBe('600');
    locks.release();
    expect(existsSync(at.lock(0))).toBe(false);
    expect(pythonSees(at.lock(0))).toBe('locked');
  });

  test('respect a run that could only lock with a plain file', async () => {
    await using at = await folders();
    using first = await acquireCertbotLocks(at.paths, { recordLocks: false });
    expect(first).toBeDefined();
    await expect(acquireCertbotLocks(at.paths)).rejects.toMatchObject({ code: 'lockHeld' });
  });

  test('guard the file that is there, not one that was removed meanwhile', async () => {
    await using at = await folders();
    const { tryRecordLockFile } = await import('./record-lock-file.ts');
    const { loadRecordLock } = await import('./record-lock.ts');
    const tryLock = await loadRecordLock();
    let calls = 0;
    const held = tryRecordLockFile(at.paths[0] ?? '', (descriptor) => {
      calls += 1;
      // The previous holder goes just before our first lock succeeds.
      if (calls === 1) unlinkSync(at.lock(0));
      return tryLock?.(descriptor) ?? true;
    });
    expect(calls).toBe(2);
    expect(existsSync(at.lock(0))).toBe(true);
    held?.release();
  });

  test('without them a warning is logged', async () => {
    await using at = await folders();
    const warnings: string[] = [];
    const log = { debug() {}, info() {}, error() {}, warn: (message: string) => void warnings.push(message) };
    (await acquireCertbotLocks(at.paths, { recordLocks: false, log })).release();
    expect(warnings).toEqual(['locking without record locks: a Certbot that starts now would not notice this run']);
  });
});

// Needs Certbot or its libraries, which the test-bed installs on Debian.
describe.runIf(existsSync('/usr/bin/certbot'))('beside the real Certbot', () => {
  const run = (paths: readonly string[]) => {
    try {
      execFileSync('/usr/bin/certbot', ['certificates', '--config-dir', paths[0] ?? '', '--work-dir', paths[1] ?? '', '--logs-dir', paths[2] ?? ''], { encoding: 'utf8', stdio: 'pipe' });
      return { code: 0, stderr: '' };
    } catch (error) {
      const { status, stderr } = error as { status: number; stderr: string };
      return { code: status, stderr };
    }
  };

  test('it gives up while we hold the locks, and runs afterwards', async () => {
    await using at = await folders();
    const locks = await acquireCertbotLocks(at.paths);
    expect(run(at.paths)).toMatchObject({ code: 1, stderr: expect.stringContaining('Another instance of Certbot is already running.') as string });
    locks.release();
    expect(run(at.paths).code).toBe(0);
    expect(readFileSync(join(at.paths[2] ?? '', 'letsencrypt.log'), 'utf8')).toContain('certbot version');
  });
});
