import { chmod, chown, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Authenticator, ChallengeToAnswer } from '../ports.ts';
import { createWebrootAuthenticator } from './webroot.ts';

let base = '';
let root = '';
let folder = '';
const umask = process.umask();

beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'webroot-'));
  root = join(base, 'root');
  folder = join(root, '.well-known', 'acme-challenge');
  await mkdir(root);
});

afterEach(async () => {
  process.umask(umask);
  await rm(base, { recursive: true, force: true });
});

function challenge(token: string, name = 'a.test'): ChallengeToAnswer {
  const keyAuthorization = `${token}.thumb`;
  return {
    identifier: { type: 'dns', value: name },
    wildcard: false,
    type: 'http-01',
    token,
    keyAuthorization,
    validation: keyAuthorization,
    recordName: '',
    accountUrl: 'https://ca.test/account/1',
  };
}

function webroot(map: Record<string, string> = { 'a.test': root }): Authenticator {
  return createWebrootAuthenticator({ webrootMap: new Map(Object.entries(map)) });
}

async function plan(authenticator: Authenticator, one: ChallengeToAnswer) {
  const [handle = null] = await authenticator.plan([one]);
  return handle;
}

async function present(authenticator: Authenticator, one: ChallengeToAnswer) {
  return authenticator.present(one, await plan(authenticator, one));
}

