// Creations and deletions that a killed process left half done, marked by `NAME.conf.creating` and `NAME.conf.deleting`.
// Neither name ends in `.conf`, so no other program takes them for lineages.
import { existsSync, lstatSync } from 'node:fs';
import { join } from 'node:path';

import { guardFile } from '../files/errors.ts';
import { listFolder, removeTemporaryFiles } from '../files/folders.ts';
import { tryReadTextFile } from '../files/read.ts';
import { lineageFileKinds, parseRenewalConf } from '../renewal-conf/index.ts';
import type { StoreContext } from './context.ts';
import { lineagePlace } from './names.ts';
import { archiveFileName } from './versions.ts';

/** Ending of a conf whose lineage is being made. */
export const draftEnding = '.creating';

/** Ending of a draft that is not written yet: nothing else exists of its lineage. */
export const unwrittenDraftEnding = `${draftEnding}.new`;

/** Ending of a conf whose lineage is being removed. */
export const deletingEnding = '.deleting';

/** The names of lineages whose creation (or deletion) has begun and not ended. */
export function interruptedNames(context: StoreContext, ending: string): string[] {
  const full = `.conf${ending}`;
  const files = listFolder(context.folders.renewal).filter((file) => file.endsWith(full) && !file.startsWith('.'));
  return files.sort().map((file) => file.slice(0, -full.length));
}

/** Completes a creation if all but the last step was done, otherwise takes it back. Only under the store's lock. */
export function settleCreation(context: StoreContext, name: string): void {
  const place = lineagePlace(context.folders, name);
  const draft = place.confPath + draftEnding;
  if (existsSync(place.confPath)) {
    guardFile('remove', draft, () => context.disk.unlink(draft));
  } else if (isComplete(context, name)) {
    context.log.warn('completed an interrupted creation', { certName: name });
    guardFile('create', place.confPath, () => context.disk.rename(draft, place.confPath));
  } else {
    context.log.warn('took back an interrupted creation', { certName: name });
    undoCreation(context, name);
  }
}

function isComplete(context: StoreContext, name: string): boolean {
  const place = lineagePlace(context.folders, name);
  const text = tryReadTextFile(place.confPath + draftEnding);
  try {
    parseRenewalConf(text ?? '');
  } catch {
    return false;
  }
  return lineageFileKinds.every((kind) => existsSync(place.links[kind])) && existsSync(join(place.live, 'README'));
}

/** Removes what an unfinished creation made, the draft last. What is not there is no error; foreign files stay. */
export function undoCreation(context: StoreContext, name: string): void {
  const { disk } = context;
  const place = lineagePlace(context.folders, name);
  for (const folder of [place.live, place.archive]) if (existsSync(folder)) removeTemporaryFiles(folder, { disk });
  const files = [
    ...lineageFileKinds.map((kind) => place.links[kind]),
    join(place.live, 'README'),
    ...lineageFileKinds.map((kind) => join(place.archive, archiveFileName(kind, 1))),
  ];
  for (const path of files) removeIfPresent(context, path);
  for (const folder of [place.live, place.archive]) {
    if (existsSync(folder) && listFolder(folder).length === 0) guardFile('remove', folder, () => disk.removeFolder(folder));
  }
  removeIfPresent(context, place.confPath + draftEnding);
}

/** Removes a file or link; nothing there is no error. Returns whether there was one. */
export function removeIfPresent({ disk }: StoreContext, path: string): boolean {
  if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return false;
  guardFile('remove', path, () => disk.unlink(path));
  return true;
}
