// Removing a lineage with everything that belongs to it, and nothing else. The conf is renamed first and removed last, so an
// interrupted deletion is finished by the next run.
import { lstatSync, readlinkSync, realpathSync, rmSync } from 'node:fs';
import { basename, dirname, join, resolve, sep } from 'node:path';

import { syncFolder } from '../files/atomic.ts';
import { guardFile } from '../files/errors.ts';
import { isFolder, listFolder, removeTemporaryFiles } from '../files/folders.ts';
import { type LineageFileKind, lineageFileKinds, type LineagePaths } from '../renewal-conf/index.ts';
import { type Claims, claimsOfOthers } from './claims.ts';
import type { StoreContext } from './context.ts';
import { deletingEnding, removeIfPresent } from './interrupted.ts';
import { readConf } from './lineage.ts';
import { resolveLink } from './links.ts';
import { type LineagePlace, lineagePlace } from './names.ts';
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
  const claims = claimsOfOthers(context, name);
  const archiveDir = conf.archiveDir ?? place.archive;
  return [...removeLive(context, { links: conf.links, archiveDir, claims }), ...removeArchive(context, { place, archiveDir, claims })];
}

interface LiveParts {
  readonly links: LineagePaths;
  readonly archiveDir: string;
  readonly claims: Claims;
}

function removeLive(context: StoreContext, { links, archiveDir, claims }: LiveParts): string[] {
  const kept: string[] = [];
  for (const kind of lineageFileKinds) {
    const path = links[kind];
    if (lstatSync(path, { throwIfNoEntry: false }) === undefined) continue;
    if (!claims.links.has(resolve(path)) && isOurs(context, { path, kind, archiveDir })) removeIfPresent(context, path);
    else kept.push(path);
  }
  const folders = new Set(lineageFileKinds.map((kind) => dirname(links[kind])));
  const [folder] = folders;
  if (folders.size !== 1 || folder === undefined || !isFolder(folder)) return kept;
  // Only below `live` is the rest of the folder ours as well.
  if (kept.length > 0 || !isDirectlyIn(folder, context.folders.live)) return listFolder(folder).length > 0 ? [...kept, folder] : kept;
  removeTemporaryFiles(folder, context);
  for (const kind of lineageFileKinds) removeIfPresent(context, join(folder, `previous_${kind}.pem`));
  removeIfPresent(context, join(folder, 'README'));
  return removeFolderIfEmpty(context, folder);
}

/**
 * A conf names its files, and a conf can be edited: in `live` only what is a link, or carries the right name, is ours to
 * remove; elsewhere only a link into the archive of this lineage.
 */
function isOurs({ folders }: StoreContext, { path, kind, archiveDir }: { readonly path: string; readonly kind: LineageFileKind; readonly archiveDir: string }): boolean {
  const stats = lstatSync(path);
  const isLink = stats.isSymbolicLink();
  if (isDirectlyIn(dirname(path), folders.live)) return isLink || (stats.isFile() && basename(path) === `${kind}.pem`);
  return isLink && resolve(dirname(resolveLink(path, readlinkSync(path)))) === resolve(archiveDir);
}

function isDirectlyIn(path: string, folder: string): boolean {
  return dirname(resolve(path)) === resolve(folder);
}

interface ArchiveParts {
  readonly place: LineagePlace;
  readonly archiveDir: string;
  readonly claims: Claims;
}

function removeArchive(context: StoreContext, { place, archiveDir, claims }: ArchiveParts): string[] {
  if (!isFolder(archiveDir)) return [];
  if (claims.archives.has(resolve(archiveDir))) return [archiveDir];
  // The default place is ours wholly; elsewhere only files with our names are.
  if (resolve(archiveDir) === resolve(place.archive) && isInside(archiveDir, context.folders.archive)) {
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
