// `quickstart` and `ca` as processes.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { callHttp } from '@certward/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createSandbox, type CommandEnd, launcher, requireSuccess, runProcess, type Sandbox } from './support/sandbox.ts';

let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = await createSandbox();
});
afterEach(() => sandbox[Symbol.asyncDispose]());

const env = () => ({ XDG_STATE_HOME: sandbox.join('state'), XDG_CONFIG_HOME: sandbox.join('xdg'), NODE_EXTRA_CA_CERTS: undefined });
const once = (...more: readonly string[]) => runProcess([process.execPath, launcher, 'quickstart', '--once', ...more], { env: env() });

/** Starts a verb that stays up, does something once it says so, and stops it. */
async function whileUp(words: readonly string[], ready: string, during: (output: string) => Promise<void>): Promise<CommandEnd> {
  let work: Promise<unknown> | undefined;
  const end = await runProcess([process.execPath, launcher, ...words], {
    env: env(),
    onOutput(running) {
      if (work !== undefined || !running.output.includes(ready)) return;
      work = during(running.output)
        .then(() => undefined, (error: unknown) => error)
        .finally(() => running.kill('SIGINT'));
    },
  });
  const failure = await work;
  if (failure instanceof Error) throw failure;
  return end;
}

describe('quickstart', () => {
  test('goes the whole way, twice in a row, and says where things are', async () => {
    for (let run = 0; run < 2; run++) {
      const end = await once();
      requireSuccess(end);
      expect(end.stdout).toContain('1. Started an ACME certificate authority: https://127.0.0.1:');
      expect(end.stdout).toContain('4. A TLS client was served that certificate, and its chain leads to the root');
      expect(end.stdout).toMatch(/It works \(\d+\.\d s\)\.\n$/);
    }
    expect(existsSync(sandbox.join('state', 'certward', 'quickstart', 'letsencrypt', 'config', 'live', 'localhost', 'fullchain.pem'))).toBe(true);
  });

  test('stays up until it is interrupted, serves, and does not mind another copy', async () => {
    const end = await whileUp(['quickstart'], 'Press Ctrl-C to stop.', async (output) => {
      const url = /https:\/\/localhost:\d+\//.exec(output.slice(output.indexOf('3. ')))?.[0] ?? '';
      const root = readFileSync(sandbox.join('state', 'certward', 'quickstart', 'root.pem'), 'utf8');
      const answer = await callHttp(url, { trustedCaPem: root });
      expect(answer.status).toBe(200);
      requireSuccess(await once());
      const refused = await once('--data', sandbox.join('state', 'certward', 'quickstart'));
      expect(refused.code).toBe(1);
      expect(refused.stderr).toContain('another copy is running');
    });
    expect(end.code).toBe(0);
    expect(existsSync(sandbox.join('state', 'certward', 'quickstart-2'))).toBe(true);
  });

  test('--json tells the same to programs', async () => {
    const end = await once('--json', '--data', sandbox.join('data'));
    requireSuccess(end);
    expect(JSON.parse(end.stdout)).toMatchObject({ ok: true, verb: 'quickstart', result: { dataFolder: sandbox.join('data'), fullchainPath: path.join(sandbox.join('data'), 'letsencrypt/config/live/localhost/fullchain.pem') } });
  });

  test('a folder that cannot be used is named', async () => {
    const file = sandbox.write('file', '');
    const end = await once('--data', path.join(file, 'x'));
    expect(end.code).toBe(1);
    expect(end.stderr).toContain(path.join(file, 'x'));
  });
});

describe('ca', () => {
  test('serves a directory and its root, and keeps both', async () => {
    const roots: string[] = [];
    for (let run = 0; run < 2; run++) {
      const end = await whileUp(['ca', '--port', '0', '--data', sandbox.join('ca')], 'Press Ctrl-C to stop.', async (output) => {
        const directory = /directory: (\S+)/.exec(output)?.[1] ?? '';
        const root = readFileSync(sandbox.join('ca', 'root.pem'), 'utf8');
        roots.push(root);
        expect((await callHttp(directory, { trustedCaPem: root })).status).toBe(200);
      });
      expect(end.code).toBe(0);
    }
    expect(roots[0]).toContain('BEGIN CERTIFICATE');
    expect(roots[1]).toBe(roots[0]);
  });

  test.each([
    ['--require-eab', 'novalue', '--require-eab is not KID:KEY'],
    ['--validation-host', 'novalue', '--validation-host "novalue" is not NAME=ADDRESS'],
    ['--address', '192.0.2.1', '192.0.2.1'],
  ])('%s %s is refused', async (option, value, message) => {
    const end = await runProcess([process.execPath, launcher, 'ca', '--in-memory', '--port', '0', option, value], { env: env() });
    expect(end.code).toBe(1);
    expect(end.stderr).toContain(message);
  });
});
