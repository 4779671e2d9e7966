// The archive of a lineage: which versions exist of which of the four files.
import { readlinkSync } from 'node:fs';
import { basename, join } from 'node:path';

import { errnoOf, fileError } from '../files/errors.ts';
import { listFolder } from '../files/folders.ts';
import { type LineageFileKind, lineageFileKinds } from '../renewal-conf/renewal-conf.ts';

/** The versions in an archive folder. */
export interface ArchiveVersions {
  /** Every version of which any file exists, ascending. */
  readonly any: readonly number[];
  /** Versions with all four files, ascending. */
  readonly complete: readonly number[];
  readonly has: (kind: LineageFileKind, version: number) => boolean;
}

const archiveFile = /^(cert|privkey|chain|fullchain)([1-9]\d{0,8})\.pem$/;

/** `kindN.pem`. */
export function archiveFileName(kind: LineageFileKind, version: number): string {
  return `${kind}${version}.pem`;
}

/** Takes an archive file's name apart; undefined for other names. */
export function parseArchiveFileName(name: string): { readonly kind: LineageFileKind; readonly version: number } | undefined {
  const match = archiveFile.exec(name);
  return match === null ? undefined : { kind: match[1] as LineageFileKind, version: Number(match[2]) };
}

/** Lists the versions in a folder; none where it does not exist. */
export function readVersions(archiveDir: string): ArchiveVersions {
  const names = new Set(listFolder(archiveDir));
  const has = (kind: LineageFileKind, version: number) => names.has(archiveFileName(kind, version));
  const versions = [...names].flatMap((name) => parseArchiveFileName(name)?.version ?? []);
  const any = [...new Set(versions)].sort((a, b) => a - b);
  return { any, complete: any.filter((version) => lineageFileKinds.every((kind) => has(kind, version))), has };
}

/**
 * The version that a live link points at; undefined where it is no link or points at something else.
 * Throws `notReadable`.
 */
export function linkedVersion(link: string, kind: LineageFileKind): number | undefined {
  const target = tryReadLink(link);
  const file = target === undefined ? undefined : parseArchiveFileName(basename(target));
  return file?.kind === kind ? file.version : undefined;
}

/** The text of a symbolic link; undefined where there is none. Throws `notReadable`. */
export function tryReadLink(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === 'ENOENT' || errno === 'EINVAL' || errno === 'ENOTDIR') return undefined;
    throw fileError(error, 'read', path);
  }
}

/**
 * The versions whose private key a version in `kept` is a link to, directly or over several links (old writers made
 * `privkeyN.pem` a link to the key that was reused).
 */
export function keysNeededBy(archiveDir: string, kept: ReadonlySet<number>): ReadonlySet<number> {
  const needed = new Set<number>();
  for (let version of kept) {
    for (let hops = 0; hops < 40; hops += 1) {
      const target = tryReadLink(join(archiveDir, archiveFileName('privkey', version)));
      const file = target === undefined ? undefined : parseArchiveFileName(basename(target));
      if (file?.kind !== 'privkey') break;
      needed.add(file.version);
      version = file.version;
    }
  }
  return needed;
}
