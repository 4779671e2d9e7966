// The four links of `live/NAME`: moving them to another version, and repairing what a killed process left.
//
// Protocol, shared with Certbot: `previous_KIND.pem` links are made for all four kinds, then the live links change, then the
// previous ones go. Whoever finds all four previous links puts them back; fewer than four mean that nothing or
// everything had changed, and they are only removed. Unlike Certbot we replace a live link by renaming, so that a server
// that reads at this moment always finds one.
import { existsSync, lstatSync } from 'node:fs';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';

import type { Disk } from '../files/disk.ts';
import { guardFile } from '../files/errors.ts';
import { type LineageFileKind, lineageFileKinds, type LineagePaths } from '../renewal-conf/renewal-conf.ts';
import { archiveFileName, tryReadLink } from './versions.ts';

/** Moves all four links to `version`. Folders in the links are kept; a missing link gets a relative path to `archiveDir`. */
export function relink(disk: Disk, { links, archiveDir, version }: { links: LineagePaths; archiveDir: string; version: number }): void {
  const moves = lineageFileKinds.map((kind) => {
    const current = tryReadLink(links[kind]);
    const folder = current === undefined ? relative(dirname(links[kind]), archiveDir) : dirname(current);
    return { kind, current, target: join(folder, archiveFileName(kind, version)) };
  });
  for (const { kind, current } of moves) if (current !== undefined) makeLink(disk, { path: previousLink(links, kind), target: current });
  for (const { kind, target } of moves) replaceLink(disk, { path: links[kind], target });
  dropPreviousLinks(disk, links);
}

/** Puts the links back where all four previous ones exist, then removes the previous ones. Returns whether links were put back. */
export function restorePreviousLinks(disk: Disk, links: LineagePaths): boolean {
  const previous = lineageFileKinds.map((kind) => ({ kind, path: previousLink(links, kind) }));
  const interrupted = previous.every(({ path }) => existsSync(path));
  if (interrupted) {
    for (const { kind, path } of previous) {
      const target = tryReadLink(path);
      if (target !== undefined && target !== tryReadLink(links[kind])) replaceLink(disk, { path: links[kind], target });
    }
  }
  dropPreviousLinks(disk, links);
  return interrupted;
}

/** Creates a link by renaming, whatever is at `path`. */
export function replaceLink(disk: Disk, { path, target }: { readonly path: string; readonly target: string }): void {
  const temporary = join(dirname(path), `.link.${process.pid}-1.new`);
  makeLink(disk, { path: temporary, target });
  guardFile('change', path, () => disk.rename(temporary, path));
}

/** The absolute path that a link's text means. */
export function resolveLink(link: string, target: string): string {
  return isAbsolute(target) ? target : resolve(dirname(link), target);
}

function makeLink(disk: Disk, { path, target }: { readonly path: string; readonly target: string }): void {
  guardFile('create', path, () => {
    if (lstatSync(path, { throwIfNoEntry: false }) !== undefined) disk.unlink(path);
    disk.symlink(target, path);
  });
}

function dropPreviousLinks(disk: Disk, links: LineagePaths): void {
  for (const kind of lineageFileKinds) {
    const path = previousLink(links, kind);
    guardFile('remove', path, () => {
      if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true) disk.unlink(path);
    });
  }
}

function previousLink(links: LineagePaths, kind: LineageFileKind): string {
  return join(dirname(links[kind]), `previous_${kind}.pem`);
}
