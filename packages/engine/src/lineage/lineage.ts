// One lineage as it lies on the disk: where its parts are, which version is live, what the certificate says.
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';

import { type Certificate, parseCertificate } from '@certward/pki';

import { StoreError } from '../files/errors.ts';
import { tryReadLatin1File, tryReadTextFile } from '../files/read.ts';
import { lineageFileKinds, type LineagePaths, parseRenewalConf, type RenewalConf } from '../renewal-conf/renewal-conf.ts';
import { resolveLink } from './links.ts';
import { lineagePlace, type StoreFolders } from './names.ts';
import { linkedVersion, readVersions, tryReadLink } from './versions.ts';

/** A lineage that can be renewed, deployed and revoked: conf, four links and their targets are all there. */
export interface Lineage {
  readonly name: string;
  readonly confPath: string;
  readonly conf: RenewalConf;
  /** The live paths; programs use these. */
  readonly links: LineagePaths;
  /** The folder of the live links. */
  readonly liveDir: string;
  /** The folder of the versions; what the conf says, otherwise `archive/NAME`. */
  readonly archiveDir: string;
  /** The version that `cert.pem` points at. */
  readonly version: number;
  /** Versions with all four files, ascending. */
  readonly completeVersions: readonly number[];
  /** The live leaf certificate. */
  readonly certificate: Certificate;
}

/** Reads the text of a conf and checks it. Throws `lineageNotFound`, `notReadable`, `lineageBroken`. */
export function readConf(confPath: string, name: string): RenewalConf {
  const text = tryReadTextFile(confPath);
  if (text === undefined) {
    throw new StoreError('lineageNotFound', `No certificate found with name ${name} (expected ${confPath}).`, { details: { name, path: confPath } });
  }
  return confFromText(text, confPath);
}

/** Parses a conf's text; the error names the file. */
export function confFromText(text: string, confPath: string): RenewalConf {
  try {
    return parseRenewalConf(text);
  } catch (error) {
    throw broken(`renewal configuration "${confPath}" cannot be read`, { path: confPath, cause: error });
  }
}

/** Reads a lineage as it stands, without repairing anything. Throws `lineageNotFound`, `lineageBroken`, `notReadable`. */
export function readLineage(folders: StoreFolders, name: string): Lineage {
  const place = lineagePlace(folders, name);
  const conf = readConf(place.confPath, name);
  const { links } = conf;
  for (const kind of lineageFileKinds) checkLink(links[kind]);
  const version = linkedVersion(links.cert, 'cert');
  if (version === undefined) throw broken(`"${links.cert}" does not point at a version in the archive`, { path: links.cert });
  const archiveDir = conf.archiveDir ?? place.archive;
  return {
    name,
    confPath: place.confPath,
    conf,
    links,
    liveDir: dirname(links.cert),
    archiveDir,
    version,
    completeVersions: readVersions(archiveDir).complete,
    certificate: readLeaf(links.cert),
  };
}

/** Parses the first certificate of a file. Throws `lineageBroken`, `notReadable`. */
export function readLeaf(path: string): Certificate {
  const text = tryReadLatin1File(path);
  if (text === undefined) throw broken(`"${path}" is missing`, { path });
  try {
    return parseCertificate(text);
  } catch (error) {
    throw broken(`"${path}" holds no readable certificate`, { path, cause: error });
  }
}

/** The error of a lineage that cannot be used as it is. */
export function broken(message: string, { path, cause }: { readonly path: string; readonly cause?: unknown }): StoreError {
  return new StoreError('lineageBroken', message, {
    cause,
    details: { path },
    hint: 'restore the file from a backup, or delete the certificate with the delete command and obtain it again',
  });
}

function checkLink(link: string): void {
  const target = tryReadLink(link);
  if (target === undefined) throw broken(`expected "${link}" to be a symlink`, { path: link });
  if (!existsSync(resolveLink(link, target))) throw broken(`the target "${resolveLink(link, target)}" of symlink "${link}" does not exist`, { path: link });
}
