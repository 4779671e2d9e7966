// Pointing the links of all lineages at their archives again, after a person moved `live` or `archive`.
import { dirname, join, relative } from 'node:path';

import { syncFolder } from '../files/atomic.ts';
import { StoreError } from '../files/errors.ts';
import { ensureFolder } from '../files/folders.ts';
import { lineageFileKinds } from '../renewal-conf/index.ts';
import type { StoreContext } from './context.ts';
import { readConf } from './lineage.ts';
import { lineageNames } from './list.ts';
import { replaceLink } from './links.ts';
import { lineagePlace } from './names.ts';
import { archiveFileName, readVersions } from './versions.ts';

/** See `LineageStore.updateSymlinks`. */
export async function updateSymlinks(context: StoreContext): Promise<readonly string[]> {
  const unusable: string[] = [];
  for (const name of lineageNames(context.folders)) {
    try {
      await pointAtNewest(context, name);
    } catch (error) {
      context.log.warn('could not update the links of a lineage', { certName: name, error });
      unusable.push(name);
    }
  }
  return unusable;
}

async function pointAtNewest(context: StoreContext, name: string): Promise<void> {
  const place = lineagePlace(context.folders, name);
  const { links, archiveDir = place.archive } = readConf(place.confPath, name);
  const version = readVersions(archiveDir).complete.at(-1);
  if (version === undefined) throw new StoreError('lineageBroken', `no complete version in "${archiveDir}"`, { details: { path: archiveDir } });
  const folders = new Set(lineageFileKinds.map((kind) => dirname(links[kind])));
  for (const folder of folders) await ensureFolder(folder, { disk: context.disk });
  for (const kind of lineageFileKinds) {
    replaceLink(context.disk, { path: links[kind], target: join(relative(dirname(links[kind]), archiveDir), archiveFileName(kind, version)) });
  }
  for (const folder of folders) await syncFolder(context.disk, folder);
}
