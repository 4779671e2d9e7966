// Which paths the configurations of other lineages name. A configuration can be edited, and two may name the same files:
// what another one needs is not this one's to remove.
import { resolve } from 'node:path';

import { lineageFileKinds } from '../renewal-conf/index.ts';
import type { StoreContext } from './context.ts';
import { readConf } from './lineage.ts';
import { lineageNames } from './list.ts';
import { lineagePlace } from './names.ts';

/** What the other lineages of a store lay claim to: absolute paths. */
export interface Claims {
  readonly links: ReadonlySet<string>;
  readonly archives: ReadonlySet<string>;
}

/** Reads the claims of every lineage but `name`. One whose configuration cannot be read keeps its default folders. */
export function claimsOfOthers({ folders }: StoreContext, name: string): Claims {
  const links = new Set<string>();
  const archives = new Set<string>();
  for (const other of lineageNames(folders)) {
    if (other === name) continue;
    try {
      const place = lineagePlace(folders, other);
      for (const kind of lineageFileKinds) links.add(resolve(place.links[kind]));
      archives.add(resolve(place.archive));
      const conf = readConf(place.confPath, other);
      for (const kind of lineageFileKinds) links.add(resolve(conf.links[kind]));
      if (conf.archiveDir !== undefined) archives.add(resolve(conf.archiveDir));
    } catch {
      // A name that cannot be one, or a conf that nobody can read, claims no more than that.
    }
  }
  return { links, archives };
}
