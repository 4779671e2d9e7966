// For tests: a disk on which the N-th change does not happen, because the process dies there or the disk is full.
import { type Disk, systemDisk } from '@certward/engine';

/** Thrown in place of everything that a dead process would not have done any more. */
export class Killed extends Error {}

/** A disk like the system's that fails at change number `at` (from 1): for good, or once with ENOSPC. */
export function failingDisk(at: number, failure: 'die' | 'ENOSPC' = 'die'): Disk & { readonly isDead: () => boolean } {
  let changes = 0;
  let dead = false;
  const step = () => {
    if (dead) throw new Killed('killed');
    changes += 1;
    if (changes !== at) return;
    if (failure === 'ENOSPC') throw Object.assign(new Error(failure), { code: failure, syscall: 'test' });
    dead = true;
    throw new Killed('killed');
  };
  const guard = <Args extends unknown[], Result>(change: (...args: Args) => Result) => (...args: Args): Result => {
    step();
    return change(...args);
  };
  const base = systemDisk;
  return {
    isDead: () => dead,
    create: guard(base.create),
    write: guard(base.write),
    setMode: guard(base.setMode),
    setGroup: guard(base.setGroup),
    setOwner: guard(base.setOwner),
    sync: async (descriptor) => guard(base.sync)(descriptor),
    // A dead process has its descriptors closed for it.
    close: base.close,
    syncFolder: async (path) => guard(base.syncFolder)(path),
    rename: guard(base.rename),
    link: guard(base.link),
    symlink: guard(base.symlink),
    unlink: guard(base.unlink),
    makeFolder: guard(base.makeFolder),
    removeFolder: guard(base.removeFolder),
  };
}
