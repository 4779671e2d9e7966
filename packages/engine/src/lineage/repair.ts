// Bringing one lineage back into order after a process was killed while changing it.
import { dirname } from 'node:path';

import { removeTemporaryFiles } from '../files/folders.ts';
import { lineageFileKinds } from '../renewal-conf/renewal-conf.ts';
import type { StoreContext } from './context.ts';
import { removeIfPresent } from './interrupted.ts';
import { readConf } from './lineage.ts';
import { relink, restorePreviousLinks } from './links.ts';
import { lineagePlace } from './names.ts';
import { linkedVersion, readVersions } from './versions.ts';

/**
 * Repairs a lineage: half-moved links go back, leftover temporary files go away, and where the archive holds a complete
 * version newer than one of the links, all links move forward to it. Nothing to repair costs about ten look-ups.
 * Only under the store's lock. Throws `lineageNotFound`, `lineageBroken`, `notWritable`.
 */
export function repairLineage(context: StoreContext, name: string): void {
  const { disk, log, folders } = context;
  const place = lineagePlace(folders, name);
  const { links, archiveDir = place.archive } = readConf(place.confPath, name);
  if (restorePreviousLinks(disk, links)) log.warn('restored the links of an interrupted version change', { certName: name });
  removeTemporaryFiles(dirname(links.cert), { disk });
  removeTemporaryFiles(archiveDir, { disk });
  removeIfPresent(context, `${place.confPath}.new`);
  const latest = readVersions(archiveDir).complete.at(-1);
  if (latest === undefined) return;
  const live = lineageFileKinds.map((kind) => linkedVersion(links[kind], kind));
  // Links that are missing or foreign are not ours to replace: that is a broken lineage, which loading reports.
  if (live.some((version) => version === undefined) || live.every((version) => version !== undefined && version >= latest)) return;
  log.warn('found a newer version that was not live yet, moving the links to it', { certName: name, version: latest });
  relink(disk, { links, archiveDir, version: latest });
}
