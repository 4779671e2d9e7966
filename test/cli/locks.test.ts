// Certbot and we on one machine at the same time: whoever comes second gives up at once, or queues with --wait. The first
// one is held where people hold it: at --debug-challenges, with its locks taken and its challenges in place.
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { type Pebble, startPebble, tryFindBinary } from '@certward/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createSandbox, launcher, requireSuccess, type Sandbox } from './support/sandbox.ts';

const certbot = tryFindBinary('certbot');
if (certbot === undefined) console.log('locks beside Certbot: not run (certbot is not installed)');

// Needs Certbot or its libraries, which the test-bed installs on Debian.
describe.runIf(certbot !== undefined)('Certbot and we at the same time', () => {
  let pebble: Pebble;
  let sandbox: Sandbox;
  let env: Readonly<Record<string, string>>;
  beforeAll(async () => {
    pebble = await startPebble({ alwaysValid: true, profiles: { default: { description: 'ninety days', validityPeriodSeconds: 7_776_000 } } });
  });
  afterAll(() => pebble[Symbol.asyncDispose]());
  beforeEach(async () => {
    sandbox = await createSandbox();
    env = { REQUESTS_CA_BUNDLE: sandbox.write('pebble.pem', pebble.trustedCaPem) };
  });
  afterEach(() => sandbox[Symbol.asyncDispose]());

  const issuance = (name: string) => ['certonly', '--agree-tos', '--register-unsafely-without-email', '--standalone', '--http-01-port', String(pebble.httpPort), '--server', pebble.directoryUrl, '-d', name];
  const folders = () => ['--config-dir', sandbox.config, '--work-dir', sandbox.work, '--logs-dir', sandbox.logs];
  const busy = { code: 1, stderr: expect.stringContaining('Another instance of Certbot is already running.') as string };
  const lineages = () => readdirSync(path.join(sandbox.config, 'renewal')).filter((file) => file.endsWith('.conf')).sort();

  /** Starts a command that stops at its challenges; `resume` presses Enter and waits for its end. */
  async function pausedRun(words: readonly string[]): Promise<AsyncDisposable & { resume(): Promise<number | null> }> {
    const [command = '', ...args] = words;
    const child: ChildProcessWithoutNullStreams = spawn(command, [...args, '--force-interactive', '--debug-challenges', ...folders()], { env: { ...process.env, NODE_EXTRA_CA_CERTS: undefined, ...env } });
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
    await new Promise<void>((resolve, reject) => {
      let output = '';
      const onText = (text: string) => {
        output += text;
        if (output.includes('Challenges loaded.')) resolve();
      };
      for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', onText);
      child.once('error', reject);
      void ended.then((code) => reject(new Error(`ended with ${code} before it stopped\n${output}`)));
    });
    return {
      resume() {
        child.stdin.end('\n');
        return ended;
      },
      async [Symbol.asyncDispose]() {
        if (child.exitCode === null) child.kill('SIGKILL');
        await ended;
      },
    };
  }

  test('Certbot was first: ours gives up at once, or waits its turn', async () => {
    await using first = await pausedRun([certbot ?? '', ...issuance('first.test')]);
    expect(await sandbox.run([...issuance('second.test'), '-n'], { env })).toMatchObject(busy);
    expect(existsSync(path.join(sandbox.config, 'renewal', 'second.test.conf'))).toBe(false);
    const waiting = sandbox.run([...issuance('third.test'), '-n', '--wait'], { env });
    expect(await sandbox.run(['certificates'], { env })).toMatchObject({ code: 0 });
    expect(await first.resume()).toBe(0);
    requireSuccess(await waiting);
    expect(lineages()).toEqual(['first.test.conf', 'third.test.conf']);
  });

  test('we were first: Certbot gives up at once, and runs afterwards', async () => {
    await using first = await pausedRun([process.execPath, launcher, ...issuance('first.test')]);
    expect(await sandbox.certbot([...issuance('second.test'), '-n'], { env })).toMatchObject(busy);
    expect(await first.resume()).toBe(0);
    requireSuccess(await sandbox.certbot([...issuance('second.test'), '-n'], { env }));
    expect(lineages()).toEqual(['first.test.conf', 'second.test.conf']);
    const listed = await sandbox.certbot(['certificates'], { env });
    expect(listed.stdout.match(/VALID: \d+ days/g)).toHaveLength(2);
  });
});
