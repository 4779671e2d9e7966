// Folders that survive a power cut, and clearing what killed processes leave in them.
import { readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { isBeingWritten, syncFolder, temporaryFilePattern } from './atomic.ts';
import { type Disk, systemDisk } from './disk.ts';
import { errnoOf, fileError, guardFile } from './errors.ts';

/**
 * Makes a folder and its missing parents durable. `mode` (less the umask) is for folders that are made; existing ones,
 * also symbolic links to folders, keep theirs: administrators loosen modes on purpose.
 * Rejects with `notWritable`, `diskFull`, or `alreadyExists` where a file is in the way.
 */
export async function ensureFolder(
  path: string,
  { mode = 0o755, disk = systemDisk }: { readonly mode?: number; readonly disk?: Disk | undefined } = {},
): Promise<void> {
  if (isFolder(path)) return;
  const parent = dirname(path);
  if (parent !== path) await ensureFolder(parent, { mode, disk });
  try {
    disk.makeFolder(path, mode);
  } catch (error) {
    // Another process may have made it in the meantime.
    if (errnoOf(error) === 'EEXIST' && isFolder(path)) return;
    throw fileError(error, 'create', path);
  }
  await syncFolder(disk, parent);
}

/** Whether the path is a folder, or a link to one. */
export function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/** The names in a folder, unsorted; none where there is no such folder. */
export function listFolder(path: string): string[] {
  try {
    return readdirSync(path);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    throw fileError(error, 'read', path);
  }
}

/**
 * Removes what {@link temporaryFilePattern} matches, except what this process is writing now. Only under the lock that
 * keeps other writers out.
 */
export function removeTemporaryFiles(folder: string, { disk = systemDisk }: { readonly disk?: Disk | undefined } = {}): void {
  for (const name of listFolder(folder)) {
    const path = join(folder, name);
    if (temporaryFilePattern.test(name) && !isBeingWritten(path)) guardFile('remove', path, () => disk.unlink(path));
  }
}
