// The lock for machines without koffi: a file that names its holder, created exclusively. Certbot does not see it, but we
// see Certbot's lock (on Linux, through /proc/locks), and every copy of ours sees this one.
import { closeSync, fsyncSync, openSync, readFileSync, statSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';

import { errnoOf, guardFile } from '../files/errors.ts';
import { tryReadTextFile } from '../files/read.ts';
import type { HeldLock } from './held-lock.ts';
import { certbotLockPath } from './record-lock-file.ts';

/** The path of a folder's exclusive lock file. */
export function exclusiveLockPath(folder: string): string {
  return join(folder, '.certward.lock');
}

/** Locks a folder, or returns undefined where another process holds it, Certbot included. Throws `notWritable`, `notFound`. */
export function tryExclusiveLockFile(folder: string): HeldLock | undefined {
  const path = exclusiveLockPath(folder);
  if (isRecordLocked(certbotLockPath(folder))) return undefined;
  for (let attempt = 0; attempt < 3; attempt += 1) {
    if (createLockFile(path)) return { path, release: () => unlinkSync(path) };
    if (isHeldExclusively(folder)) return undefined;
    // Its holder is dead. Two processes may both come here; only one of them then succeeds in creating.
    removeIfThere(path);
  }
  return undefined;
}

/** Whether a process that lives holds the folder's exclusive lock file. */
export function isHeldExclusively(folder: string): boolean {
  const holder = tryReadTextFile(exclusiveLockPath(folder));
  if (holder === undefined) return false;
  const [pid = '', startedAt = ''] = holder.trim().split(' ');
  if (!/^\d{1,10}$/.test(pid)) return false;
  return isAlive(Number(pid)) && startTime(pid) === startedAt;
}

function createLockFile(path: string): boolean {
  return guardFile('lock', path, () => {
    let descriptor: number;
    try {
      descriptor = openSync(path, 'wx', 0o600);
    } catch (error) {
      if (errnoOf(error) === 'EEXIST') return false;
      throw error;
    }
    writeSync(descriptor, `${process.pid} ${startTime(String(process.pid))}\n`);
    fsyncSync(descriptor);
    closeSync(descriptor);
    return true;
  });
}

function removeIfThere(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errnoOf(error) === 'EPERM';
  }
}

/** When a process began, in the kernel's ticks, so that a reused id is no false holder; empty where there is no /proc. */
function startTime(pid: string): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The second field is the program's name in parentheses and may hold anything; the start time is the 20th after it.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}

/** Whether any process holds a record lock on the file. By inode alone: device numbers there differ on some file systems. */
function isRecordLocked(path: string): boolean {
  const inode = statSync(path, { throwIfNoEntry: false })?.ino;
  if (inode === undefined) return false;
  try {
    const lines = readFileSync('/proc/locks', 'latin1').split('\n');
    return lines.some((line) => line.includes(' POSIX ') && line.includes(`:${inode} `));
  } catch {
    return false;
  }
}
