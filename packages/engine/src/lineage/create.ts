// A new lineage. The finished conf is written first, as `NAME.conf.creating`, and gets its real name last: whoever finds
// such a draft knows which folders belong to an unfinished creation, and completes it or takes it back.
import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';

import { claimName, syncFolder, writeFileAtomic, writeFilesAtomic } from '../files/atomic.ts';
import { fileError, guardFile, StoreError } from '../files/errors.ts';
import { ensureFolder, listFolder } from '../files/folders.ts';
import { lineageFileKinds, type LineagePaths, type ParamsToStore, renderRenewalConf } from '../renewal-conf/index.ts';
import type { StoreContext } from './context.ts';
import { draftEnding, removeIfPresent, undoCreation } from './interrupted.ts';
import type { VersionTexts } from './material.ts';
import { candidateNames, checkLineageName, lineagePlace, type LineagePlace } from './names.ts';
import { liveReadme } from './readme.ts';
import { archiveFileName } from './versions.ts';

/** Drafts that this process is working on; they look like leftovers but are not. */
const inProgress = new Set<string>();

/** Whether a draft belongs to a creation that runs in this process now. */
export function isBeingCreated(draftPath: string): boolean {
  return inProgress.has(draftPath);
}

/**
 * Creates a lineage under `name`, or `name-0001` and so on where that is taken, and returns the name used. Where one of
 * those names already holds this very certificate (a resumed run stores again), that name comes back and nothing is made.
 */
export async function createLineage(
  context: StoreContext,
  { name, texts, params }: { readonly name: string; readonly texts: VersionTexts; readonly params: ParamsToStore },
): Promise<string> {
  checkLineageName(name);
  await ensureStoreFolders(context);
  const choice = chooseName(context, { name, texts });
  if (choice.stored) return choice.name;
  const place = lineagePlace(context.folders, choice.name);
  const draft = place.confPath + draftEnding;
  inProgress.add(draft);
  try {
    const conf = renderRenewalConf(undefined, { version: context.programVersion, archiveDir: place.archive, links: place.links, params });
    await build(context, { place, draft, conf, texts });
  } finally {
    inProgress.delete(draft);
  }
  return choice.name;
}

async function ensureStoreFolders({ folders, disk }: StoreContext): Promise<void> {
  await ensureFolder(dirname(folders.live), { disk });
  for (const folder of [folders.archive, folders.live, folders.renewal]) await ensureFolder(folder, { mode: 0o700, disk });
  const readme = join(folders.live, 'README');
  if (!existsSync(readme)) await writeFileAtomic(readme, liveReadme({ ofLineage: false }), { disk });
}

interface Choice {
  readonly name: string;
  /** The certificate is there under this name already. */
  readonly stored: boolean;
}

function chooseName(context: StoreContext, { name, texts }: { name: string; texts: VersionTexts }): Choice {
  for (const candidate of candidateNames(name)) {
    const place = lineagePlace(context.folders, candidate);
    if (holdsCertificate(place, texts)) return { name: candidate, stored: true };
    if (existsSync(place.confPath) || isBeingCreated(place.confPath + draftEnding)) continue;
    checkEmpty(place.archive, { code: 'archiveExists', what: 'archive', name: candidate });
    checkEmpty(place.live, { code: 'liveExists', what: 'live', name: candidate });
    return { name: candidate, stored: false };
  }
  throw new StoreError('lineageNameInvalid', `all names from "${name}" to "${name}-9999" are taken`);
}

function holdsCertificate(place: LineagePlace, texts: VersionTexts): boolean {
  try {
    return existsSync(place.confPath) && readFileSync(place.links.fullchain, 'utf8') === texts.fullchain;
  } catch {
    return false;
  }
}

function checkEmpty(folder: string, { code, what, name }: { code: 'archiveExists' | 'liveExists'; what: string; name: string }): void {
  const taken = statSync(folder, { throwIfNoEntry: false });
  if (taken === undefined || (taken.isDirectory() && listFolder(folder).length === 0)) return;
  throw new StoreError(code, `${what} directory exists for ${name}`, {
    details: { path: folder },
    hint: `move "${folder}" away, or choose another name with --cert-name`,
  });
}

async function build(
  context: StoreContext,
  { place, draft, conf, texts }: { place: LineagePlace; draft: string; conf: string; texts: VersionTexts },
): Promise<void> {
  const { disk } = context;
  try {
    await writeFileAtomic(draft, conf, { exclusive: true, temporaryPath: `${draft}.new`, disk });
    await fillArchive(context, place, texts);
    await fillLive(context, place);
    guardFile('create', place.confPath, () => claimName(disk, { temporary: draft, path: place.confPath }));
  } catch (error) {
    // A draft that was there before is another process's; everything else was ours.
    if (!(error instanceof StoreError && error.code === 'alreadyExists' && error.details['path'] === draft)) undoCreation(context, basename(place.live));
    throw fileError(error, 'create', place.confPath);
  }
  removeIfPresent(context, draft);
  await syncFolder(disk, dirname(place.confPath));
}

async function fillArchive({ disk }: StoreContext, place: LineagePlace, texts: VersionTexts): Promise<void> {
  await ensureFolder(place.archive, { disk });
  const files = lineageFileKinds.map((kind) => ({
    path: join(place.archive, archiveFileName(kind, 1)),
    content: texts[kind],
    mode: kind === 'privkey' ? 0o600 : undefined,
    exclusive: true,
  }));
  await writeFilesAtomic(files, { disk });
}

async function fillLive({ disk }: StoreContext, place: LineagePlace): Promise<void> {
  await ensureFolder(place.live, { disk });
  const folder = relative(place.live, place.archive);
  for (const kind of lineageFileKinds) linkTo(disk, { links: place.links, kind, target: join(folder, archiveFileName(kind, 1)) });
  await writeFileAtomic(join(place.live, 'README'), liveReadme({ ofLineage: true }), { disk });
}

function linkTo(disk: StoreContext['disk'], { links, kind, target }: { links: LineagePaths; kind: keyof LineagePaths; target: string }): void {
  guardFile('create', links[kind], () => disk.symlink(target, links[kind]));
}
