// For tests: a disk on which the N-th change does not happen, because the process dies or the system call fails.
import { type Disk, systemDisk } from '../disk.ts';

/** Thrown in place of everything that a dead process would not have done any more. */
export class Killed extends Error {}

/** What happens at the chosen change. `die` ends everything; `tear` writes half and dies; an errno fails once. */
export type Failure = 'die' | 'tear' | 'ENOSPC' | 'EACCES';

/** A disk that counts changes. */
export interface FailingDisk extends Disk {
  /** How many changes were asked for so far. */
  readonly changes: number;
}

/** A disk like the system's whose change number `at` (from 1) fails. */
export function failingDisk({ at, failure, base = systemDisk }: { readonly at: number; readonly failure: Failure; readonly base?: Disk }): FailingDisk {
  let changes = 0;
  let dead = false;
  const step = (beforeDeath?: () => void) => {
    if (dead) throw new Killed('killed');
    changes += 1;
    if (changes !== at) return;
    if (failure !== 'die' && failure !== 'tear') throw Object.assign(new Error(failure), { code: failure, syscall: 'test' });
    dead = true;
    if (failure === 'tear') beforeDeath?.();
    throw new Killed('killed');
  };
  const guard = <Args extends unknown[], Result>(change: (...args: Args) => Result, beforeDeath?: (...args: Args) => void) => (...args: Args): Result => {
    step(() => beforeDeath?.(...args));
    return change(...args);
  };
  return {
    get changes() {
      return changes;
    },
    create: guard((path: string, mode: number) => base.create(path, mode)),
    write: guard((descriptor: number, content: Uint8Array) => base.write(descriptor, content), (descriptor, content) => base.write(descriptor, content.subarray(0, content.length >> 1))),
    setMode: guard((descriptor: number, mode: number) => base.setMode(descriptor, mode)),
    setGroup: guard((descriptor: number, gid: number) => base.setGroup(descriptor, gid)),
    setOwner: guard((descriptor: number, uid: number) => base.setOwner(descriptor, uid)),
    sync: async (descriptor) => guard((one: number) => base.sync(one))(descriptor),
    // A dead process has its descriptors closed for it.
    close: (descriptor) => base.close(descriptor),
    syncFolder: async (path) => guard((one: string) => base.syncFolder(one))(path),
    rename: guard((from: string, to: string) => base.rename(from, to)),
    link: guard((existing: string, path: string) => base.link(existing, path)),
    symlink: guard((target: string, path: string) => base.symlink(target, path)),
    unlink: guard((path: string) => base.unlink(path)),
    makeFolder: guard((path: string, mode: number) => base.makeFolder(path, mode)),
    removeFolder: guard((path: string) => base.removeFolder(path)),
  };
}
