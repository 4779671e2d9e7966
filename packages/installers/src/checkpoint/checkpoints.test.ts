// Checkpoints on real folders: what is recorded, how it is taken back, and in which order.
import { chmodSync, chownSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';

import { createFakeClock, temporaryFolder } from '@certward/testing';
import { describe, expect, test } from 'vitest';

import { openCheckpoints } from './checkpoints.ts';
import { replaceFile } from './config-file.ts';

const isRoot = process.geteuid?.() === 0;

async function prepared() {
  const folder = await temporaryFolder('checkpoint');
  const clock = createFakeClock(new Date('2026-03-01T00:00:00.250Z'));
  const workDir = folder.join('work');
  mkdirSync(workDir);
  const config = (name: string) => folder.join(name);
  writeFileSync(config('a.conf'), 'a\n');
  writeFileSync(config('b.conf'), Buffer.of(0xff, 0x0d, 0x0a));
  return { folder, workDir, clock, config, checkpoints: openCheckpoints({ workDir, clock }), [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
}

describe('recording', () => {
  test('has the layout of the format, the first content of a file counts, new files are listed', async () => {
    await using its = await prepared();
    await its.checkpoints.addFiles([its.config('a.conf'), its.config('b.conf')], { notes: 'first\n' });
    writeFileSync(its.config('a.conf'), 'changed\n');
    await its.checkpoints.addFiles([its.config('a.conf')], { notes: 'second\n' });
    await its.checkpoints.addNewFiles([its.config('new.conf')]);
    await its.checkpoints.addUndoCommand(['a2dismod', 'ssl, "really"']);
    const read = (name: string) => readFileSync(its.folder.join('work/IN_PROGRESS', name), 'latin1');
    expect(readdirSync(its.folder.join('work/IN_PROGRESS')).sort()).toEqual(['CHANGES_SINCE', 'COMMANDS', 'FILEPATHS', 'NEW_FILES', 'a.conf_0', 'b.conf_1']);
    expect(read('FILEPATHS')).toBe(`${its.config('a.conf')}\n${its.config('b.conf')}\n`);
    expect([read('a.conf_0'), read('b.conf_1'), read('NEW_FILES'), read('CHANGES_SINCE')]).toEqual(['a\n', 'ÿ\r\n', `${its.config('new.conf')}\n`, 'first\nsecond\n']);
    expect(read('COMMANDS')).toBe('a2dismod,"ssl, ""really"""\r\n');
  });

  test.each(['relative.conf', '/etc/two\nlines', '/etc/nul\0', '/etc/line\u{2028}separator'])('a path that the lists cannot hold is refused: %j', async (path) => {
    await using its = await prepared();
    await expect(its.checkpoints.addNewFiles([path])).rejects.toMatchObject({ code: 'pathUnusable' });
    expect(await its.checkpoints.recover()).toBe(false);
  });

  test('a file that cannot be copied stops the change before it happens', async () => {
    await using its = await prepared();
    await expect(its.checkpoints.addFiles([its.config('a.conf'), its.config('missing')])).rejects.toMatchObject({ code: 'backupFailed', details: { path: its.config('missing') } });
    expect(await its.checkpoints.recover()).toBe(true);
    expect(readFileSync(its.config('a.conf'), 'utf8')).toBe('a\n');
  });

  test('a file of an open challenge cannot become part of a lasting change', async () => {
    await using its = await prepared();
    await its.checkpoints.addFiles([its.config('a.conf')], { temporary: true });
    await expect(its.checkpoints.addFiles([its.config('a.conf')])).rejects.toMatchObject({ code: 'challengeFile' });
  });
});

describe('taking back', () => {
  test('restores contents and modes, deletes new files, runs commands from the last to the first', async () => {
    await using its = await prepared();
    chmodSync(its.config('a.conf'), 0o640);
    await its.checkpoints.addFiles([its.config('a.conf'), its.config('b.conf')]);
    await its.checkpoints.addNewFiles([its.config('new.conf'), its.config('never-made.conf')]);
    for (const word of ['1', '2']) await its.checkpoints.addUndoCommand(['/bin/sh', '-c', 'printf %s "$1" >> "$2"', 'sh', word, its.config('order')]);
    await its.checkpoints.addUndoCommand(['/nonexistent/program']);
    await replaceFile(its.config('a.conf'), 'changed', { ownership: { uid: 0, gid: 0, mode: 0o600 } });
    writeFileSync(its.config('b.conf'), '');
    writeFileSync(its.config('new.conf'), 'new');
    await its.checkpoints.revertInProgress();
    expect([readFileSync(its.config('a.conf'), 'utf8'), statSync(its.config('a.conf')).mode & 0o777]).toEqual(['a\n', 0o640]);
    expect(readFileSync(its.config('b.conf'))).toEqual(Buffer.of(0xff, 0x0d, 0x0a));
    expect([existsSync(its.config('new.conf')), readFileSync(its.config('order'), 'utf8')]).toEqual([false, '21']);
    expect(readdirSync(its.workDir)).toEqual([]);
  });

  test('a file said to be new that exists comes back too', async () => {
    await using its = await prepared();
    await its.checkpoints.addNewFiles([its.config('a.conf')], { temporary: true });
    writeFileSync(its.config('a.conf'), 'changed');
    await its.checkpoints.revertTemporary();
    expect(readFileSync(its.config('a.conf'), 'utf8')).toBe('a\n');
  });

  test('a link stays a link', async () => {
    await using its = await prepared();
    symlinkSync('a.conf', its.config('enabled.conf'));
    await its.checkpoints.addFiles([its.config('enabled.conf')]);
    await replaceFile(its.config('enabled.conf'), 'changed');
    expect(readFileSync(its.config('a.conf'), 'utf8')).toBe('changed');
    await its.checkpoints.recover();
    expect([readFileSync(its.config('a.conf'), 'utf8'), lstatSync(its.config('enabled.conf')).isSymbolicLink()]).toEqual(['a\n', true]);
  });

  // Needs root: other owners, mounts or another user. The test-bed runs as root.
  test.runIf(isRoot)('gives the file back to its owner', async () => {
    await using its = await prepared();
    chownSync(its.config('a.conf'), 4242, 4343);
    await its.checkpoints.addFiles([its.config('a.conf')]);
    chownSync(its.config('a.conf'), 0, 0);
    await its.checkpoints.recover();
    expect([statSync(its.config('a.conf')).uid, statSync(its.config('a.conf')).gid]).toEqual([4242, 4343]);
  });

  test('the challenge goes first, then the change in progress', async () => {
    await using its = await prepared();
    await its.checkpoints.addFiles([its.config('a.conf')]);
    writeFileSync(its.config('a.conf'), 'deployed');
    await its.checkpoints.addFiles([its.config('a.conf')], { temporary: true });
    writeFileSync(its.config('a.conf'), 'challenge');
    expect(await its.checkpoints.recover()).toBe(true);
    expect(readFileSync(its.config('a.conf'), 'utf8')).toBe('a\n');
    expect(await its.checkpoints.recover()).toBe(false);
  });

  test('a lost copy is an error that names it, and nothing is touched', async () => {
    await using its = await prepared();
    await its.checkpoints.addFiles([its.config('a.conf'), its.config('b.conf')]);
    writeFileSync(its.config('a.conf'), 'changed');
    const { unlinkSync } = await import('node:fs');
    unlinkSync(its.folder.join('work/IN_PROGRESS/b.conf_1'));
    await expect(its.checkpoints.recover()).rejects.toMatchObject({ code: 'checkpointBroken', details: { path: its.config('b.conf') } });
    expect(readFileSync(its.config('a.conf'), 'utf8')).toBe('changed');
  });

  test('an obstacle is an error, and the checkpoint stays for another attempt', async () => {
    await using its = await prepared();
    await its.checkpoints.addNewFiles([its.config('new.conf')]);
    mkdirSync(its.config('new.conf'));
    await expect(its.checkpoints.recover()).rejects.toMatchObject({ code: 'restoreFailed' });
    expect(readdirSync(its.workDir)).toEqual(['IN_PROGRESS']);
  });
});

describe('finalized checkpoints', () => {
  test('are listed newest first and rolled back one by one', async () => {
    await using its = await prepared();
    for (const content of ['one', 'two']) {
      await its.checkpoints.addFiles([its.config('a.conf')], { notes: `to ${content}\n` });
      writeFileSync(its.config('a.conf'), content);
      await its.checkpoints.finalize('Deployed ACME Certificate');
    }
    await its.checkpoints.finalize('nothing is open');
    expect(readdirSync(its.folder.join('work/backups')).sort()).toEqual(['1772323200.250', '1772323200.260']);
    expect(await its.checkpoints.list()).toEqual([
      { at: new Date('2026-03-01T00:00:00.260Z'), titles: ['Deployed ACME Certificate'], notes: 'to two', files: [its.config('a.conf')] },
      { at: new Date('2026-03-01T00:00:00.250Z'), titles: ['Deployed ACME Certificate'], notes: 'to one', files: [its.config('a.conf')] },
    ]);
    expect(await its.checkpoints.rollback(1)).toEqual({ rolledBack: 1, available: 2 });
    expect(readFileSync(its.config('a.conf'), 'utf8')).toBe('one');
    expect(await its.checkpoints.rollback(5)).toEqual({ rolledBack: 1, available: 1 });
    expect(readFileSync(its.config('a.conf'), 'utf8')).toBe('a\n');
    expect(await its.checkpoints.rollback(1)).toEqual({ rolledBack: 0, available: 0 });
  });

  test('a number that is none is refused', async () => {
    await using its = await prepared();
    await expect(its.checkpoints.rollback(-1)).rejects.toMatchObject({ code: 'rollbackCountInvalid' });
  });
});
