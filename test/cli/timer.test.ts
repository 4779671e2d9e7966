// `timer` and `--prefix` as processes.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { sandboxFor, standalone, startAuthority, type TestAuthority } from './support/authority.ts';
import { launcher, requireSuccess, runProcess, type Sandbox } from './support/sandbox.ts';

let authority: TestAuthority;
let sandbox: Sandbox;
beforeAll(async () => {
  authority = await startAuthority();
});
afterAll(() => authority[Symbol.asyncDispose]());
beforeEach(async () => {
  sandbox = await sandboxFor(authority);
  mkdirSync(sandbox.join('units'));
});
afterEach(() => sandbox[Symbol.asyncDispose]());

const timer = (...options: readonly string[]) => sandbox.run(['timer', '--unit-dir', sandbox.join('units'), ...options]);
const unit = (name: string) => readFileSync(sandbox.join('units', name), 'utf8');

describe('timer', () => {
  test('shows what it would install, and a line for cron', async () => {
    const end = await timer();
    requireSuccess(end);
    expect(end.stdout).toContain('OnCalendar=');
    expect(end.stdout).toContain('not installed');
    expect(end.stdout).toMatch(/\n\d{1,2} 3,15 \* \* \* root \S+ \S+certward renew -q --wait /);
    expect(existsSync(sandbox.join('units', 'certward.timer'))).toBe(false);
  });

  test('installs units that systemd understands and whose command renews, and removes them', async () => {
    requireSuccess(await timer('--install'));
    expect(unit('certward.service')).toContain(`--config-dir ${sandbox.config}`);
    expect(unit('certward.service')).toContain(`ReadWritePaths=-${sandbox.config} `);
    await verifyUnits();
    const [program = '', ...words] = (/^ExecStart=(.*)$/m.exec(unit('certward.service'))?.[1] ?? '').split(' ');
    requireSuccess(await runProcess([program, ...words]));
    const { document } = await sandbox.json(['timer', '--unit-dir', sandbox.join('units')]);
    expect(document.result).toMatchObject({ installed: true, tooShort: [] });
    requireSuccess(await timer('--remove'));
    expect(existsSync(sandbox.join('units', 'certward.timer'))).toBe(false);
    requireSuccess(await timer('--remove'));
  });

  test('leaves units alone that somebody else wrote', async () => {
    writeFileSync(sandbox.join('units', 'certward.timer'), '[Timer]\n');
    for (const option of ['--install', '--remove']) expect((await timer(option)).stderr).toContain('was not written by this program');
    expect(unit('certward.timer')).toBe('[Timer]\n');
    expect(existsSync(sandbox.join('units', 'certward.service'))).toBe(false);
  });

  test('says so when certificates live too short for a timer', async () => {
    requireSuccess(await sandbox.run([...standalone(authority, 'a.test'), '--required-profile', 'shortlived']));
    const end = await timer();
    expect(end.stderr).toContain('These certificates live so short that a run may come too late');
    expect(end.stderr).toContain('  a.test');
  });
});

async function verifyUnits(): Promise<void> {
  try {
    requireSuccess(await runProcess(['systemd-analyze', 'verify', sandbox.join('units', 'certward.timer'), sandbox.join('units', 'certward.service')]));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    console.log('systemd-analyze: not run, not installed');
  }
}

test('--prefix takes the place of the three folders, except those that are named', async () => {
  const words = standalone(authority, 'a.test');
  const env = { REQUESTS_CA_BUNDLE: sandbox.join('root.pem'), XDG_CONFIG_HOME: sandbox.join('xdg') };
  requireSuccess(await runProcess([process.execPath, launcher, ...words, '--prefix', sandbox.join('own'), '--logs-dir', sandbox.join('elsewhere')], { env }));
  expect(existsSync(sandbox.join('own', 'config', 'live', 'a.test', 'cert.pem'))).toBe(true);
  expect(existsSync(sandbox.join('own', 'work'))).toBe(true);
  expect(existsSync(sandbox.join('own', 'logs'))).toBe(false);
  expect(existsSync(sandbox.join('elsewhere', 'letsencrypt.log'))).toBe(true);
});
