// Finalized checkpoints: their names under backups/, which are times that only grow, and their list for people.
import { join } from 'node:path';

import type { Clock } from '@certward/base';
import { type Disk, ensureFolder, writeFileAtomic } from '@certward/engine';

import { listFolders } from './folders.ts';
import { entryNames, readCheckpoint } from './stored.ts';

/** One finalized checkpoint. */
export interface CheckpointSummary {
  readonly at: Date;
  /** What was done, such as `Deployed ACME Certificate`. */
  readonly titles: readonly string[];
  /** The rest of what it says about the changes. */
  readonly notes: string;
  /** The files that a rollback would restore or delete. */
  readonly files: readonly string[];
}

const titleLine = /^-- (.*) --$/;

/** Names of the finalized checkpoints, oldest first: ordered as text, which is the other tool's order too. */
export function finalizedNames(backupDir: string): string[] {
  return listFolders(backupDir).filter((name) => /^\d/.test(name)).toSorted((a, b) => (a < b ? -1 : 1));
}

/** Reads a finalized checkpoint for a list. */
export function summarize(backupDir: string, name: string): CheckpointSummary {
  const { files, newFiles, changes } = readCheckpoint(join(backupDir, name));
  const lines = changes.split('\n');
  return {
    at: new Date(Math.round(Number.parseFloat(name) * 1000)),
    titles: lines.flatMap((line) => titleLine.exec(line)?.[1] ?? []),
    notes: lines.filter((line) => !titleLine.test(line)).join('\n').trim(),
    files: [...files, ...newFiles],
  };
}

/** Gives the open checkpoint in `folder` its title and a name under `backupDir`. */
export async function finalizeFolder(folder: string, { backupDir, title, clock, disk }: { backupDir: string; title: string; clock: Clock; disk: Disk }): Promise<void> {
  await ensureFolder(backupDir, { disk });
  const { changes } = readCheckpoint(folder);
  const oneLine = title.replaceAll(/\s+/g, ' ').trim();
  await writeFileAtomic(join(folder, entryNames.changes), `-- ${oneLine} --\n${changes === '' ? 'No changes\n' : changes}`, { disk });
  disk.rename(folder, join(backupDir, nextName(finalizedNames(backupDir).at(-1), clock)));
  await disk.syncFolder(backupDir);
  await disk.syncFolder(join(folder, '..'));
}

/** The present time, or, after the clock was set back, a little more than the newest checkpoint's. */
function nextName(newest: string | undefined, clock: Clock): string {
  const now = (clock.now().getTime() / 1000).toFixed(3);
  if (newest === undefined || newest < now) return now;
  return (Number.parseFloat(newest) + 0.01).toFixed(3);
}
