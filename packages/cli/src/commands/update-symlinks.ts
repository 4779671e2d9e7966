// `update_symlinks`: points the links of every lineage at the newest files of its archive.
import { openLineageStore } from '@certward/engine';
import { withLocks } from '../compose/locks.ts';
import type { Command } from '../context.ts';
import { cliError } from '../errors.ts';

/** Runs the verb. A lineage that cannot be helped does not keep the others from being repaired. */
export const updateSymlinks: Command = (context) =>
  withLocks(context, async () => {
    const { folders, log, terminal } = context;
    const store = openLineageStore({ configDir: folders.config, log });
    const unusable = await store.updateSymlinks();
    const updated = store.names().filter((name) => !unusable.includes(name));
    for (const name of unusable) terminal.warning(`The links of ${name} could not be updated; the log says why.`);
    terminal.result(`Updated the links of ${updated.length} certificate(s).`);
    const result = { updated, unusable };
    return unusable.length === 0 ? { result } : { result, failure: cliError('certificateMissing', `the links of ${unusable.length} certificate(s) could not be updated`) };
  });
