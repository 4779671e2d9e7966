// Certbot's lock file: `.certbot.lock` in a folder, locked as a whole, removed when the lock is given up.
import { closeSync, constants, fstatSync, openSync, statSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';

import { guardFile, StoreError } from '../files/errors.ts';
import type { HeldLock } from './held-lock.ts';
import type { TryRecordLock } from './record-lock.ts';

const fileName = '.certbot.lock';

/** The path of a folder's lock file. */
export function certbotLockPath(folder: string): string {
  return join(folder, fileName);
}

/**
 * Locks a folder, or returns undefined where another process holds it. Never call it for a folder that this process has
 * locked: record locks belong to processes, and closing any descriptor of the file would give up the first one too.
 * Throws `notWritable`, `notFound`.
 */
export function tryRecordLockFile(folder: string, tryLock: TryRecordLock): HeldLock | undefined {
  const path = certbotLockPath(folder);
  for (;;) {
    const descriptor = guardFile('lock', path, () => openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o600));
    let held = false;
    try {
      held = tryLock(descriptor);
      if (!held) return undefined;
      // Whoever had it before may have removed the file between our open and our lock: then ours guards nothing.
      held = isStillThere(descriptor, path);
      if (held) return { path, release: () => release(descriptor, path) };
    } catch (cause) {
      throw new StoreError('fileFailed', `cannot lock "${path}"`, { cause, details: { path } });
    } finally {
      if (!held) closeSync(descriptor);
    }
  }
}

function isStillThere(descriptor: number, path: string): boolean {
  const ours = fstatSync(descriptor);
  const present = statSync(path, { throwIfNoEntry: false });
  return present !== undefined && present.dev === ours.dev && present.ino === ours.ino;
}

/** Removes the file while the lock is still held, as Certbot does; the other order would remove somebody else's. */
function release(descriptor: number, path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // Somebody removed it already, or the folder is gone; closing is what gives the lock up.
  }
  closeSync(descriptor);
}
