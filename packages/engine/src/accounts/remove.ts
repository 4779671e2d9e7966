// Removing an account where its folder, or the folder of its CA, may be a symbolic link to that of the CA's ACME v1 address.
import { lstatSync, realpathSync, rmSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';

import type { Disk } from '../files/disk.ts';
import { errnoOf, guardFile } from '../files/errors.ts';
import { isFolder, listFolder } from '../files/folders.ts';

/**
 * Removes the account from every place: the real folder with its files (only below `root`), then links to it, then folders
 * and links of CAs that are empty now. Returns the folders whose content changed.
 */
export function removeAccountFolder(
  disk: Disk,
  { root, places, id }: { readonly root: string; readonly places: readonly (string | undefined)[]; readonly id: string },
): ReadonlySet<string> {
  const changed = new Set<string>();
  const folders = places.filter((place) => place !== undefined);
  for (const place of folders) removeAccount(disk, { root, path: join(place, id), changed });
  for (const place of folders) removeIfEmpty(disk, { path: place, changed });
  return changed;
}

interface Removal {
  readonly path: string;
  readonly changed: Set<string>;
}

function removeAccount(disk: Disk, { root, path, changed }: Removal & { readonly root: string }): void {
  const real = tryRealPath(path);
  if (real !== undefined && real.startsWith(realpathSync(root) + sep)) {
    // Without this file it does not count as an account any more, however the rest goes.
    const registration = join(real, 'regr.json');
    if (lstatSync(registration, { throwIfNoEntry: false }) !== undefined) guardFile('remove', registration, () => disk.unlink(registration));
    guardFile('remove', real, () => rmSync(real, { recursive: true }));
    changed.add(dirname(real));
  }
  if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true) {
    guardFile('remove', path, () => disk.unlink(path));
    changed.add(dirname(path));
  }
}

/** Removes a CA's folder that holds no account any more, and the link in its place. */
function removeIfEmpty(disk: Disk, { path, changed }: Removal): void {
  const isLink = lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true;
  if (isFolder(path)) {
    if (listFolder(path).length > 0) return;
    const real = realpathSync(path);
    guardFile('remove', real, () => disk.removeFolder(real));
    changed.add(dirname(real));
  }
  if (isLink) {
    guardFile('remove', path, () => disk.unlink(path));
    changed.add(dirname(path));
  }
}

function tryRealPath(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}
