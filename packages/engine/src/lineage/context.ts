// What the operations on lineages share.
import type { Log } from '@certward/base';

import { writeFileAtomic } from '../files/atomic.ts';
import type { Disk } from '../files/disk.ts';
import type { StoreFolders } from './names.ts';

/** A store's folders and the ways to change and to report. */
export interface StoreContext {
  readonly folders: StoreFolders;
  readonly disk: Disk;
  readonly log: Log;
  /** Goes into every conf that is written. */
  readonly programVersion: string;
}

/** Replaces a conf; the temporary name is the one that Certbot uses and clears as well. */
export async function writeConf(context: StoreContext, { confPath, text }: { readonly confPath: string; readonly text: string }): Promise<void> {
  await writeFileAtomic(confPath, text, { temporaryPath: `${confPath}.new`, disk: context.disk });
}
