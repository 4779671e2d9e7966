// Another name for a lineage: conf, `live` and `archive` folders. The new lineage is complete before the old one goes, so a
// process that dies in between leaves at least one that works; doing it again ends it.
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';

import { syncFolder, writeFileAtomic } from '../files/atomic.ts';
import { guardFile, StoreError } from '../files/errors.ts';
import { ensureFolder, listFolder } from '../files/folders.ts';
import { lineageFileKinds } from '../renewal-conf/index.ts';
import { type StoreContext, writeConf } from './context.ts';
import { deleteLineage } from './delete.ts';
import { confFromText, type Lineage } from './lineage.ts';
import { replaceLink } from './links.ts';
import { lineagePlace, type LineagePlace } from './names.ts';
import { liveReadme } from './readme.ts';
import { archiveFileName, parseArchiveFileName, tryReadLink } from './versions.ts';

/** See `LineageStore.rename`. */
export async function renameLineage(context: StoreContext, { from, to }: { readonly from: Lineage; readonly to: string }): Promise<void> {
  const place = lineagePlace(context.folders, to);
  checkFree(from, place);
  await copyArchive(context, from, place);
  await buildLive(context, from, place);
  const conf = confFromText(readFileSync(from.confPath, 'utf8'), from.confPath);
  const { root } = conf.document;
  root.set('archive_dir', place.archive);
  for (const kind of lineageFileKinds) root.set(kind, place.links[kind]);
  await writeConf(context, { confPath: place.confPath, text: conf.document.toString() });
  await deleteLineage(context, from.name);
}

/** Nothing may be there under the new name, except what an interrupted renaming of this very lineage left. */
function checkFree(from: Lineage, place: LineagePlace): void {
  const taken = [place.confPath, place.live, place.archive].find((path) => existsSync(path));
  if (taken === undefined || isLeftover(from, place)) return;
  throw new StoreError('liveExists', `"${taken}" exists`, { details: { path: taken }, hint: 'choose another name' });
}

/** Every file of the new archive is one of the old one's by content. */
function isLeftover(from: Lineage, { archive }: LineagePlace): boolean {
  const names = listFolder(archive);
  return names.length > 0 && names.every((name) => existsSync(join(from.archiveDir, name)) && readFileSync(join(from.archiveDir, name)).equals(readFileSync(join(archive, name))));
}

/** Second names for the same files: no key is ever copied. */
async function copyArchive({ disk }: StoreContext, from: Lineage, { archive }: LineagePlace): Promise<void> {
  await ensureFolder(archive, { mode: 0o700, disk });
  for (const name of listFolder(from.archiveDir)) {
    const [old, path] = [join(from.archiveDir, name), join(archive, name)];
    if (parseArchiveFileName(name) === undefined || existsSync(path)) continue;
    // A kept key is a link to the version that it came from, in the same folder.
    const target = tryReadLink(old);
    guardFile('create', path, () => (target === undefined ? disk.link(old, path) : disk.symlink(basename(target), path)));
  }
  await syncFolder(disk, archive);
}

async function buildLive({ disk }: StoreContext, from: Lineage, { live, archive, links }: LineagePlace): Promise<void> {
  await ensureFolder(live, { disk });
  for (const kind of lineageFileKinds) {
    replaceLink(disk, { path: links[kind], target: join(relative(dirname(links[kind]), archive), archiveFileName(kind, from.version)) });
  }
  await writeFileAtomic(join(live, 'README'), liveReadme({ ofLineage: true }), { disk });
  await syncFolder(disk, live);
}
