// Atomic writes on real file systems: full, read-only, and without permission.
import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { hintsOf } from '@certward/base';
import { temporaryFolder } from '@certward/testing';
import { describe, expect, test } from 'vitest';

import { writeFileAtomic, writeFilesAtomic } from './atomic.ts';
import { ensureFolder, isFolder, listFolder, removeTemporaryFiles } from './folders.ts';
import { readTextFile, tryReadTextFile } from './read.ts';

const mode = (path: string) => (statSync(path).mode & 0o777).toString(8);
const isRoot = process.geteuid?.() === 0;
const nobody = 65_534;

/** Runs `work` as an unprivileged user of this very process. */
async function asNobody(work: () => Promise<void>): Promise<void> {
  process.seteuid?.(nobody);
  try {
    await work();
  } finally {
    process.seteuid?.(0);
  }
}

describe('writing', () => {
  test('replaces a file with its mode, and gives a new one 0644 less the umask', async () => {
    await using folder = await temporaryFolder('files');
    const path = folder.join('a');
    await writeFileAtomic(path, 'one');
    expect(mode(path)).toBe((0o644 & ~process.umask()).toString(8));
    chmodSync(path, 0o640);
    await writeFileAtomic(path, 'two');
    expect([readFileSync(path, 'utf8'), mode(path), readdirSync(folder.path)]).toEqual(['two', '640', ['a']]);
    await writeFileAtomic(path, Buffer.from('three'), { mode: 0o604 });
    expect([readFileSync(path, 'utf8'), mode(path)]).toEqual(['three', '604']);
  });

  test('exclusively, never touches what is there, not even a dangling link', async () => {
    await using folder = await temporaryFolder('files');
    writeFileSync(folder.join('a'), 'old');
    symlinkSync('nowhere', folder.join('b'));
    for (const name of ['a', 'b']) await expect(writeFileAtomic(folder.join(name), 'new', { exclusive: true })).rejects.toMatchObject({ code: 'alreadyExists' });
    expect(readFileSync(folder.join('a'), 'utf8')).toBe('old');
    expect(readdirSync(folder.path).sort()).toEqual(['a', 'b']);
    await writeFileAtomic(folder.join('c'), 'new', { exclusive: true, mode: 0o400 });
    expect([mode(folder.join('c')), readFileSync(folder.join('c'), 'utf8')]).toEqual(['400', 'new']);
  });

  test('a leftover under the agreed temporary name is no obstacle', async () => {
    await using folder = await temporaryFolder('files');
    writeFileSync(folder.join('a.conf.new'), 'leftover', { mode: 0o400 });
    await writeFileAtomic(folder.join('a.conf'), 'text', { temporaryPath: folder.join('a.conf.new') });
    expect(readdirSync(folder.path)).toEqual(['a.conf']);
  });

  test('several files: when one cannot be written, none changes', async () => {
    await using folder = await temporaryFolder('files');
    writeFileSync(folder.join('a'), 'old');
    const files = [{ path: folder.join('a'), content: 'new' }, { path: folder.join('missing', 'b'), content: 'new' }];
    await expect(writeFilesAtomic(files)).rejects.toMatchObject({ code: 'notFound', details: { path: folder.join('missing', 'b') } });
    expect([readFileSync(folder.join('a'), 'utf8'), readdirSync(folder.path)]).toEqual(['old', ['a']]);
  });

  test('temporary files of killed processes can be cleared; others stay', async () => {
    await using folder = await temporaryFolder('files');
    for (const name of ['.a.conf.123-4.new', '.link.9-1.new', 'a.new', '.b.new', 'c.1-2.new']) writeFileSync(folder.join(name), '');
    removeTemporaryFiles(folder.path);
    expect(readdirSync(folder.path).sort()).toEqual(['.b.new', 'a.new', 'c.1-2.new']);
  });

  // Needs root: other owners, mounts or another user. The test-bed runs as root.
  test.runIf(isRoot)('the group is given together with the mode', async () => {
    await using folder = await temporaryFolder('files');
    await writeFileAtomic(folder.join('key'), 'x', { mode: 0o640, gid: nobody });
    expect([mode(folder.join('key')), statSync(folder.join('key')).gid]).toEqual(['640', nobody]);
    chownSync(folder.path, nobody, 0);
    await asNobody(async () => writeFileAtomic(folder.join('own'), 'x', { mode: 0o640, gid: 4242 }));
    // That user cannot give files to the group, so the group's right to read is dropped with it.
    expect(mode(folder.join('own'))).toBe('600');
  });
});

