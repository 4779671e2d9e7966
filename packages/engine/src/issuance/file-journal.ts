// The journal of the command line: a log per issuance in a folder that only its owner may enter, keys beside it.
// Every write is on the disk before the promise resolves; a file that cannot be read is set aside, never fatal.
import { createHash } from 'node:crypto';
import { renameSync } from 'node:fs';
import { unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describeError, type Log, silentLog } from '@certward/base';
import { syncFolder, writeFileAtomic } from '../files/atomic.ts';
import { systemDisk } from '../files/disk.ts';
import { errnoOf, fileError } from '../files/errors.ts';
import { ensureFolder, isFolder, listFolder, removeTemporaryFiles } from '../files/folders.ts';
import { tryReadTextFile } from '../files/read.ts';
import type { Journal, JournalEntry } from '../ports.ts';
import { appendToLog, isBeforeFirstSave, linesOfLog } from './entry-log.ts';
import { parseJournalEntry } from './journal-entry.ts';

/** Options of {@link createFileJournal}. */
export interface FileJournalOptions {
  /** Created with mode 0700 on first use. */
  readonly folder: string;
  readonly log?: Log | undefined;
}

const entrySuffix = '.jsonl';
const keySuffix = '.key.pem';
const quarantineSuffix = '.unreadable';

/** A {@link Journal} in a folder. One process at a time may use it: callers hold the lock of the configuration folder. */
export function createFileJournal({ folder, log = silentLog }: FileJournalOptions): Journal {
  const entryPath = (id: string) => join(folder, `${fileStem(id)}${entrySuffix}`);
  const keyPath = (id: string, keyId: string) => join(folder, `${fileStem(id)}.${fileStem(keyId)}${keySuffix}`);

  const entryPaths = () => listFolder(folder).filter((name) => name.endsWith(entrySuffix)).sort().map((name) => join(folder, name));

  let prepared: Promise<void> | undefined;
  const prepare = async () => {
    await ensureFolder(folder, { mode: 0o700 });
    removeTemporaryFiles(folder);
    for (const path of entryPaths()) if (isBeforeFirstSave(tryReadTextFile(path) ?? 'gone')) await remove(path);
  };
  const prepareOnce = () =>
    (prepared ??= prepare().catch((error: unknown) => {
      prepared = undefined;
      throw error;
    }));

  const read = (path: string): JournalEntry | undefined => {
    const text = tryReadTextFile(path);
    if (text === undefined || isBeforeFirstSave(text)) return undefined;
    try {
      return latestEntry(text);
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
    async save(entry) {
      await prepareOnce();
      await appendToLog(entryPath(entry.id), JSON.stringify(entry));
    },
    async remove(id) {
      // The entry last: as long as it is there, the next run knows that something is left to remove.
      const stem = fileStem(id);
      const names = listFolder(folder);
      const keys = names.filter((name) => name.startsWith(`${stem}.`) && name.endsWith(keySuffix));
      await Promise.all(keys.map((name) => remove(join(folder, name))));
      await remove(entryPath(id));
      // Else a power cut could bring the entry back, and with it an order that is long done.
      if (isFolder(folder)) await syncFolder(systemDisk, folder);
    },
    list: async () => entryPaths().flatMap((path) => read(path) ?? []),
    async saveKey(id, keyId, privateKeyPem) {
      await prepareOnce();
      await writeFileAtomic(keyPath(id, keyId), privateKeyPem, { mode: 0o600 });
    },
    loadKey: async (id, keyId) => tryReadTextFile(keyPath(id, keyId)),
  };
}

/** The latest save that can be read. Throws `journalMalformed` where there is none. */
function latestEntry(text: string): JournalEntry {
  const [latest = text, ...older] = linesOfLog(text);
  try {
    return parseJournalEntry(latest);
  } catch (error) {
    // A write that a crash cut off, ended by the next one. What was saved before it is what holds.
    for (const line of older) {
      const entry = tryParse(line);
      if (entry !== undefined) return entry;
    }
    throw error;
  }
}

function tryParse(line: string): JournalEntry | undefined {
  try {
    return parseJournalEntry(line);
  } catch {
    return undefined;
  }
}

/** Ids come from lineage names and directory URLs; as a digest they fit every file system and never are a path. */
function fileStem(id: string): string {
  return createHash('sha256').update(id).digest('hex').slice(0, 32);
}

/** Asynchronous, because it waits for the file system's own log when others write. */
async function remove(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw fileError(error, 'remove', path);
  }
}

function quarantine(path: string, error: unknown, log: Log): void {
  log.warn('journal entry unreadable, set aside', { path, movedTo: `${path}${quarantineSuffix}`, reason: describeError(error) });
  try {
    renameSync(path, `${path}${quarantineSuffix}`);
  } catch (reason) {
    log.warn('unreadable journal entry could not be moved', { path, reason: describeError(reason) });
  }
}
