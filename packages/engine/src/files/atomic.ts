// Atomic, durable file writes: a reader (or the next start after a power cut) sees the old content or the new, never a part.
import { statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

import { type Disk, systemDisk } from './disk.ts';
import { errnoOf, fileError, StoreError } from './errors.ts';

/** How {@link writeFileAtomic} writes. */
export interface AtomicWriteOptions {
  /** Exact permission bits, whatever the umask. Default: those of the file that is replaced, otherwise 0644 less the umask. */
  readonly mode?: number | undefined;
  /** Group of the new file. Ignored (with the mode's group bits dropped) where we may not give files to that group. */
  readonly gid?: number | undefined;
  /** Owner of the new file. Default: this process. Fails with `notWritable` where we may not give files away. */
  readonly uid?: number | undefined;
  /** Fail with `alreadyExists` where the path is taken, instead of replacing it. */
  readonly exclusive?: boolean | undefined;
  /** Name of the temporary file. Only for callers that hold a lock: a leftover of that name is removed first. */
  readonly temporaryPath?: string | undefined;
  /** Leave the folder's fsync to the caller, who has more to change in it. Default false. */
  readonly folderSyncedByCaller?: boolean | undefined;
  readonly disk?: Disk | undefined;
}

/** One file of {@link writeFilesAtomic}. */
export interface FileToWrite extends Omit<AtomicWriteOptions, 'disk'> {
  readonly path: string;
  readonly content: string | Uint8Array;
}

/** Temporary files of this form are ours; `removeTemporaryFiles` clears those that a killed process left. */
export const temporaryFilePattern = /^\..+\.\d+-\d+\.new$/;

let temporaryFiles = 0;

/** Temporary files that this process is writing; they look like leftovers but are not. */
const beingWritten = new Set<string>();

/** Whether a temporary file belongs to a write that runs in this process now. */
export function isBeingWritten(path: string): boolean {
  return beingWritten.has(path);
}

/**
 * Writes a file so that it is wholly there or not at all, and durable when the promise resolves: temporary file in the
 * same folder, fsync, rename (or link, if `exclusive`), fsync of the folder.
 *
 * Rejects with {@link StoreError} `diskFull`, `notWritable`, `alreadyExists`, `notFound` (no such folder) or `fileFailed`;
 * then the path is untouched and the temporary file removed.
 */
export async function writeFileAtomic(
  path: string,
  content: string | Uint8Array,
  options: AtomicWriteOptions = {},
): Promise<void> {
  await writeFilesAtomic([{ ...options, path, content }], options);
}

/**
 * Writes several files: all contents reach the disk before the first gets its name, then each is renamed in the order
 * given. The fsyncs run side by side, which is what makes this faster than one call per file.
 * On failure no temporary file is left, and names not reached are untouched.
 */
export async function writeFilesAtomic(
  files: readonly FileToWrite[],
  { disk = systemDisk }: { readonly disk?: Disk | undefined } = {},
): Promise<void> {
  const pending: { readonly file: FileToWrite; readonly temporary: string }[] = [];
  const syncs: Promise<void>[] = [];
  try {
    for (const file of files) {
      const temporary = file.temporaryPath ?? temporaryPathFor(file.path);
      const descriptor = fillTemporary(disk, { file, temporary, onCreated: () => void (pending.push({ file, temporary }), beingWritten.add(temporary)) });
      syncs.push(syncAndClose(disk, { descriptor, path: file.path }));
    }
    await allSettledThenThrow(syncs);
    for (let next = pending[0]; next !== undefined; next = pending[0]) {
      publish(disk, next);
      beingWritten.delete(next.temporary);
      pending.shift();
    }
    const folders = files.filter((file) => file.folderSyncedByCaller !== true).map((file) => dirname(file.path));
    for (const folder of new Set(folders)) await syncFolder(disk, folder);
  } finally {
    await Promise.allSettled(syncs);
    for (const { temporary } of pending) {
      beingWritten.delete(temporary);
      tryUnlink(disk, temporary);
    }
  }
}

/** fsync of a folder with our errors; file systems that cannot (EINVAL) are taken at their word. */
export async function syncFolder(disk: Disk, folder: string): Promise<void> {
  try {
    await disk.syncFolder(folder);
  } catch (error) {
    const errno = errnoOf(error);
    if (errno !== 'EINVAL' && errno !== 'ENOTSUP') throw fileError(error, 'write', folder);
  }
}

function temporaryPathFor(path: string): string {
  temporaryFiles += 1;
  return join(dirname(path), `.${basename(path)}.${process.pid}-${temporaryFiles}.new`);
}

/** Creates the temporary file with its final mode and group and the content, not yet synced. Returns the descriptor. */
function fillTemporary(
  disk: Disk,
  { file, temporary, onCreated }: { file: FileToWrite; temporary: string; onCreated: () => void },
): number {
  const mode = file.mode ?? (file.exclusive === true ? undefined : modeOf(file.path));
  let descriptor: number | undefined;
  try {
    // Group and others get their bits only after the group is set, so that nobody reads a key in between.
    descriptor = createFresh(disk, { path: temporary, mode: mode === undefined ? 0o644 : mode & 0o700, named: file.temporaryPath !== undefined });
    onCreated();
    if (mode !== undefined) disk.setMode(descriptor, giveToGroup(disk, descriptor, file.gid) ? mode : mode & 0o707);
    disk.write(descriptor, typeof file.content === 'string' ? Buffer.from(file.content) : file.content);
    if (file.uid !== undefined && file.uid !== process.geteuid?.()) disk.setOwner(descriptor, file.uid);
    return descriptor;
  } catch (error) {
    if (descriptor !== undefined) disk.close(descriptor);
    throw fileError(error, 'write', file.path);
  }
}

function createFresh(disk: Disk, { path, mode, named }: { path: string; mode: number; named: boolean }): number {
  try {
    return disk.create(path, mode);
  } catch (error) {
    if (!named || errnoOf(error) !== 'EEXIST') throw error;
    disk.unlink(path);
    return disk.create(path, mode);
  }
}

/** False where the process may not give files to that group: an unprivileged run must not fail because of it. */
function giveToGroup(disk: Disk, descriptor: number, gid: number | undefined): boolean {
  if (gid === undefined) return true;
  try {
    disk.setGroup(descriptor, gid);
    return true;
  } catch (error) {
    if (errnoOf(error) !== 'EPERM') throw error;
    return false;
  }
}

async function syncAndClose(disk: Disk, { descriptor, path }: { descriptor: number; path: string }): Promise<void> {
  try {
    await disk.sync(descriptor);
  } catch (error) {
    throw fileError(error, 'write', path);
  } finally {
    disk.close(descriptor);
  }
}

/** Waits for all, so that no descriptor is in use any more, then throws the first failure. */
async function allSettledThenThrow(promises: readonly Promise<void>[]): Promise<void> {
  for (const outcome of await Promise.allSettled(promises)) {
    if (outcome.status === 'rejected') throw outcome.reason as Error;
  }
}

function publish(disk: Disk, { file, temporary }: { file: FileToWrite; temporary: string }): void {
  try {
    if (file.exclusive === true) linkExclusively(disk, { temporary, path: file.path });
    else disk.rename(temporary, file.path);
  } catch (error) {
    throw fileError(error, 'create', file.path);
  }
}

function linkExclusively(disk: Disk, { temporary, path }: { readonly temporary: string; readonly path: string }): void {
  if (claimName(disk, { temporary, path }) === 'linked') disk.unlink(temporary);
}

/**
 * Gives a file a name, failing with EEXIST where that is taken: rename would replace, link does not. File systems
 * without hard links get a check and a rename instead. Says whether the temporary name is still there.
 */
export function claimName(disk: Disk, { temporary, path }: { readonly temporary: string; readonly path: string }): 'linked' | 'renamed' {
  try {
    disk.link(temporary, path);
    return 'linked';
  } catch (error) {
    const errno = errnoOf(error);
    if (errno !== 'EPERM' && errno !== 'ENOTSUP' && errno !== 'EMLINK') throw error;
    if (statSync(path, { throwIfNoEntry: false }) !== undefined) {
      throw new StoreError('alreadyExists', `cannot create "${path}": it exists already`, { details: { path } });
    }
    disk.rename(temporary, path);
    return 'renamed';
  }
}

function modeOf(path: string): number | undefined {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats === undefined ? undefined : stats.mode & 0o777;
}

function tryUnlink(disk: Disk, path: string): void {
  try {
    disk.unlink(path);
  } catch {
    // It is gone already, or the disk is in the state that made the write fail; that error is the one to report.
  }
}
