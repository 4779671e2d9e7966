// One installation at a time: a lock file that names its holder, taken over when that process is gone.
import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';

const pollMs = 200;

/**
 * Waits for the lock, takes it, and returns the function that gives it back.
 * @param {string} path
 * @param {{ onWait?: (holder: number) => void, patienceMs?: number }} [options]
 */
export function takeLock(path, { onWait, patienceMs = 900_000 } = {}) {
  const own = `${path}.${process.pid}`;
  writeFileSync(own, `${process.pid}\n`);
  const until = performance.now() + patienceMs;
  let told = false;
  try {
    // link() fails when the name is taken, and the file has its content from the first moment on.
    while (!tryLink(own, path)) {
      const holder = holderOf(path);
      if (holder === undefined) continue;
      if (!isAlive(holder)) {
        rmSync(path, { force: true });
        continue;
      }
      if (performance.now() > until) throw new Error(`process ${holder} holds ${path} for more than ${patienceMs / 1000} s`);
      if (!told) onWait?.(holder);
      told = true;
      pause(pollMs);
    }
  } finally {
    rmSync(own, { force: true });
  }
  return () => rmSync(path, { force: true });
}

/**
 * @param {string} from
 * @param {string} to
 */
function tryLink(from, to) {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'EEXIST') return false;
    throw error;
  }
}

/**
 * @param {string} path
 * @returns {number | undefined} undefined when the lock was given back meanwhile
 */
function holderOf(path) {
  try {
    return Number.parseInt(readFileSync(path, 'utf8'), 10);
  } catch {
    return undefined;
  }
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
}

/** @param {number} ms */
function pause(ms) {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
