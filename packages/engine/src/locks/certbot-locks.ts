// Keeping other runs out: all folders of a run are locked in one go, beside Certbot's own locks.
import { realpathSync } from 'node:fs';

import { type Clock, type Log, silentLog, systemClock } from '@certward/base';

import { guardFile, StoreError } from '../files/errors.ts';
import { certbotLockPath, tryRecordLockFile } from './record-lock-file.ts';
import { isHeldExclusively, tryExclusiveLockFile } from './exclusive-file.ts';
import type { HeldLock } from './held-lock.ts';
import { loadRecordLock, type TryRecordLock } from './record-lock.ts';

/** How {@link acquireCertbotLocks} locks. */
export interface LockOptions {
  /** How long to wait for another run to end. Default 0: fail at once, as Certbot does. */
  readonly waitMs?: number | undefined;
  /** False locks with plain files even where record locks are available; Certbot does not see those. Default true. */
  readonly recordLocks?: boolean | undefined;
  readonly clock?: Clock | undefined;
  readonly log?: Log | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Locks that are held together. */
export interface CertbotLocks {
  /** Gives all up, the last first. Calling it again does nothing. Also done when the process exits. */
  release(): void;
  [Symbol.dispose](): void;
}

const pollMs = 250;

/** Real paths that this process holds: record locks do not keep a process out of its own folders. */
const heldHere = new Set<string>();

/**
 * Locks folders exclusively against other runs of Certbot and of ours, all or none. The folders must exist; a folder named
 * twice counts once.
 *
 * Rejects with `lockHeld` (message as Certbot's) where another run holds one and `waitMs` is over, with `notWritable` or
 * `notFound` where a lock file cannot be made, with the signal's reason when aborted.
 */
export async function acquireCertbotLocks(folders: readonly string[], options: LockOptions = {}): Promise<CertbotLocks> {
  const { waitMs = 0, clock = systemClock, signal } = options;
  signal?.throwIfAborted();
  const lockFolder = await chooseLock(options);
  const paths = [...new Set(folders.map((folder) => guardFile('lock', certbotLockPath(folder), () => realpathSync(folder))))];
  const deadline = clock.monotonicMs() + waitMs;
  for (;;) {
    const blocked = lockAll(paths, lockFolder);
    if (typeof blocked !== 'string') return blocked;
    const leftMs = deadline - clock.monotonicMs();
    if (leftMs <= 0) throw heldError(blocked);
    await clock.sleep(Math.min(pollMs, leftMs), { signal });
  }
}

type LockFolder = (folder: string) => HeldLock | undefined;

async function chooseLock({ recordLocks = true, log = silentLog }: LockOptions): Promise<LockFolder> {
  const tryLock: TryRecordLock | undefined = recordLocks ? await loadRecordLock() : undefined;
  if (tryLock === undefined) {
    log.warn('locking without record locks: a Certbot that starts now would not notice this run', {
      hint: 'install the optional package koffi',
    });
    return tryExclusiveLockFile;
  }
  return (folder) => (isHeldExclusively(folder) ? undefined : tryRecordLockFile(folder, tryLock));
}

/** All locks, or the folder that is held by another run; then none is kept. */
function lockAll(folders: readonly string[], lockFolder: LockFolder): CertbotLocks | string {
  const held: { readonly folder: string; readonly lock: HeldLock }[] = [];
  const releaseAll = () => {
    for (let one = held.pop(); one !== undefined; one = held.pop()) {
      heldHere.delete(one.folder);
      one.lock.release();
    }
    process.removeListener('exit', releaseAll);
  };
  try {
    for (const folder of folders) {
      const lock = heldHere.has(folder) ? undefined : lockFolder(folder);
      if (lock === undefined) {
        releaseAll();
        return folder;
      }
      heldHere.add(folder);
      held.push({ folder, lock });
    }
  } catch (error) {
    releaseAll();
    throw error;
  }
  process.on('exit', releaseAll);
  return { release: releaseAll, [Symbol.dispose]: releaseAll };
}

function heldError(folder: string): StoreError {
  return new StoreError('lockHeld', 'Another instance of Certbot is already running.', {
    details: { path: certbotLockPath(folder) },
    hint: `wait for it to end; it holds the lock in "${folder}"`,
    retry: { afterSeconds: 60 },
  });
}
