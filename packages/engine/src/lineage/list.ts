// All lineages of a store at once, for listings and for finding what is due. Reads only, with as few system calls as will do:
// two file reads and three look-ups per lineage, because an installation may have thousands.
import { existsSync } from 'node:fs';

import type { Certificate } from '@certward/pki';

import { listFolder } from '../files/folders.ts';
import { tryReadTextFile } from '../files/read.ts';
import type { RenewalConf } from '../renewal-conf/renewal-conf.ts';
import { broken, confFromText, readLeaf } from './lineage.ts';
import type { StoreFolders } from './names.ts';

/** One line of a listing: the facts, or why there are none. */
export type ListedLineage =
  | {
      readonly status: 'ok';
      readonly name: string;
      readonly confPath: string;
      readonly conf: RenewalConf;
      /** The live leaf certificate. */
      readonly certificate: Certificate;
    }
  | { readonly status: 'broken'; readonly name: string; readonly confPath: string; readonly problem: unknown };

/** The names of all lineages: stems of `renewal/*.conf`, in the order of the file names, as Certbot lists them. */
export function lineageNames(folders: StoreFolders): string[] {
  const files = listFolder(folders.renewal).filter((file) => file.endsWith('.conf') && !file.startsWith('.'));
  return files.sort().map((file) => file.slice(0, -'.conf'.length));
}

/** Reads every lineage and keeps what `view` makes of it; one that cannot be read does not hide the others. */
export function mapLineages<T>(folders: StoreFolders, view: (lineage: ListedLineage) => T): T[] {
  return lineageNames(folders).map((name) => {
    const listed = readListed(`${folders.renewal}/${name}.conf`, name);
    const seen = view(listed);
    if (listed.status === 'ok') listed.conf.forget();
    return seen;
  });
}

function readListed(confPath: string, name: string): ListedLineage {
  try {
    return { status: 'ok', name, confPath, ...readFacts(confPath) };
  } catch (problem) {
    return { status: 'broken', name, confPath, problem };
  }
}

function readFacts(confPath: string): { conf: RenewalConf; certificate: Certificate } {
  const text = tryReadTextFile(confPath);
  if (text === undefined) throw broken(`"${confPath}" is missing`, { path: confPath });
  const conf = confFromText(text, confPath);
  const { cert, privkey, chain, fullchain } = conf.links;
  for (const path of [privkey, chain, fullchain]) if (!existsSync(path)) throw broken(`"${path}" is missing`, { path });
  return { conf, certificate: readLeaf(cert) };
}
