// Old versions: the live one and the five before it stay, like in Certbot since 2.3.
import { join } from 'node:path';

import { lineageFileKinds } from '../renewal-conf/index.ts';
import type { StoreContext } from './context.ts';
import { removeIfPresent } from './interrupted.ts';
import type { Lineage } from './lineage.ts';
import { archiveFileName, keysNeededBy, linkedVersion, readVersions } from './versions.ts';

/** How many versions before the newest are kept, for going back by hand. */
const previousVersionsKept = 5;

/**
 * Removes old versions from the archive. Never one that a live link points at, and never a private key that a kept
 * private key is a link to (old writers reused keys that way; deleting its target would destroy the live key).
 */
export function pruneVersions(context: StoreContext, { archiveDir, links }: Pick<Lineage, 'archiveDir' | 'links'>): void {
  const versions = readVersions(archiveDir);
  const newest = versions.complete.at(-1);
  if (newest === undefined) return;
  const live = new Set(lineageFileKinds.flatMap((kind) => linkedVersion(links[kind], kind) ?? []));
  const kept = new Set(versions.any.filter((version) => version >= newest - previousVersionsKept || live.has(version)));
  const neededKeys = keysNeededBy(archiveDir, kept);
  for (const version of versions.any) {
    if (kept.has(version)) continue;
    for (const kind of lineageFileKinds) {
      if (kind === 'privkey' && neededKeys.has(version)) continue;
      removeIfPresent(context, join(archiveDir, archiveFileName(kind, version)));
    }
  }
}
