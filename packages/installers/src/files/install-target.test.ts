// Installing into files: what is written, when the command runs, and that a failure leaves everything as it was.
import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { inspect } from 'node:util';

import type { Log } from '@certward/base';
import { systemDisk } from '@certward/engine';
import { temporaryFolder } from '@certward/testing';
import { describe, expect, test } from 'vitest';

import { parseFileTarget } from './definition.ts';
import { installFileTarget } from './install-target.ts';
import { writeLineage } from './testdata/lineage.ts';

const isRoot = process.geteuid?.() === 0;

async function prepared() {
  const folder = await temporaryFolder('target');
  mkdirSync(folder.join('app'));
  const lineage = await writeLineage(folder.join('live'));
  /** The command appends a letter to a file, then ends with the status in another one. */
  const command = ['/bin/sh', '-c', 'printf x >> "$0/runs"; exit "$(cat "$0/status" 2> /dev/null || echo 0)"', folder.path];
  const target = (outputs: readonly object[], more: object = {}) => parseFileTarget({ name: 'app', outputs, command, ...more });
  const runs = () => (existsSync(folder.join('runs')) ? readFileSync(folder.join('runs'), 'utf8').length : 0);
  const fail = (status: number) => writeFileSync(folder.join('status'), String(status));
  return { folder, lineage, target, runs, fail, app: (name: string) => folder.join('app', name), [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
}

describe('writing', () => {
  test('makes each format, and does nothing when it is asked again', async () => {
    await using its = await prepared();
    const passphrase = { env: 'PASS' };
    const target = its.target([
      { format: 'pem', part: 'cert', path: its.app('cert.pem') },
      { format: 'pem', part: 'chain', path: its.app('chain.pem'), mode: '0640' },
      { format: 'combined', order: ['privkey', 'fullchain'], path: its.app('all.pem') },
      { format: 'pfx', path: its.app('a.pfx'), passphrase },
      { format: 'jks', path: its.app('a.jks'), passphrase },
    ]);
    const options = { env: { PASS: 'changeit' } };
    const result = await installFileTarget(target, its.lineage.paths, options);
    expect(result).toEqual({ changed: target.outputs.map(({ path }) => path), commandRan: true, checked: false });
    const { leaf, issuer, keyPem } = its.lineage;
    expect(['cert.pem', 'chain.pem', 'all.pem'].map((name) => readFileSync(its.app(name), 'utf8'))).toEqual([leaf.pem, issuer.pem, keyPem + leaf.pem + issuer.pem]);
    expect(['cert.pem', 'chain.pem', 'all.pem', 'a.pfx', 'a.jks'].map((name) => (statSync(its.app(name)).mode & 0o777).toString(8))).toEqual(['644', '640', '600', '600', '600']);
    expect(readdirSync(its.folder.join('app')).filter((name) => name.startsWith('.'))).toEqual([]);
    expect(await installFileTarget(target, its.lineage.paths, options)).toEqual({ changed: [], commandRan: false, checked: false });
    expect(its.runs()).toBe(1);
    expect((await installFileTarget(target, its.lineage.paths, { ...options, force: true })).commandRan).toBe(true);
  });

  test('a loosened mode is set right', async () => {
    await using its = await prepared();
    const target = its.target([{ format: 'pem', part: 'privkey', path: its.app('key.pem') }]);
    await installFileTarget(target, its.lineage.paths);
    chmodSync(its.app('key.pem'), 0o644);
    expect((await installFileTarget(target, its.lineage.paths)).changed).toEqual([its.app('key.pem')]);
    expect(statSync(its.app('key.pem')).mode & 0o777).toBe(0o600);
  });

  // Needs root: other owners, mounts or another user. The test-bed runs as root.
  test.runIf(isRoot)('gives files to the owner and group; unnamed ones stay with whom they are', async () => {
    await using its = await prepared();
    writeFileSync(its.app('kept.pem'), 'old');
    chownSync(its.app('kept.pem'), 4242, 4343);
    await installFileTarget(its.target([{ format: 'pem', part: 'privkey', path: its.app('key.pem'), owner: 'nobody', group: 'daemon', mode: '0640' }, { format: 'pem', part: 'cert', path: its.app('kept.pem') }]), its.lineage.paths);
    expect([statSync(its.app('key.pem')).uid, statSync(its.app('key.pem')).gid, statSync(its.app('kept.pem')).uid, statSync(its.app('kept.pem')).gid]).toEqual([65_534, 1, 4242, 4343]);
  });
});

describe('what cannot be is said before anything changes', () => {
  const key = (path: string, more: object = {}) => ({ format: 'pem', part: 'privkey', path, ...more });

  test('owner, group, folder, passphrase, key', async () => {
    await using its = await prepared();
    const first = { format: 'pem', part: 'cert', path: its.app('cert.pem') };
    const install = (second: object) => installFileTarget(its.target([first, second]), its.lineage.paths, { env: {} });
    await expect(install(key(its.app('a'), { owner: 'no-such-user' }))).rejects.toMatchObject({ code: 'ownerUnknown', message: 'there is no user "no-such-user" on this machine' });
    await expect(install(key(its.app('a'), { group: '-x' }))).rejects.toMatchObject({ code: 'ownerUnknown' });
    await expect(install(key(its.folder.join('missing/a')))).rejects.toMatchObject({ code: 'folderMissing', message: `there is no folder "${its.folder.join('missing')}" for "a"` });
    await expect(install({ format: 'pfx', path: its.app('a'), passphrase: { env: 'PASS' } })).rejects.toMatchObject({ code: 'secretMissing' });
    await expect(install({ format: 'pfx', path: its.app('a'), passphrase: { file: its.app('nope') } })).rejects.toMatchObject({ code: 'secretMissing' });
    const other = await writeLineage(its.folder.join('other'));
    await expect(installFileTarget(its.target([first]), { ...its.lineage.paths, privkey: other.paths.privkey })).rejects.toMatchObject({ code: 'materialInvalid' });
    expect([readdirSync(its.folder.join('app')), its.runs()]).toEqual([[], 0]);
  });

  // Needs root: other owners, mounts or another user. The test-bed runs as root.
  test.runIf(isRoot)('an unprivileged run cannot give files away', async () => {
    await using its = await prepared();
    chownSync(its.folder.path, 65_534, 65_534);
    for (const name of ['fullchain.pem', 'privkey.pem']) chmodSync(its.folder.join('live', name), 0o644);
    process.seteuid?.(65_534);
    try {
      await expect(installFileTarget(its.target([key(its.app('a'), { owner: 'root' })]), its.lineage.paths)).rejects.toMatchObject({ code: 'ownerRefused' });
    } finally {
      process.seteuid?.(0);
    }
  });
});

describe('a failure', () => {
  test('of the command brings the former files back and runs it once more; new files go', async () => {
    await using its = await prepared();
    writeFileSync(its.app('key.pem'), 'former', { mode: 0o640 });
    its.fail(3);
    const target = its.target([{ format: 'pem', part: 'privkey', path: its.app('key.pem') }, { format: 'pem', part: 'cert', path: its.app('new.pem') }]);
    await expect(installFileTarget(target, its.lineage.paths)).rejects.toMatchObject({ code: 'commandFailed', details: { status: 3 } });
    expect([readFileSync(its.app('key.pem'), 'utf8'), statSync(its.app('key.pem')).mode & 0o777, readdirSync(its.folder.join('app')), its.runs()]).toEqual(['former', 0o640, ['key.pem'], 2]);
    its.fail(0);
    expect((await installFileTarget(target, its.lineage.paths)).changed).toHaveLength(2);
  });

  test('a program that does not exist is named', async () => {
    await using its = await prepared();
    const target = its.target([{ format: 'pem', part: 'cert', path: its.app('cert.pem') }], { command: ['/nonexistent/reload'] });
    await expect(installFileTarget(target, its.lineage.paths)).rejects.toMatchObject({ code: 'commandFailed', message: expect.stringContaining('/nonexistent/reload') as string });
    expect(readdirSync(its.folder.join('app'))).toEqual([]);
  });

  test('of a write half-way brings the first file back', async () => {
    await using its = await prepared();
    writeFileSync(its.app('a.pem'), 'former');
    let renames = 0;
    const disk = { ...systemDisk, rename: (from: string, to: string) => {
      renames += 1;
      // The marker, the first file, then the second.
      if (renames === 3) throw Object.assign(new Error('no space'), { code: 'ENOSPC', syscall: 'rename' });
      systemDisk.rename(from, to);
    } };
    const target = its.target([{ format: 'pem', part: 'cert', path: its.app('a.pem') }, { format: 'pem', part: 'chain', path: its.app('b.pem') }]);
    await expect(installFileTarget(target, its.lineage.paths, { disk })).rejects.toMatchObject({ code: 'diskFull' });
    expect([readFileSync(its.app('a.pem'), 'utf8'), readdirSync(its.folder.join('app'))]).toEqual(['former', ['a.pem']]);
  });

  test('a run that is killed before the command leaves word for the next one', async () => {
    await using its = await prepared();
    const target = its.target([{ format: 'pem', part: 'cert', path: its.app('cert.pem') }]);
    await installFileTarget(target, its.lineage.paths);
    writeFileSync(its.app('.cert.pem.reload-due'), '');
    expect(await installFileTarget(target, its.lineage.paths)).toEqual({ changed: [], commandRan: true, checked: false });
    expect([its.runs(), readdirSync(its.folder.join('app'))]).toEqual([2, ['cert.pem']]);
  });

  test('says nothing of keys or passphrases', async () => {
    await using its = await prepared();
    its.fail(1);
    const lines: unknown[] = [];
    const note = (message: string, fields?: unknown) => void lines.push(message, fields);
    const log: Log = { debug: note, info: note, warn: note, error: note };
    const target = its.target([{ format: 'pfx', path: its.app('a.pfx'), passphrase: { env: 'PASS' } }]);
    const error: unknown = await installFileTarget(target, its.lineage.paths, { env: { PASS: 'canary-passphrase' }, log }).catch((thrown: unknown) => thrown);
    const said = inspect([error, lines], { depth: 10 });
    expect(said).toContain('commandFailed');
    for (const secret of ['canary-passphrase', its.lineage.keyPem.split('\n')[1] ?? '']) expect(said).not.toContain(secret);
  });
});
