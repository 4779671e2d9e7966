// POSIX record locks (fcntl F_SETLK), the only kind that Certbot's locks see. Node has none, so the C library is called
// through koffi, which is optional and loaded on first use: it costs about ten milliseconds, so reading never comes here.

/** Takes an exclusive lock on a whole file without waiting: true if we have it, false if another process does. */
export type TryRecordLock = (descriptor: number) => boolean;

/** One layout of `struct flock` with its constants; everything not written stays zero: whole file, from its start. */
interface Layout {
  readonly setLock: number;
  readonly writeLock: number;
  readonly size: number;
  readonly typeAt: number;
  /** EAGAIN and EACCES: another process holds a lock. */
  readonly heldErrnos: readonly number[];
}

const layouts: Readonly<Record<string, Layout>> = {
  'linux-x64': { setLock: 6, writeLock: 1, size: 32, typeAt: 0, heldErrnos: [11, 13] },
  'linux-arm64': { setLock: 6, writeLock: 1, size: 32, typeAt: 0, heldErrnos: [11, 13] },
  'darwin-x64': { setLock: 8, writeLock: 3, size: 24, typeAt: 20, heldErrnos: [35, 13] },
  'darwin-arm64': { setLock: 8, writeLock: 3, size: 24, typeAt: 20, heldErrnos: [35, 13] },
};

/** The lock function of this platform; undefined where koffi is not installed or the platform's structures are unknown. */
export async function loadRecordLock(): Promise<TryRecordLock | undefined> {
  const layout = layouts[`${process.platform}-${process.arch}`];
  if (layout === undefined) return undefined;
  try {
    const { default: koffi } = await import('koffi');
    const fcntl = koffi.load(null).func('int fcntl(int descriptor, int command, ...)');
    return (descriptor) => {
      const lock = Buffer.alloc(layout.size);
      lock.writeInt16LE(layout.writeLock, layout.typeAt);
      const answer: unknown = fcntl(descriptor, layout.setLock, 'void *', lock);
      if (answer === 0) return true;
      const errno = koffi.errno();
      if (layout.heldErrnos.includes(errno)) return false;
      throw new Error(`fcntl failed with errno ${errno}`);
    };
  } catch {
    return undefined;
  }
}
