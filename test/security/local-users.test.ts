// Names and files of the machine as an enemy of the command: lineage names, planted or edited configurations, links, and
// texts that could become more than a value where they are stored.
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { openLineageStore } from '@certward/engine';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { sandboxFor, standalone, startAuthority, type TestAuthority } from '../cli/support/authority.ts';
import { requireSuccess, type Sandbox } from '../cli/support/sandbox.ts';
import { contentsBelow, filesBelow, steeringIn, steeringName } from './support/hostile.ts';

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

const confOf = (name: string) => path.join(sandbox.config, 'renewal', `${name}.conf`);
const editConf = (name: string, from: string, to: string) => writeFileSync(confOf(name), readFileSync(confOf(name), 'utf8').replaceAll(from, to));

describe('a certificate name is no path and steers nothing', () => {
  const names = ['../../victim', '..', '.', 'a/b', 'a\\b', 'a\nb'];
  const verbs: readonly (readonly string[])[] = [['certonly'], ['delete', '-n'], ['certificates'], ['renew'], ['revoke', '-n']];
  const refused = { ends: verbs.map(([verb]) => ({ verb, code: 1, steering: [] })), victim: 'precious', archive: [], log: [] };

  /** What every verb makes of the name, and what became of the files around. */
  async function attempt(name: string) {
    const victim = sandbox.write('victim/privkey.pem', 'precious');
    sandbox.write('victim.conf', 'archive_dir = /');
    const ends = [];
    for (const [verb = '', ...more] of verbs) {
      const words = verb === 'certonly' ? standalone(authority, 'a.test') : [verb, ...more];
      const { code, stdout, stderr } = await sandbox.run([...words, '--cert-name', name]);
      ends.push({ verb, code, steering: steeringIn(stdout + stderr) });
    }
    const log = steeringIn(Buffer.from(contentsBelow(sandbox.logs).get('letsencrypt.log') ?? '', 'latin1').toString('utf8'));
    return { ends, victim: readFileSync(victim, 'utf8'), archive: filesBelow(path.join(sandbox.config, 'archive')), log };
  }

  test.each(names)('%j', async (name) => {
    expect(await attempt(name)).toEqual(refused);
  });

  test('one that clears the screen', async () => {
    expect(await attempt(steeringName)).toEqual(refused);
  });
});

test('files with steering names in the configuration folder are shown, not obeyed', async () => {
  requireSuccess(await sandbox.run(standalone(authority, 'a.test')));
  const name = steeringName;
  writeFileSync(confOf(name), 'nonsense');
  writeFileSync(confOf(`z${name}`), readFileSync(confOf('a.test')));
  for (const words of [['certificates'], ['renew'], ['renew', '--dry-run', '--no-random-sleep-on-renew'], ['delete', '-n', '--cert-name', name]]) {
    const end = await sandbox.run([...words, '-v']);
    expect({ words, steering: steeringIn(end.stdout + end.stderr) }).toEqual({ words, steering: [] });
  }
  const log = Buffer.from(contentsBelow(sandbox.logs).get('letsencrypt.log') ?? '', 'latin1').toString('utf8');
  expect(steeringIn(log)).toEqual([]);
});

describe('deleting by an edited configuration', () => {
  beforeEach(async () => {
    requireSuccess(await sandbox.run(standalone(authority, 'a.test')));
    requireSuccess(await sandbox.run(standalone(authority, 'b.test')));
  });

  async function deleteA(): Promise<void> {
    await sandbox.run(['delete', '-n', '--cert-name', 'a.test']);
  }

  test('spares the archive of another certificate', async () => {
    editConf('a.test', path.join(sandbox.config, 'archive/a.test'), path.join(sandbox.config, 'archive/b.test'));
    await deleteA();
    expect(openLineageStore({ configDir: sandbox.config }).load('b.test', { repair: false }).name).toBe('b.test');
  });

  test('spares the links of another certificate', async () => {
    editConf('a.test', path.join(sandbox.config, 'live/a.test'), path.join(sandbox.config, 'live/b.test'));
    await deleteA();
    expect(openLineageStore({ configDir: sandbox.config }).load('b.test', { repair: false }).name).toBe('b.test');
  });

  test('spares files and links of others that only have the right names', async () => {
    const precious = ['cert.pem', 'privkey.pem', 'README'].map((name) => sandbox.write(`www/${name}`, 'precious'));
    symlinkSync('/etc/hostname', sandbox.join('www', 'chain.pem'));
    symlinkSync('/etc/hostname', sandbox.join('www', 'fullchain.pem'));
    editConf('a.test', path.join(sandbox.config, 'live/a.test'), sandbox.join('www'));
    await deleteA();
    for (const file of precious) expect({ file, kept: existsSync(file) }).toEqual({ file, kept: true });
    expect(filesBelow(sandbox.join('www'))).toContain('chain.pem');
  });

  test.each(['/', '/etc', '..', '../..'])('whose archive_dir is %j removes nothing there', async (folder) => {
    const before = filesBelow('/etc').length;
    editConf('a.test', path.join(sandbox.config, 'archive/a.test'), folder);
    await deleteA();
    expect(filesBelow('/etc').length).toBe(before);
    expect(existsSync(path.join(sandbox.config, 'archive/b.test/privkey1.pem'))).toBe(true);
  });
});

