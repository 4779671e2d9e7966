// The paths that timers and scripts take thousands of times a day load no network, no TLS and no issuance.
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sandboxFor, standalone, startAuthority, type TestAuthority } from './support/authority.ts';
import { requireSuccess, type Sandbox } from './support/sandbox.ts';

let authority: TestAuthority;
let sandbox: Sandbox;
beforeAll(async () => {
  authority = await startAuthority();
  sandbox = await sandboxFor(authority);
  requireSuccess(await sandbox.run(standalone(authority, 'a.test')));
  // The first look asks the CA; after it nothing is due and nothing is to be asked.
  requireSuccess(await sandbox.run(['renew', '--no-random-sleep-on-renew']));
});
afterAll(async () => {
  await sandbox[Symbol.asyncDispose]();
  await authority[Symbol.asyncDispose]();
});

/** The modules of Node that a run loads, by name. */
async function modulesOf(args: readonly string[]): Promise<readonly string[]> {
  const list = sandbox.join('modules');
  const script = sandbox.write('modules.cjs', "process.on('exit', () => require('node:fs').writeFileSync(process.env.MODULES_FILE, process.moduleLoadList.join('\\n')));\n");
  requireSuccess(await sandbox.run(args, { env: { NODE_OPTIONS: `--require=${script}`, MODULES_FILE: list } }));
  return readFileSync(list, 'utf8').split('\n').map((line) => line.replace(/^\w+ /, ''));
}

const heavy = ['https', 'tls', 'http', 'net', 'dgram', 'child_process'];

describe('loads no more than it needs', () => {
  test.each([
    ['--version', ['--version']],
    ['--help', ['--help']],
    ['certificates', ['certificates']],
    ['renew with nothing due', ['renew', '--no-random-sleep-on-renew']],
  ])('%s', async (_, args) => {
    const modules = await modulesOf(args);
    expect(modules.length).toBeGreaterThan(20);
    expect(modules.filter((name) => heavy.includes(name))).toEqual([]);
  });

  test('the list would show it: a renewal loads them', async () => {
    expect(await modulesOf(['renew', '--force-renewal', '--no-random-sleep-on-renew'])).toEqual(expect.arrayContaining(['https', 'tls']));
  });
});
