// A machine whose clock is far off: one message that says so, before anything is registered, ordered or written.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { tryFindBinary } from '@certward/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { sandboxFor, standalone, startAuthority, type TestAuthority } from './support/authority.ts';
import { requireSuccess, runProcess, type Sandbox, launcher } from './support/sandbox.ts';

let authority: TestAuthority;
let sandbox: Sandbox;
beforeAll(async () => {
  // Plain http, so that our own comparison is what notices.
  authority = await startAuthority({ tls: false });
});
afterAll(() => authority[Symbol.asyncDispose]());
beforeEach(async () => {
  sandbox = await sandboxFor(authority);
});
afterEach(() => sandbox[Symbol.asyncDispose]());

/** The environment of a process that lives this many days from now. */
function daysFromNow(days: number): Readonly<Record<string, string>> {
  const script = sandbox.write(
    'clock.cjs',
    `const Real = Date; const ahead = ${days * 86_400_000};
globalThis.Date = class Date extends Real {
  constructor(...args) { args.length === 0 ? super(Real.now() + ahead) : super(...args); }
  static now() { return Real.now() + ahead; }
};`,
  );
  return { NODE_OPTIONS: `--require=${script}` };
}

const filesOf = (folder: string) => (existsSync(folder) ? readdirSync(folder, { recursive: true }).map(String).filter((file) => file.endsWith('.pem') || file.endsWith('.json') || file.endsWith('.jsonl')) : []);

describe('a clock that is far off', () => {
  test.each([
    ['ahead of', 3650],
    ['behind', -3650],
  ])('%s the CA: certonly says so and leaves nothing', async (side, days) => {
    const end = await sandbox.run(standalone(authority, 'a.test'), { env: daysFromNow(days) });
    expect(end.code).toBe(1);
    expect(end.stderr).toContain(`the clock of this machine is 3650 days ${side} that of the ca\nhint: set the clock`);
    expect(filesOf(sandbox.config)).toEqual([]);
    expect(filesOf(path.join(sandbox.work, 'certward', 'journal'))).toEqual([]);
    requireSuccess(await sandbox.run(standalone(authority, 'a.test')));
  });

  test('renew takes everything for due, and the lineage stays as it is', async () => {
    requireSuccess(await sandbox.run(standalone(authority, 'a.test')));
    const conf = path.join(sandbox.config, 'renewal', 'a.test.conf');
    const before = [readFileSync(conf, 'utf8'), readdirSync(path.join(sandbox.config, 'archive', 'a.test'))];
    const end = await sandbox.run(['renew', '--no-random-sleep-on-renew'], { env: daysFromNow(3650) });
    expect(end.code).toBe(1);
    expect(end.stderr).toContain('the clock of this machine is 3650 days ahead of that of the ca');
    expect([readFileSync(conf, 'utf8'), readdirSync(path.join(sandbox.config, 'archive', 'a.test'))]).toEqual(before);
    expect(filesOf(path.join(sandbox.work, 'certward', 'journal'))).toEqual([]);
  });

  test('a few hours are no reason to refuse', async () => {
    requireSuccess(await sandbox.run(standalone(authority, 'a.test'), { env: daysFromNow(0.5) }));
  });

  // Needs a program that a machine may lack.
  test.runIf(tryFindBinary('faketime') !== undefined)('so far that the certificate of the CA itself looks expired: the hint is about the clock', async () => {
    await using tls = await startAuthority();
    await using own = await sandboxFor(tls);
    const end = await runProcess(['faketime', '-f', '+3650d', process.execPath, launcher, ...standalone(tls, 'a.test'), '--config-dir', own.config, '--work-dir', own.work, '--logs-dir', own.logs], { env: { REQUESTS_CA_BUNDLE: own.write('root.pem', tls.ca.rootsPem), NODE_EXTRA_CA_CERTS: undefined } });
    expect(end.code).toBe(1);
    expect(end.stderr).toContain('hint: look at the clock of this machine');
    expect(filesOf(own.config)).toEqual([]);
  });
});
