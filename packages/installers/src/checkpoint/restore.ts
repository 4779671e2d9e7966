// Taking a checkpoint back: undo commands, contents, new files, then the folder itself. Every step can be repeated, and
// the folder leaves its name in one rename at the end, so a run that is killed here is finished by the next one.
import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import type { Log } from '@certward/base';
import type { Disk } from '@certward/engine';

import { type FileOwnership, ownershipOf, replaceFile, temporaryFilesOf } from './config-file.ts';
import { CheckpointError } from './errors.ts';
import { runProgram } from './run-program.ts';
import { copyPath, readCheckpoint, type StoredCheckpoint } from './stored.ts';

/** What taking back needs. */
export interface RestoreContext {
  readonly disk: Disk;
  readonly log: Log;
  readonly signal?: AbortSignal | undefined;
}

/** From the name of a checkpoint that was taken back until its folder is wholly deleted. */
const discardedName = '.discarded_checkpoint';

/**
 * Takes one checkpoint back. Throws `checkpointBroken` before anything is touched when a copy is missing, and
 * `restoreFailed` when a file cannot be written or deleted; the checkpoint then stays for another attempt.
 */
export async function restoreCheckpoint(folder: string, { workDir, context }: { readonly workDir: string; readonly context: RestoreContext }): Promise<void> {
  const checkpoint = readCheckpoint(folder);
  checkCopies(checkpoint);
  await runUndoCommands(checkpoint, context);
  for (const [index, path] of checkpoint.files.entries()) await restoreFile(path, copyPath(folder, path, index), context.disk);
  await deleteNewFiles(checkpoint, context);
  await discard(folder, { workDir, disk: context.disk });
}

/** Deletes what a killed run left of a checkpoint that was taken back. */
export async function clearDiscarded(workDir: string, disk: Disk): Promise<void> {
  const folder = join(workDir, discardedName);
  if (lstatSync(folder, { throwIfNoEntry: false }) === undefined) return;
  removeTree(folder, disk);
  await disk.syncFolder(workDir);
}

function checkCopies({ folder, files }: StoredCheckpoint): void {
  for (const [index, path] of files.entries()) {
    const copy = copyPath(folder, path, index);
    if (lstatSync(copy, { throwIfNoEntry: false })?.isFile() === true) continue;
    throw new CheckpointError('checkpointBroken', `the checkpoint "${folder}" has lost its copy of "${path}"`, {
      details: { path, folder },
      hint: `look whether "${path}" is as you want it, then move the folder "${folder}" away`,
    });
  }
}

async function runUndoCommands({ commands }: StoredCheckpoint, { log, signal }: RestoreContext): Promise<void> {
  for (const argv of commands.toReversed()) {
    // A failing command must not keep the files from being restored.
    const { status, output } = await runProgram(argv, { signal });
    if (status !== 0) log.warn('undo command failed', { command: argv, status, output });
  }
}

async function restoreFile(path: string, copy: string, disk: Disk): Promise<void> {
  try {
    for (const leftover of temporaryFilesOf(path)) disk.unlink(leftover);
    await replaceFile(path, readFileSync(copy), { ownership: formerOwnership(path, copy), disk });
  } catch (cause) {
    throw new CheckpointError('restoreFailed', `cannot restore "${path}" from "${copy}"`, {
      cause,
      details: { path, folder: dirname(copy) },
      hint: 'remove the obstacle and run again: the copy is still there',
    });
  }
}

/**
 * Copies of ours carry the owner; those of Certbot belong to the user who ran it, whatever the original's owner was, so
 * such a copy says nothing against the owner that the file has now.
 */
function formerOwnership(path: string, copy: string): FileOwnership | undefined {
  const former = ownershipOf(copy);
  const present = ownershipOf(path);
  if (former === undefined || present === undefined) return former;
  return {
    mode: former.mode,
    uid: former.uid === process.geteuid?.() ? present.uid : former.uid,
    gid: former.gid === process.getegid?.() ? present.gid : former.gid,
  };
}

async function deleteNewFiles({ folder, newFiles }: StoredCheckpoint, { disk }: RestoreContext): Promise<void> {
  const folders = new Set<string>();
  for (const path of newFiles) {
    const present = lstatSync(path, { throwIfNoEntry: false });
    const leftovers = temporaryFilesOf(path);
    if (present === undefined && leftovers.length === 0) continue;
    try {
      for (const one of present === undefined ? leftovers : [...leftovers, path]) disk.unlink(one);
    } catch (cause) {
      throw new CheckpointError('restoreFailed', `cannot delete "${path}"`, { cause, details: { path, folder } });
    }
    folders.add(dirname(path));
  }
  for (const one of folders) await disk.syncFolder(one);
}

async function discard(folder: string, { workDir, disk }: { workDir: string; disk: Disk }): Promise<void> {
  await clearDiscarded(workDir, disk);
  disk.rename(folder, join(workDir, discardedName));
  await disk.syncFolder(dirname(folder));
  if (dirname(folder) !== workDir) await disk.syncFolder(workDir);
  await clearDiscarded(workDir, disk);
}

function removeTree(folder: string, disk: Disk): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) removeTree(path, disk);
    else disk.unlink(path);
  }
  disk.removeFolder(folder);
}
