// A new version of a lineage: four files into the archive, the conf, the links, then old versions go.
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { syncFolder, writeFilesAtomic } from '../files/atomic.ts';
import { guardFile } from '../files/errors.ts';
import { readTextFile } from '../files/read.ts';
import { lineageFileKinds, parseRenewalConf, type ParamsToStore, renderRenewalConf, renewalInfoSection } from '../renewal-conf/index.ts';
import { type StoreContext, writeConf } from './context.ts';
import type { Lineage } from './lineage.ts';
import { relink } from './links.ts';
import type { VersionTexts } from './material.ts';
import { pruneVersions } from './prune.ts';
import { archiveFileName, readVersions } from './versions.ts';

/**
 * Stores a version and makes it live. Where this very certificate is a version already (a resumed run stores again, maybe
 * after Certbot renewed meanwhile), only the conf is refreshed.
 *
 * The order makes every interruption harmless: until all four files are durable the archive has no complete newer
 * version; from then on loading, ours and Certbot's, moves the links forward to it.
 */
export async function addVersion(
  context: StoreContext,
  { lineage, texts, params }: { readonly lineage: Lineage; readonly texts: VersionTexts; readonly params: ParamsToStore | undefined },
): Promise<void> {
  const versions = readVersions(lineage.archiveDir);
  const isStored = versions.complete.some((one) => readFileSync(join(lineage.archiveDir, archiveFileName('fullchain', one)), 'utf8') === texts.fullchain);
  if (isStored) {
    await refreshConf(context, lineage, params);
    return;
  }
  const version = 1 + (versions.any.at(-1) ?? 0);
  await writeVersion(context, { lineage, texts, version });
  await refreshConf(context, lineage, params);
  relink(context.disk, { links: lineage.links, archiveDir: lineage.archiveDir, version });
  // One fsync for all link changes: lost ones are made again on loading, because the newer version is complete.
  await syncFolder(context.disk, lineage.liveDir);
  pruneVersions(context, lineage);
}

async function writeVersion(
  { disk }: StoreContext,
  { lineage, texts, version }: { lineage: Lineage; texts: VersionTexts; version: number },
): Promise<void> {
  const previousKey = guardFile('read', lineage.links.privkey, () => statSync(lineage.links.privkey));
  const files = lineageFileKinds.map((kind) => ({
    path: join(lineage.archiveDir, archiveFileName(kind, version)),
    content: texts[kind],
    exclusive: true,
    // An administrator who opened the key to a group (or to all for reading) meant the next one as well.
    ...(kind === 'privkey' ? { mode: 0o600 | (previousKey.mode & 0o074), gid: previousKey.gid } : {}),
  }));
  await writeFilesAtomic(files, { disk });
}

/** Rewrites the conf: new options if given, and no renewal information, which was about the certificate before. */
async function refreshConf(context: StoreContext, lineage: Lineage, params: ParamsToStore | undefined): Promise<void> {
  const { confPath, links, archiveDir } = lineage;
  const current = readTextFile(confPath);
  const { document } = parseRenewalConf(current);
  document.root.delete(renewalInfoSection);
  const text =
    params === undefined
      ? document.toString()
      : renderRenewalConf(document.toString(), { version: context.programVersion, archiveDir, links, params });
  if (text !== current) await writeConf(context, { confPath, text });
}
