// Removing a lineage with everything that belongs to it, and nothing else. The conf is renamed first and removed last, so an
// interrupted deletion is finished by the next run.
import { lstatSync, realpathSync, rmSync } from 'node:fs';
import { basename, dirname, join, sep } from 'node:path';

import { syncFolder } from '../files/atomic.ts';
import { guardFile } from '../files/errors.ts';
import { isFolder, listFolder, removeTemporaryFiles } from '../files/folders.ts';
import { lineageFileKinds, type LineagePaths } from '../renewal-conf/index.ts';
import type { StoreContext } from './context.ts';
import { deletingEnding, removeIfPresent } from './interrupted.ts';
import { readConf } from './lineage.ts';
import { lineagePlace } from './names.ts';
import { parseArchiveFileName } from './versions.ts';

/** What a deletion did. */
export interface DeletionResult {
  /** Paths that were left because they did not look like parts of the lineage; a person should look at them. */
  readonly kept: readonly string[];
}

/**
 * Deletes a lineage: links, README and folder in `live`, versions and folder in `archive`, the conf.
 * A conf that cannot be read is removed alone; its default folders are reported as kept.
 * Throws `lineageNotFound`, `notWritable`.
 */
export async function deleteLineage(context: StoreContext, name: string): Promise<DeletionResult> {
  const { confPath } = lineagePlace(context.folders, name);
  if (lstatSync(confPath, { throwIfNoEntry: false }) === undefined) readConf(confPath, name);
  guardFile('remove', confPath, () => context.disk.rename(confPath, confPath + deletingEnding));
  await syncFolder(context.disk, dirname(confPath));
  return finishDeletion(context, name);
}

/** The part of {@link deleteLineage} after the renaming; can be repeated. */
export async function finishDeletion(context: StoreContext, name: string): Promise<DeletionResult> {
  const place = lineagePlace(context.folders, name);
  const marker = place.confPath + deletingEnding;
  const kept = removeFiles(context, { name, marker });
  removeIfPresent(context, `${place.confPath}.new`);
  removeIfPresent(context, marker);
  await syncFolder(context.disk, dirname(marker));
  return { kept };
}

function removeFiles(context: StoreContext, { name, marker }: { name: string; marker: string }): string[] {
  const place = lineagePlace(context.folders, name);
  let conf: ReturnType<typeof readConf>;
  try {
    conf = readConf(marker, name);
  } catch (error) {
    context.log.warn('could not read the renewal configuration, so only that is deleted', { certName: name, error });
    return [place.live, place.archive].filter(isFolder);
  }
  return [...removeLive(context, conf.links), ...removeArchive(context, conf.archiveDir ?? place.archive)];
}

function removeLive(context: StoreContext, links: LineagePaths): string[] {
  const kept: string[] = [];
  for (const kind of lineageFileKinds) {
    const path = links[kind];
    const stats = lstatSync(path, { throwIfNoEntry: false });
    // A conf names its files, and a conf can be edited: only what is a link, or carries the right name, is ours to remove.
    if (stats === undefined) continue;
    if (stats.isSymbolicLink() || (stats.isFile() && basename(path) === `${kind}.pem`)) removeIfPresent(context, path);
    else kept.push(path);
  }
  const folders = new Set(lineageFileKinds.map((kind) => dirname(links[kind])));
  const [folder] = folders;
  if (folders.size !== 1 || folder === undefined || !isFolder(folder)) return kept;
  removeTemporaryFiles(folder, context);
  for (const kind of lineageFileKinds) removeIfPresent(context, join(folder, `previous_${kind}.pem`));
  removeIfPresent(context, join(folder, 'README'));
  return [...kept, ...removeFolderIfEmpty(context, folder)];
}

function removeArchive(context: StoreContext, archiveDir: string): string[] {
  if (!isFolder(archiveDir)) return [];
  // The default place is ours wholly; elsewhere only files with our names are.
  if (isInside(archiveDir, context.folders.archive)) {
    guardFile('remove', archiveDir, () => rmSync(archiveDir, { recursive: true }));
    return [];
  }
  removeTemporaryFiles(archiveDir, context);
  for (const file of listFolder(archiveDir)) {
    if (parseArchiveFileName(file) !== undefined) removeIfPresent(context, join(archiveDir, file));
  }
  return removeFolderIfEmpty(context, archiveDir);
}

function removeFolderIfEmpty({ disk }: StoreContext, folder: string): string[] {
  if (listFolder(folder).length > 0) return [folder];
  guardFile('remove', folder, () => disk.removeFolder(folder));
  return [];
}

/** Whether `path` really (links resolved) lies directly or deeper inside `parent`, and is no link itself. */
function isInside(path: string, parent: string): boolean {
  if (lstatSync(path).isSymbolicLink()) return false;
  return realpathSync(path).startsWith(realpathSync(parent) + sep);
}