describe('folders and reading', () => {
  test('missing parents are made, existing modes are kept, a file in the way is named', async () => {
    await using folder = await temporaryFolder('files');
    mkdirSync(folder.join('live'), { mode: 0o755 });
    chmodSync(folder.join('live'), 0o711);
    await ensureFolder(folder.join('live'), { mode: 0o700 });
    await ensureFolder(folder.join('a/b/c'), { mode: 0o700 });
    expect([mode(folder.join('live')), mode(folder.join('a/b')), isFolder(folder.join('a/b/c'))]).toEqual(['711', '700', true]);
    writeFileSync(folder.join('file'), '');
    await expect(ensureFolder(folder.join('file'))).rejects.toMatchObject({ code: 'alreadyExists' });
    expect(listFolder(folder.join('nope'))).toEqual([]);
  });

  test('text is read whole, whatever its size and alphabet; other bytes are refused', async () => {
    await using folder = await temporaryFolder('files');
    for (const text of ['', 'ascii', 'käse ✓ 𝄞', 'x'.repeat(65_535), 'x'.repeat(65_536), 'é'.repeat(70_000)]) {
      writeFileSync(folder.join('text'), text);
      expect(readTextFile(folder.join('text')) === text).toBe(true);
    }
    writeFileSync(folder.join('text'), Buffer.of(0x61, 0xff));
    expect(() => readTextFile(folder.join('text'))).toThrow(expect.objectContaining({ code: 'confMalformed' }));
    expect(tryReadTextFile(folder.join('nope'))).toBeUndefined();
    expect(() => readTextFile(folder.join('nope'))).toThrow(expect.objectContaining({ code: 'notFound' }));
    expect(() => readTextFile(folder.path)).toThrow(expect.objectContaining({ code: 'fileFailed', details: { path: folder.path, errno: 'EISDIR' } }));
  });
});

// Needs root: other owners, mounts or another user. The test-bed runs as root.
describe.runIf(isRoot)('without permission', () => {
  test('the path and the remedy are named, for writing and for reading', async () => {
    await using folder = await temporaryFolder('files');
    chmodSync(folder.path, 0o711);
    writeFileSync(folder.join('secret'), 'x', { mode: 0o600 });
    await asNobody(async () => {
      await expect(writeFileAtomic(folder.join('a'), 'x')).rejects.toMatchObject({ code: 'notWritable', message: `no permission to write "${folder.join('a')}"` });
      await expect(ensureFolder(folder.join('b'))).rejects.toMatchObject({ code: 'notWritable' });
      expect(() => readTextFile(folder.join('secret'))).toThrow(expect.objectContaining({ code: 'notReadable', message: `no permission to read "${folder.join('secret')}"` }));
      expect(() => listFolder(folder.path)).toThrow(expect.objectContaining({ code: 'notReadable' }));
    });
    const error: unknown = await asNobody(() => writeFileAtomic(folder.join('a'), 'x')).catch((thrown: unknown) => thrown);
    expect(hintsOf(error)).toEqual(['run as root, or point --config-dir, --work-dir and --logs-dir at folders that you may write to']);
  });
});

/** A tiny file system of its own; undefined where mounting is not allowed. */
async function tinyFileSystem() {
  const folder = await temporaryFolder('tmpfs');
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder.path], { stdio: 'ignore' });
  } catch {
    await folder[Symbol.asyncDispose]();
    console.log('not run: this machine does not let tests mount a file system');
    return undefined;
  }
  return {
    path: folder.path,
    remountReadOnly: () => execFileSync('mount', ['-o', 'remount,ro', folder.path]),
    async [Symbol.asyncDispose]() {
      execFileSync('umount', [folder.path]);
      await folder[Symbol.asyncDispose]();
    },
  };
}

// Needs root: other owners, mounts or another user. The test-bed runs as root.
describe.runIf(isRoot)('on a file system of its own', () => {
  test('full: the old content stays, nothing is left behind, and the error says what to do', async () => {
    await using disk = await tinyFileSystem();
    if (disk === undefined) return;
    const path = join(disk.path, 'conf');
    await writeFileAtomic(path, 'old');
    const error: unknown = await writeFileAtomic(path, 'x'.repeat(100_000)).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'diskFull', message: `no space left to write "${path}"` });
    expect(hintsOf(error)[0]).toContain('free some space');
    expect([readFileSync(path, 'utf8'), readdirSync(disk.path)]).toEqual(['old', ['conf']]);
  });

  test('read-only: said so', async () => {
    await using disk = await tinyFileSystem();
    if (disk === undefined) return;
    disk.remountReadOnly();
    await expect(writeFileAtomic(join(disk.path, 'a'), 'x')).rejects.toMatchObject({ code: 'notWritable', message: `cannot write "${join(disk.path, 'a')}": the file system is read-only` });
    expect(existsSync(join(disk.path, 'a'))).toBe(false);
  });
});
