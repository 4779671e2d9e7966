// The launcher and what runs before any verb: version, help, syntax errors, other names, other places.
import { copyFileSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { projectRoot } from '@certward/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createSandbox, launcher, runProcess, type Sandbox } from './support/sandbox.ts';

let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = await createSandbox();
});
afterEach(() => sandbox[Symbol.asyncDispose]());

const { version } = JSON.parse(readFileSync(path.join(projectRoot(), 'packages', 'cli', 'package.json'), 'utf8')) as { version: string };

describe('--version', () => {
  test('prints our name and number on stdout', async () => {
    expect(await runProcess([launcher, '--version'])).toMatchObject({ code: 0, stdout: `certward ${version}\n`, stderr: '' });
    expect(await runProcess([launcher, 'renew', '--version', '-q'])).toMatchObject({ code: 0, stdout: `certward ${version}\n` });
  });

  test.each(['link', 'copy'])('a %s named certbot prints the Certbot version that it stands in for', async (kind) => {
    const file = sandbox.join('certbot');
    if (kind === 'link') symlinkSync(launcher, file);
    else copyFileSync(launcher, file);
    expect(await runProcess([file, '--version'], { env: { CERTWARD_HOME: projectRoot() } })).toMatchObject({ code: 0, stdout: 'certbot 5.6.0\n' });
  });

  test('a copy finds the installation through certward on PATH', async () => {
    mkdirSync(sandbox.join('bin'));
    symlinkSync(launcher, sandbox.join('bin', 'certward'));
    copyFileSync(launcher, sandbox.join('certbot'));
    const end = await runProcess([sandbox.join('certbot'), '--version'], { env: { PATH: `${sandbox.join('bin')}:${process.env['PATH'] ?? ''}` } });
    expect(end).toMatchObject({ code: 0, stdout: 'certbot 5.6.0\n' });
  });

  test('a copy without an installation says what to do', async () => {
    copyFileSync(launcher, sandbox.join('certbot'));
    const end = await runProcess([process.execPath, sandbox.join('certbot'), '--version'], { env: { PATH: '/nonexistent' } });
    expect(end.code).toBe(1);
    expect(end.stderr).toMatch(/^the command has not been built: .*\nhint: run `npm ci && npm run build`/);
  });
});

describe('help', () => {
  test.each([['-h'], ['--help'], ['help']])('%s prints the short page', async (word) => {
    const end = await runProcess([launcher, word]);
    expect(end).toMatchObject({ code: 0, stderr: '' });
    expect(end.stdout).toContain('certward [SUBCOMMAND] [options] [-d DOMAIN] [-d DOMAIN] ...');
    expect(end.stdout).toContain('examples:');
  });

  test('topics, and one that is not there', async () => {
    expect((await runProcess([launcher, '--help', 'all'])).stdout).toContain('--preferred-chain');
    expect((await runProcess([launcher, 'certonly', '--help'])).stdout).toContain('certward certonly --standalone -d example.com');
    const end = await runProcess([launcher, '--help', 'bogus']);
    expect(end.code).toBe(2);
    expect(end.stderr).toContain('no help on "bogus"');
  });
});

describe('syntax errors', () => {
  test('exit with 2, usage and argparse\'s words on stderr', async () => {
    const end = await sandbox.run(['--bogus']);
    expect(end).toMatchObject({ code: 2, stdout: '' });
    expect(end.stderr).toMatch(/^usage: \n {2}certward \[SUBCOMMAND\] \[options\] \[-d DOMAIN\] \[-d DOMAIN\] \.\.\.\n/);
    expect(end.stderr).toMatch(/\ncertward: error: unrecognized arguments: --bogus\n$/);
  });

  test('with --json there is a document, too', async () => {
    const { code, document } = await sandbox.json(['--bogus']);
    expect(code).toBe(2);
    expect(document).toMatchObject({ schema: 1, verb: null, ok: false, error: { code: 'argumentSyntax', message: 'unrecognized arguments: --bogus' } });
  });

  test('an unknown key in a file is one', async () => {
    const end = await sandbox.run(['renew', '-c', sandbox.write('bad.ini', 'bogus = False\n')]);
    expect(end.code).toBe(2);
    expect(end.stderr).toContain('unrecognized arguments: --bogus=False');
  });
});

test('dead options are accepted with one warning', async () => {
  const end = await sandbox.run(['certificates', '--os-packages-only', '--no-self-upgrade']);
  expect(end.code).toBe(0);
  expect(end.stderr).toContain('Use of --os-packages-only is deprecated.\nUse of --no-self-upgrade is deprecated.\n');
});
