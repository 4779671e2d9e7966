// Recording in a checkpoint that is still open (IN_PROGRESS or temp_checkpoint). Everything is on the disk before the
// promise resolves, and in an order that leaves a checkpoint which can be taken back after any step: a copy before the
// line that promises it.
import { lstatSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { type Disk, ensureFolder, writeFileAtomic, writeFilesAtomic } from '@certward/engine';

import { ownershipOf } from './config-file.ts';
import { formatCsv } from './csv.ts';
import { CheckpointError } from './errors.ts';
import { checkPath, copyPath, entryNames, formatPaths, readCheckpoint } from './stored.ts';

/** Copies files that the checkpoint does not have yet. A file that the checkpoint created itself has nothing to go back to. */
export async function recordFiles(folder: string, paths: readonly string[], disk: Disk): Promise<void> {
  const { files, newFiles } = readCheckpoint(folder);
  const added = withoutRepetition(paths).filter((path) => !files.includes(path) && !newFiles.includes(path));
  if (added.length === 0) return;
  for (const path of added) checkPath(path);
  await ensureFolder(folder, { disk });
  const copies = added.map((path, index) => ({ path: copyPath(folder, path, files.length + index), ...readOriginal(path) }));
  await writeFilesAtomic(copies, { disk });
  await writeFileAtomic(join(folder, entryNames.files), formatPaths([...files, ...added]), { disk });
}

/** Registers files to be deleted on the way back. One that exists is copied instead: going back must not lose it. */
export async function recordNewFiles(folder: string, paths: readonly string[], disk: Disk): Promise<void> {
  const { files, newFiles } = readCheckpoint(folder);
  const added = withoutRepetition(paths).filter((path) => !files.includes(path) && !newFiles.includes(path));
  for (const path of added) checkPath(path);
  const existing = added.filter((path) => lstatSync(path, { throwIfNoEntry: false }) !== undefined);
  if (existing.length > 0) await recordFiles(folder, existing, disk);
  const missing = added.filter((path) => !existing.includes(path));
  if (missing.length === 0) return;
  await ensureFolder(folder, { disk });
  await writeFileAtomic(join(folder, entryNames.newFiles), formatPaths([...newFiles, ...missing]), { disk });
}

/** Registers a command for the way back. */
export async function recordCommand(folder: string, argv: readonly string[], disk: Disk): Promise<void> {
  await ensureFolder(folder, { disk });
  const { commands } = readCheckpoint(folder);
  await writeFileAtomic(join(folder, entryNames.commands), formatCsv([...commands, argv]), { disk });
}

/** Adds notes for people. */
export async function recordNotes(folder: string, notes: string, disk: Disk): Promise<void> {
  if (notes === '') return;
  await ensureFolder(folder, { disk });
  const { changes } = readCheckpoint(folder);
  await writeFileAtomic(join(folder, entryNames.changes), changes + notes, { disk });
}

/** A copy carries owner, group and mode of its original, for the way back. */
function readOriginal(path: string) {
  try {
    const content = readFileSync(path);
    const ownership = ownershipOf(path);
    const mayGiveAway = process.geteuid?.() === 0;
    return { content, mode: ownership?.mode, gid: ownership?.gid, uid: mayGiveAway ? ownership?.uid : undefined };
  } catch (cause) {
    throw new CheckpointError('backupFailed', `cannot copy "${path}" before changing it`, { cause, details: { path } });
  }
}

function withoutRepetition(paths: readonly string[]): string[] {
  return [...new Set(paths)];
}
