// The journal of the command line: one JSON file per issuance in a folder that only its owner may enter, keys beside it.
// Every write is atomic and on the disk before the promise resolves; a file that cannot be read is set aside, never fatal.
import { createHash } from 'node:crypto';
import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { describeError, type Log, silentLog } from '@certward/base';
import { syncFolder, writeFileAtomic } from '../files/atomic.ts';
import { systemDisk } from '../files/disk.ts';
import { errnoOf, guardFile } from '../files/errors.ts';
import { ensureFolder, isFolder, listFolder, removeTemporaryFiles } from '../files/folders.ts';
import { tryReadTextFile } from '../files/read.ts';
import type { Journal, JournalEntry } from '../ports.ts';
import { parseJournalEntry } from './journal-entry.ts';

/** Options of {@link createFileJournal}. */
export interface FileJournalOptions {
  /** Created with mode 0700 on first use. */
  readonly folder: string;
  readonly log?: Log | undefined;
}

const entrySuffix = '.json';
const keySuffix = '.key.pem';
const quarantineSuffix = '.unreadable';

/** A {@link Journal} in a folder. One process at a time may use it: callers hold the lock of the configuration folder. */
export function createFileJournal({ folder, log = silentLog }: FileJournalOptions): Journal {
  const entryPath = (id: string) => join(folder, `${fileStem(id)}${entrySuffix}`);
  const keyPath = (id: string, keyId: string) => join(folder, `${fileStem(id)}.${fileStem(keyId)}${keySuffix}`);

  let prepared: Promise<void> | undefined;
  const prepare = async () => {
    await ensureFolder(folder, { mode: 0o700 });
    removeTemporaryFiles(folder);
  };
  const write = async (path: string, content: string) => {
    await (prepared ??= prepare().catch((error: unknown) => {
      prepared = undefined;
      throw error;
    }));
    await writeFileAtomic(path, content, { mode: 0o600 });
  };

  const read = (path: string): JournalEntry | undefined => {
    const text = tryReadTextFile(path);
    if (text === undefined) return undefined;
    try {
      return parseJournalEntry(text);
    } catch (error) {
      quarantine(path, error, log);
      return undefined;
    }
  };

  return {
    async load(id) {
      const entry = read(entryPath(id));
      // Two ids with one digest do not exist; a copied or renamed file does.
      return entry?.id === id ? entry : undefined;
    },
    save: (entry) => write(entryPath(entry.id), `${JSON.stringify(entry, null, 2)}\n`),
    async remove(id) {
      // The entry last: as long as it is there, the next run knows that something is left to remove.
      const stem = fileStem(id);
      const names = listFolder(folder);
      for (const name of names) if (name.startsWith(`${stem}.`) && name.endsWith(keySuffix)) remove(join(folder, name));
      remove(entryPath(id));
      // Else a power cut could bring the entry back, and with it an order that is long done.
      if (isFolder(folder)) await syncFolder(systemDisk, folder);
    },
    list: async () => listFolder(folder).filter((name) => name.endsWith(entrySuffix)).sort().flatMap((name) => read(join(folder, name)) ?? []),
    saveKey: (id, keyId, privateKeyPem) => write(keyPath(id, keyId), privateKeyPem),
    loadKey: async (id, keyId) => tryReadTextFile(keyPath(id, keyId)),
  };
}

/** Ids come from lineage names and directory URLs; as a digest they fit every file system and never are a path. */
function fileStem(id: string): string {
  return createHash('sha256').update(id).digest('hex').slice(0, 32);
}

function remove(path: string): void {
  guardFile('remove', path, () => {
    try {
      systemDisk.unlink(path);
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') throw error;
    }
  });
}

function quarantine(path: string, error: unknown, log: Log): void {
  log.warn('journal entry unreadable, set aside', { path, movedTo: `${path}${quarantineSuffix}`, reason: describeError(error) });
  try {
    renameSync(path, `${path}${quarantineSuffix}`);
  } catch (reason) {
    log.warn('unreadable journal entry could not be moved', { path, reason: describeError(reason) });
  }
}