describe('webroot authenticator', () => {
  test('writes the bare key authorization where the web server finds it and removes all it made', async () => {
    process.umask(0o077);
    const authenticator = webroot();
    const handle = await present(authenticator, challenge('token-1'));
    expect(await readFile(join(folder, 'token-1'), 'utf8')).toBe('token-1.thumb');
    expect((await stat(join(folder, 'token-1'))).mode & 0o777).toBe(0o644);
    expect((await stat(folder)).mode & 0o777).toBe(0o755);
    await authenticator.cleanUp(handle);
    expect(await readdir(root)).toEqual([]);
  });

  // Needs root: other owners, mounts or another user. The test-bed runs as root.
  test.runIf(process.getuid?.() === 0)('gives new folders the owner and group of the root', async () => {
    await chown(root, 1234, 2345);
    await present(webroot(), challenge('token-1'));
    expect(await stat(folder)).toMatchObject({ uid: 1234, gid: 2345 });
  });

  test('keeps folders that were there and files of others', async () => {
    await mkdir(join(root, '.well-known'));
    const authenticator = webroot();
    const handle = await present(authenticator, challenge('token-1'));
    await authenticator.cleanUp(handle);
    expect(await readdir(root)).toEqual(['.well-known']);
    expect(await readdir(join(root, '.well-known'))).toEqual([]);

    const again = await present(authenticator, challenge('token-2'));
    await writeFile(join(folder, 'foreign'), 'x');
    await authenticator.cleanUp(again);
    expect(await readdir(folder)).toEqual(['foreign']);
  });

  test('uses the folder of each name', async () => {
    const other = join(base, 'other');
    await mkdir(other);
    const authenticator = webroot({ 'a.test': root, 'b.test': other });
    await present(authenticator, challenge('token-1'));
    await present(authenticator, challenge('token-2', 'b.test'));
    expect(await readdir(folder)).toEqual(['token-1']);
    expect(await readdir(join(other, '.well-known', 'acme-challenge'))).toEqual(['token-2']);
    await expect(authenticator.plan([challenge('token-3', 'c.test')])).rejects.toMatchObject({ code: 'webrootMissing' });
  });

  test('presents and cleans up again in another process, whatever was half done', async () => {
    const one = challenge('token-1');
    const handle = await plan(webroot(), one);
    expect(await readdir(root)).toEqual([]);
    await webroot().cleanUp(handle);
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'token-1'), 'token');
    await webroot().present(one, handle);
    await webroot().present(one, handle);
    expect(await readFile(join(folder, 'token-1'), 'utf8')).toBe('token-1.thumb');
    await webroot().cleanUp(handle);
    await webroot().cleanUp(handle);
    expect(await readdir(root)).toEqual([]);
    await rm(root, { recursive: true });
    await webroot().cleanUp(handle);
  });

  test('leaves nothing behind when several issuances share a root, in any order of clean-up', async () => {
    const authenticator = webroot();
    const tokens = Array.from({ length: 20 }, (_, index) => `token-${index}`);
    await Promise.all(tokens.map(async (token) => authenticator.cleanUp(await present(authenticator, challenge(token)))));
    expect(await readdir(root)).toEqual([]);
  });

  test('keeps a file that two issuances share until both are done', async () => {
    const authenticator = webroot();
    const first = await present(authenticator, challenge('shared'));
    const second = await present(authenticator, challenge('shared'));
    await authenticator.cleanUp(first);
    expect(await readdir(folder)).toEqual(['shared']);
    await authenticator.cleanUp(second);
    expect(await readdir(root)).toEqual([]);
  });

  test('follows no symbolic link out of the root', async () => {
    const outside = join(base, 'outside');
    await mkdir(outside);
    await symlink(outside, join(root, '.well-known'));
    const authenticator = webroot();
    await expect(present(authenticator, challenge('token-1'))).rejects.toMatchObject({ code: 'webrootEscape' });
    expect(await readdir(outside)).toEqual([]);
  });

  test('does not write through or remove a link or a foreign file with the name of the token', async () => {
    const victim = join(base, 'victim');
    await writeFile(victim, 'precious');
    await mkdir(folder, { recursive: true });
    await symlink(victim, join(folder, 'token-1'));
    await writeFile(join(folder, 'token-2'), 'foreign');
    for (const token of ['token-1', 'token-2']) {
      await expect(present(webroot(), challenge(token))).rejects.toMatchObject({ code: 'challengeConflict' });
    }
    expect(await readFile(victim, 'utf8')).toBe('precious');
    expect((await readdir(folder)).sort()).toEqual(['token-1', 'token-2']);
  });

  test('names a root that is missing, a file, or read-only', async () => {
    const file = join(base, 'file');
    await writeFile(file, '');
    for (const bad of [join(base, 'nowhere'), file]) {
      await expect(webroot({ 'a.test': bad }).plan([challenge('token-1')])).rejects.toMatchObject({
        code: 'webrootMissing',
        message: expect.stringContaining(bad) as unknown,
      });
    }
    await expect(present(webroot({ 'a.test': '/proc' }), challenge('token-1'))).rejects.toMatchObject({
      code: expect.stringMatching(/^webroot(NotWritable|Missing)$/) as unknown,
    });
  });

  // Needs root: other owners, mounts or another user. The test-bed runs as root.
  test.runIf(process.getuid?.() === 0)('names the root that this user may not write to', async () => {
    await chmod(base, 0o755);
    process.seteuid?.(65_534);
    try {
      await expect(present(webroot(), challenge('token-1'))).rejects.toMatchObject({ code: 'webrootNotWritable', message: expect.stringContaining(root) as unknown });
    } finally {
      process.seteuid?.(0);
    }
    expect(await readdir(root)).toEqual([]);
  });

  test('refuses tokens that could be paths, also from a damaged journal', async () => {
    const authenticator = webroot();
    for (const token of ['../x', 'a/b', '', '.', 'a.b', 'x'.repeat(300)]) {
      await expect(authenticator.plan([challenge(token)])).rejects.toMatchObject({ code: 'tokenInvalid' });
    }
    await expect(authenticator.cleanUp({ root, token: '../../victim', folders: [], presentation: 'x' })).rejects.toMatchObject({ code: 'tokenInvalid' });
    await expect(authenticator.cleanUp('nonsense')).rejects.toMatchObject({ code: 'handleMalformed' });
  });
});
