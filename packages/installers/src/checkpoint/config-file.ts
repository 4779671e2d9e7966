// Replacing a configuration file in place: links are followed, owner, group and mode stay, the change is atomic and durable.
import { lstatSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

import { type Disk, systemDisk, writeFileAtomic } from '@certward/engine';

/** Owner, group and mode of a file, as {@link replaceFile} sets them. */
export interface FileOwnership {
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
}

/** How {@link replaceFile} writes. */
export interface ReplaceFileOptions {
  /** For a file that does not exist yet, or with `owned` instead of the present one's. Default: this process's, 0644 less the umask. */
  readonly ownership?: FileOwnership | undefined;
  readonly disk?: Disk | undefined;
}

/**
 * Writes a configuration file, wholly or not at all. Behind a symbolic link the file it leads to is replaced, so links such
 * as those of `sites-enabled` survive. An existing file keeps owner, group and mode, unless `ownership` says otherwise.
 * Rejects with a `StoreError`.
 */
export async function replaceFile(path: string, content: string | Uint8Array, options: ReplaceFileOptions = {}): Promise<void> {
  const { disk = systemDisk } = options;
  const target = followLinks(path);
  const ownership = options.ownership ?? ownershipOf(target);
  // Only root gives files away; anybody else who may write here becomes the owner.
  const uid = process.geteuid?.() === 0 ? ownership?.uid : undefined;
  await writeFileAtomic(target, content, { mode: ownership?.mode, gid: ownership?.gid, uid, disk });
}

/** Owner, group and permission bits of a file; undefined where there is none. */
export function ownershipOf(path: string): FileOwnership | undefined {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats === undefined ? undefined : { uid: stats.uid, gid: stats.gid, mode: stats.mode & 0o7777 };
}

/** What a killed {@link replaceFile} left beside `path`: temporary files, which a web server must never take for configuration. */
export function temporaryFilesOf(path: string): string[] {
  const target = followLinks(path);
  const prefix = `.${basename(target)}.`;
  let names: string[];
  try {
    names = readdirSync(dirname(target));
  } catch {
    return [];
  }
  return names
    .filter((name) => name.startsWith(prefix) && /^\d+-\d+\.new$/.test(name.slice(prefix.length)))
    .map((name) => join(dirname(target), name));
}

/** Where a path leads; the path itself where nothing is there, or a dangling link. */
function followLinks(path: string): string {
  if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() !== true) return path;
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
