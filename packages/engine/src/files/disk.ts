// The one door through which the store side changes the file system. Reading goes straight to node:fs.
// It exists so that tests can stop or fail the N-th change and then check what is left on the disk.
import {
  closeSync,
  fchmodSync,
  fchownSync,
  fsync,
  linkSync,
  mkdirSync,
  openSync,
  renameSync,
  rmdirSync,
  symlinkSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { promisify } from 'node:util';

/** Elementary changes of a file system. Each method is about one system call; errors are those of node:fs. */
export interface Disk {
  /** Opens a new file for writing; fails with EEXIST where something of that name (even a dangling link) is. */
  create(path: string, mode: number): number;
  write(descriptor: number, content: Uint8Array): void;
  setMode(descriptor: number, mode: number): void;
  setGroup(descriptor: number, gid: number): void;
  setOwner(descriptor: number, uid: number): void;
  /** Resolves once content and metadata have reached the storage device. The only slow one, hence asynchronous. */
  sync(descriptor: number): Promise<void>;
  close(descriptor: number): void;
  /** Makes names that were added to or taken from a folder durable. */
  syncFolder(path: string): Promise<void>;
  rename(from: string, to: string): void;
  /** A second name for a file; fails with EEXIST where the name is taken. */
  link(existing: string, path: string): void;
  symlink(target: string, path: string): void;
  unlink(path: string): void;
  makeFolder(path: string, mode: number): void;
  removeFolder(path: string): void;
}

const fsyncAsync = promisify(fsync);

/** The machine's file system. */
export const systemDisk: Disk = {
  create: (path, mode) => openSync(path, 'wx', mode),
  write(descriptor, content) {
    for (let done = 0; done < content.length; ) done += writeSync(descriptor, content, done);
  },
  setMode: fchmodSync,
  setGroup: (descriptor, gid) => fchownSync(descriptor, -1, gid),
  setOwner: (descriptor, uid) => fchownSync(descriptor, uid, -1),
  sync: fsyncAsync,
  close: closeSync,
  syncFolder: sharedPerPath(async (path) => {
    const descriptor = openSync(path, 'r');
    try {
      await fsyncAsync(descriptor);
    } finally {
      closeSync(descriptor);
    }
  }),
  rename: renameSync,
  link: linkSync,
  symlink: (target, path) => symlinkSync(target, path),
  unlink: unlinkSync,
  makeFolder(path, mode) {
    mkdirSync(path, { mode });
  },
  removeFolder: rmdirSync,
};

/**
 * Lets callers share: whoever comes while a sync of the same folder runs waits for the next one, which serves all who
 * came meanwhile. With sixteen issuances in flight that saves most of the syncs of their common folders.
 */
function sharedPerPath(sync: (path: string) => Promise<void>): (path: string) => Promise<void> {
  const running = new Map<string, Promise<void>>();
  const waiting = new Map<string, Promise<void>>();
  const start = (path: string): Promise<void> => {
    const run = sync(path).finally(() => running.delete(path));
    running.set(path, run);
    return run;
  };
  return (path) => {
    const current = running.get(path);
    if (current === undefined) return start(path);
    const next = waiting.get(path) ?? current.catch(() => undefined).then(() => (waiting.delete(path), start(path)));
    waiting.set(path, next);
    return next;
  };
}
