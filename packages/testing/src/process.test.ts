import { existsSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findBinary } from './binaries.ts';
import { type LeakWatch, watchForLeaks } from './leaks.ts';
import { freePorts } from './ports.ts';
import { liveProcesses, startProcess } from './process.ts';
import { temporaryFolder } from './temporary-folder.ts';

let leaks: LeakWatch;
beforeEach(() => {
  leaks = watchForLeaks();
});
afterEach(() => leaks.assertNone());

const node = process.execPath;

describe('startProcess', () => {
  test('waits for readiness, keeps the output apart, and ends the process when disposed', async () => {
    const script = 'console.log("serving"); console.error("to stderr"); setInterval(() => {}, 1000)';
    const started = await startProcess({ name: 'one', command: node, args: ['-e', script], ready: (output) => output.includes('stderr') });
    expect(started.stdout()).toBe('serving\n');
    expect(started.stderr()).toBe('to stderr\n');
    expect(liveProcesses()).toEqual([`one (pid ${started.pid})`]);
    expect(await started.stop()).toEqual({ code: null, signal: 'SIGTERM' });
    expect(liveProcesses()).toEqual([]);
  });

  test('says what a program printed that ends before it is ready', async () => {
    const start = startProcess({ name: 'two', command: node, args: ['-e', 'console.error("no config"); process.exit(3)'], ready: () => false });
    await expect(start).rejects.toMatchObject({ code: 'processFailed', message: 'two ended with exit code 3\nno config\n' });
  });

  test('gives up on a program that is never ready, and ends it', async () => {
    const start = startProcess({ command: node, args: ['-e', 'setInterval(() => {}, 1000)'], name: 'three', ready: () => false, readyTimeoutMs: 50 });
    await expect(start).rejects.toMatchObject({ code: 'notReady' });
    expect(liveProcesses()).toEqual([]);
  });

  test('kills a program that ignores the request to end', async () => {
    const script = 'process.on("SIGTERM", () => {}); console.log("up"); setInterval(() => {}, 1000)';
    const started = await startProcess({ command: node, args: ['-e', script], ready: (output) => output.includes('up'), stopPatienceMs: 50 });
    expect(await started.stop()).toEqual({ code: null, signal: 'SIGKILL' });
  });

  test('names a program that does not exist', async () => {
    await expect(startProcess({ command: '/nonexistent/program' })).rejects.toMatchObject({ code: 'processFailed' });
    expect(() => findBinary('no-such-program')).toThrowError(
      expect.objectContaining({ code: 'programMissing', message: 'the program "no-such-program" is not installed' }) as Error,
    );
  });
});

test('a leak watch names the process that was left', async () => {
  const watch = watchForLeaks();
  const started = await startProcess({ name: 'left', command: node, args: ['-e', 'setInterval(() => {}, 1000)'] });
  await expect(watch.assertNone({ graceMs: 20 })).rejects.toMatchObject({ code: 'leak', message: expect.stringContaining(`left (pid ${started.pid})`) as string });
  await started.stop();
});

test('ports are all different', async () => {
  const ports = await freePorts(20);
  expect(new Set(ports).size).toBe(20);
});

test('a temporary folder is gone after use', async () => {
  const folder = await temporaryFolder();
  expect(existsSync(folder.path)).toBe(true);
  await folder[Symbol.asyncDispose]();
  expect(existsSync(folder.path)).toBe(false);
});
