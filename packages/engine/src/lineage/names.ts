// Names of lineages and the paths that follow from them. A name becomes part of paths, so it is checked here and only here.
import { join } from 'node:path';

import { StoreError } from '../files/errors.ts';
import { type LineagePaths } from '../renewal-conf/renewal-conf.ts';

/** Longest name: with suffix, `.conf` and our temporary endings it must fit into a file name of 255 bytes. */
const longestName = 200;

/**
 * Checks that a name can be the stem of a file: no path separator, no leading dot, no control character.
 * Throws `lineageNameInvalid`.
 */
export function checkLineageName(name: string): void {
  const problem = problemOf(name);
  if (problem === undefined) return;
  throw new StoreError('lineageNameInvalid', `"${name}" cannot name a certificate: ${problem}`, {
    details: { name },
    hint: 'use letters, digits, dots and hyphens, as in a domain name',
  });
}

function problemOf(name: string): string | undefined {
  if (name === '') return 'it is empty';
  if (/[/\\]/.test(name)) return 'it contains a path separator';
  if (name.startsWith('.')) return 'it begins with a dot';
  if (/\p{Cc}/u.test(name)) return 'it contains a control character';
  if (Buffer.byteLength(name) > longestName) return 'it is too long';
  return undefined;
}

/** The name for a certificate whose first identifier is given: without the `*.` of a wildcard. */
export function defaultLineageName(firstIdentifier: string): string {
  return firstIdentifier.startsWith('*.') ? firstIdentifier.slice(2) : firstIdentifier;
}

/** `NAME`, then `NAME-0001` to `NAME-9999`. */
export function* candidateNames(name: string): Generator<string> {
  yield name;
  for (let number = 1; number <= 9999; number += 1) yield `${name}-${String(number).padStart(4, '0')}`;
}

/** The folders of a store. */
export interface StoreFolders {
  readonly live: string;
  readonly archive: string;
  readonly renewal: string;
}

/** `live`, `archive` and `renewal` below the configuration folder. */
export function storeFolders(configDir: string): StoreFolders {
  return { live: join(configDir, 'live'), archive: join(configDir, 'archive'), renewal: join(configDir, 'renewal') };
}

/** The paths of a lineage that has not been moved. Throws `lineageNameInvalid`. */
export function lineagePlace(folders: StoreFolders, name: string): LineagePlace {
  checkLineageName(name);
  const live = join(folders.live, name);
  return {
    confPath: join(folders.renewal, `${name}.conf`),
    live,
    archive: join(folders.archive, name),
    links: { cert: join(live, 'cert.pem'), privkey: join(live, 'privkey.pem'), chain: join(live, 'chain.pem'), fullchain: join(live, 'fullchain.pem') },
  };
}

/** Where the parts of one lineage lie by default. */
export interface LineagePlace {
  readonly confPath: string;
  readonly live: string;
  readonly archive: string;
  readonly links: LineagePaths;
}
