// What every verb that changes something runs in: the three folders exist, and no other instance works in them.
import { accessSync, constants, mkdirSync, statSync } from 'node:fs';
import { acquireCertbotLocks } from '@certward/engine';
import type { Context } from '../context.ts';
import { cliError } from '../errors.ts';
import { createHookFolders } from '../hooks/directory-hooks.ts';

/** A queue of timers on one machine is served within this time, or something is stuck. */
const longestWaitMs = 3_600_000;

/** Runs `work` under the locks. Throws `folderUnusable`, or `lockHeld`, which `--wait` avoids by queueing. */
export async function withLocks<T>(context: Context, work: () => Promise<T>): Promise<T> {
  prepareFolders(context);
  const { folders, clock, log, signal, arguments: { values } } = context;
  const locks = await acquireCertbotLocks([folders.logs, folders.config, folders.work], {
    waitMs: values.wait ? longestWaitMs : 0,
    clock,
    log,
    signal,
  });
  try {
    return await work();
  } finally {
    locks.release();
  }
}

function prepareFolders({ folders, arguments: { values } }: Context): void {
  for (const folder of [folders.config, folders.work]) {
    try {
      mkdirSync(folder, { recursive: true, mode: 0o755 });
      accessSync(folder, constants.W_OK);
    } catch (cause) {
      throw cliError('folderUnusable', `the folder "${folder}" cannot be written to`, {
        cause,
        hint: 'run as root, or set --config-dir, --work-dir, and --logs-dir to writeable paths, or all three with --prefix',
      });
    }
    if (values.strictPermissions) checkOwnership(folder);
  }
  createHookFolders(folders.config);
}

function checkOwnership(folder: string): void {
  const { uid, mode } = statSync(folder);
  if (uid === process.getuid?.() && (mode & 0o022) === 0) return;
  throw cliError('folderUnusable', `${folder} exists, but it should be owned by current user with permissions 0o755`);
}
