// The command as a process among others: signals, locks, interactive dialogues.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { sandboxFor, standalone, startAuthority, type TestAuthority } from './support/authority.ts';
import { type CommandEnd, type CommandOptions, requireSuccess, type Sandbox } from './support/sandbox.ts';

let authority: TestAuthority;
let sandbox: Sandbox;
beforeAll(async () => {
  authority = await startAuthority({ reuse: { authorizations: false } });
});
afterAll(() => authority[Symbol.asyncDispose]());
beforeEach(async () => {
  sandbox = await sandboxFor(authority);
});
afterEach(() => sandbox[Symbol.asyncDispose]());

/** Runs until `text` is printed, then does something to the process. */
function runUntil(args: readonly string[], text: string, act: (kill: (signal: NodeJS.Signals) => void) => void, options: CommandOptions = {}): Promise<CommandEnd> {
  let acted = false;
  return sandbox.run(args, {
    ...options,
    onOutput(running) {
      if (acted || !running.output.includes(text)) return;
      acted = true;
      act((signal) => running.kill(signal));
    },
  });
}

const manualHook = (seconds: number) => ['certonly', '-n', '--agree-tos', '--manual', '--manual-auth-hook', `touch ${sandbox.folder}/put; sleep ${seconds}`, '--manual-cleanup-hook', `touch ${sandbox.folder}/removed`, '-v', '-d', 'a.test', '--server', authority.directoryUrl];

describe('signals', () => {
  test('SIGINT cleans up, says so and exits with 1', async () => {
    const end = await runUntil(manualHook(20), 'putting proof of control in place', (kill) => setTimeout(() => kill('SIGINT'), 300));
    expect(end).toMatchObject({ code: 1, signal: null });
    expect(end.stderr).toContain('Exiting due to user request.\n');
    expect(existsSync(sandbox.join('removed'))).toBe(true);
    expect(existsSync(path.join(sandbox.config, 'live'))).toBe(false);
  });

  test('SIGTERM cleans up and dies by the signal', async () => {
    const end = await runUntil(manualHook(20), 'putting proof of control in place', (kill) => setTimeout(() => kill('SIGTERM'), 300));
    expect(end).toMatchObject({ code: null, signal: 'SIGTERM' });
    expect(existsSync(sandbox.join('removed'))).toBe(true);
  });

  test('after SIGKILL the next run removes what was left and goes on', async () => {
    const end = await runUntil(manualHook(20), 'putting proof of control in place', (kill) => setTimeout(() => kill('SIGKILL'), 300));
    expect(end.signal).toBe('SIGKILL');
    expect(existsSync(sandbox.join('removed'))).toBe(false);
    const again = await sandbox.run(manualHook(0));
    expect(again.code).toBe(1);
    expect(existsSync(sandbox.join('removed'))).toBe(true);
    requireSuccess(await sandbox.run(standalone(authority, 'a.test')));
  });
});

describe('locks', () => {
  /** Holds the locks in a pre-hook while `during` runs. */
  async function whileRunning<T>(during: () => Promise<T>): Promise<{ readonly first: CommandEnd; readonly result: T }> {
    let result: Promise<T> | undefined;
    const words = [...standalone(authority, 'first.test'), '-v', '--pre-hook', `sh -c 'while [ ! -e ${sandbox.folder}/go ]; do sleep 0.05; done'`];
    const first = await runUntil(words, 'Running pre-hook command', () => {
      result = during().finally(() => sandbox.write('go', ''));
    });
    if (result === undefined) throw new Error(`the hook did not run: ${first.stderr}`);
    return { first, result: await result };
  }

  test('a second run fails at once and says why', async () => {
    const { first, result } = await whileRunning(() => sandbox.run(standalone(authority, 'b.test')));
    requireSuccess(first);
    expect(result.code).toBe(1);
    expect(result.stderr).toContain('Another instance of Certbot is already running.');
    expect(existsSync(path.join(sandbox.config, '.certbot.lock'))).toBe(false);
  });

  test('--wait queues', async () => {
    let second: Promise<CommandEnd> | undefined;
    const { first } = await whileRunning(async () => {
      second = sandbox.run([...standalone(authority, 'b.test'), '--wait']);
      await new Promise((resolve) => setTimeout(resolve, 500));
    });
    requireSuccess(first);
    requireSuccess(await (second ?? Promise.reject(new Error('not started'))));
    expect(readdirSync(path.join(sandbox.config, 'renewal')).sort()).toEqual(['b.test.conf', 'first.test.conf']);
  });

  test('reading needs no lock', async () => {
    const { result } = await whileRunning(async () => [await sandbox.run(['certificates']), await sandbox.run(['renew'])] as const);
    for (const end of result) expect(end.code).toBe(0);
  });

  test('Certbot sees ours, and we see its', async () => {
    const { result } = await whileRunning(() => sandbox.certbot(['certificates']));
    expect(result.code).toBe(1);
    expect(result.stderr).toContain('Another instance of Certbot is already running.');
  });
});