test('a link in place of the challenge folder does not lead the command out of the web root', async () => {
  const root = sandbox.join('root');
  mkdirSync(path.join(root, '.well-known'), { recursive: true });
  mkdirSync(sandbox.join('outside'));
  symlinkSync(sandbox.join('outside'), path.join(root, '.well-known', 'acme-challenge'));
  const end = await sandbox.run(['certonly', '-n', '--agree-tos', '--webroot', '-w', root, '-d', 'a.test', '--server', authority.directoryUrl]);
  expect(end.code).toBe(1);
  expect(end.stderr).toContain('symbolic link');
  expect(filesBelow(sandbox.join('outside'))).toEqual([]);
});

describe('values that look like configuration', () => {
  const injection = `true #\n[renewalparams]\nserver = https://evil.test/\n[[webroot_map]]\n"x" = 'y'`;

  test('are stored as values: hooks, paths and texts', async () => {
    const root = sandbox.join(`w\n[[webroot_map]]\nevil.test = "x', %(server)s ]`);
    mkdirSync(root);
    const words = ['certonly', '-n', '--agree-tos', '--manual', '--manual-auth-hook', injection, '--pre-hook', injection, '--user-agent', 'a, "b" # c', '-d', 'a.test', '--server', authority.directoryUrl];
    // What is stored is settled before the proof fails only on a dry look: the same values by a way that succeeds.
    const end = await sandbox.run([...standalone(authority, 'a.test'), ...words.slice(3, 12)].filter((word) => word !== '--manual'));
    requireSuccess(end);
    const { params, server } = openLineageStore({ configDir: sandbox.config }).load('a.test', { repair: false }).conf;
    expect(server).toBe(authority.directoryUrl);
    expect([...params.webroot_map]).toEqual([]);
    expect(params.pre_hook).toBe(injection);
    expect(params.user_agent).toBe('a, "b" # c');
  });

  test('do not come out of a name or an address', async () => {
    for (const words of [['-d', 'a.test\nserver = x'], ['-d', 'a.test\u001b[2J'], ['-m', 'a@b.test\nx = y']]) {
      const end = await sandbox.run([...standalone(authority, ...(words[0] === '-m' ? ['a.test'] : [])), ...words]);
      expect({ words, code: end.code, steering: steeringIn(end.stderr + end.stdout) }).toEqual({ words, code: 1, steering: [] });
    }
  });
});

describe('the environment of hooks', () => {
  test('names reach a hook through its environment, never through its command', async () => {
    const seen = sandbox.join('seen');
    const hook = sandbox.write('hook.sh', `#!/bin/sh\ntr '\\0' ' ' < /proc/$$/cmdline >> ${seen}\nprintenv RENEWED_DOMAINS >> ${seen}\n`, 0o755);
    requireSuccess(await sandbox.run([...standalone(authority, 'a.test'), '--deploy-hook', hook]));
    expect(readFileSync(seen, 'utf8')).toBe(`/bin/sh ${hook} a.test\n`);
  });

  test('what a hook prints is shown without what steers a terminal', async () => {
    const hook = sandbox.write('hook.sh', `#!/bin/sh\nprintf 'x\\033[2J\\033]0;owned\\007'\nprintf 'y\\302\\23331m' >&2\n`, 0o755);
    const end = await sandbox.run([...standalone(authority, 'a.test'), '--deploy-hook', hook]);
    requireSuccess(end);
    expect(steeringIn(end.stdout + end.stderr)).toEqual([]);
    expect(end.stdout).toContain('owned');
  });
});