describe('dialogues', () => {
  const ask = (words: readonly string[], input: string) => sandbox.run(['certonly', '--force-interactive', '--server', authority.directoryUrl, ...words], { input });

  test('choosing an authenticator', async () => {
    const end = await ask(['-d', 'a.test', '--agree-tos', '--http-01-port', String(authority.httpPort), '--http-01-address', '127.0.0.1'], '1\n\n');
    requireSuccess(end);
    expect(end.stdout).toContain(`
How would you like to authenticate with the ACME CA?
${'- '.repeat(39)}-
1: Runs a small web server meanwhile (standalone)
2: `);
    // Web servers are offered where there are any.
    expect(end.stdout).toMatch(/Select the appropriate number \[1-[5-8]\] then \[enter\] \(press 'c' to cancel\): /);
  });

  test('naming the names', async () => {
    const end = await ask(['--standalone', '--agree-tos', '-m', 'you@example.com', '--http-01-port', String(authority.httpPort), '--http-01-address', '127.0.0.1'], 'a.test, b.test\n');
    requireSuccess(end);
    expect(end.stdout).toContain("Please enter the domain name(s) you would like on your certificate (comma and/or space separated) (Enter 'c' to cancel): ");
    expect(readdirSync(path.join(sandbox.config, 'live'))).toContain('a.test');
  });

  test('cancelling', async () => {
    const end = await ask(['-d', 'a.test'], 'c\n');
    expect(end.code).toBe(1);
    expect(end.stderr).toContain('User chose to cancel the operation and may reinvoke the client.');
  });

  test('expanding a certificate', async () => {
    requireSuccess(await sandbox.run(standalone(authority, 'a.test')));
    const more = ['--standalone', '--http-01-port', String(authority.httpPort), '--http-01-address', '127.0.0.1', '-d', 'a.test', '-d', 'b.test'];
    const declined = await ask(more, 'c\n');
    expect(declined.code).toBe(1);
    expect(declined.stderr).toContain('you must use the --duplicate option.');
    const end = await ask(more, 'e\n');
    requireSuccess(end);
    expect(end.stdout).toContain('Do you want to expand and replace this existing certificate with the new certificate?');
    expect(end.stdout).toContain('(E)xpand/(C)ancel: ');
  });

  test('proving control by hand: what to put where', async () => {
    const end = await ask(['--manual', '--preferred-challenges', 'dns', '-d', 'a.test', '-d', '*.a.test', '--agree-tos'], '\n\n\n');
    expect(end.code).toBe(1);
    expect(end.stdout).toMatch(/Please deploy a DNS TXT record under the name:\n\n_acme-challenge\.a\.test\.\n\nwith the following value:\n\n[\w-]{43}\n/);
    expect(end.stdout).toContain('This must be set up in addition to the previous challenges');
    expect(end.stdout).toContain('Press Enter to Continue');
  });

  test('--debug-challenges stops and shows', async () => {
    const words = standalone(authority, 'a.test').filter((word) => word !== '-n');
    const end = await sandbox.run([...words, '--force-interactive', '--debug-challenges', '-v', '-m', 'you@example.com'], { input: '\n' });
    requireSuccess(end);
    expect(end.stdout).toMatch(/Challenges loaded\. Press continue to submit to CA\.\n\nThe following challenges are in place:\n\nURL: http:\/\/a\.test\/\.well-known\/acme-challenge\/[\w-]+\nExpected value: [\w.-]+\n/);
  });
});

test('the log has the run but no secrets, and no run forgets an earlier one', async () => {
  requireSuccess(await sandbox.run(standalone(authority, 'a.test')));
  requireSuccess(await sandbox.run(['certificates']));
  const log = readFileSync(path.join(sandbox.logs, 'letsencrypt.log'), 'utf8');
  expect(log.match(/:DEBUG:certward:arguments /g)).toHaveLength(2);
  expect(log).toContain('"verb":"certonly"');
  expect(log).not.toContain('PRIVATE KEY');
  for (const line of log.trimEnd().split('\n')) expect(line).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}:(DEBUG|INFO|WARNING|ERROR):/);
});
