// The store of ACME accounts in Certbot's layout: `accounts/HOST/PATH/ID/`. Folders there may be symbolic links.
import type { KeyObject } from 'node:crypto';
import { existsSync, lstatSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';

import { type Clock, type Log, silentLog, systemClock } from '@certward/base';

import { syncFolder, writeFilesAtomic } from '../files/atomic.ts';
import { type Disk, systemDisk } from '../files/disk.ts';
import { guardFile, StoreError } from '../files/errors.ts';
import { ensureFolder, isFolder, listFolder, removeTemporaryFiles } from '../files/folders.ts';
import { accountFiles, keyFile, readAccount, readReservedKey, type ReservedKey, type StoredAccount } from './account-files.ts';
import { accountIdOf, accountsFolder, accountsRoot, checkAccountId, isAccountId, predecessorFolder } from './account-folder.ts';
import { removeAccountFolder } from './remove.ts';

/** How {@link openAccountStore} opens. Nothing is read or made by opening. */
export interface AccountStoreOptions {
  /** Certbot's `--config-dir`, absolute. */
  readonly configDir: string;
  /** The CA; each has its own accounts. */
  readonly directoryUrl: string;
  readonly clock?: Clock;
  readonly log?: Log;
  /** For tests: the door through which everything is changed. */
  readonly disk?: Disk;
}

/** The accounts at one CA. Whatever changes something runs under the lock of the configuration folder. */
export interface AccountStore {
  /** Where this CA's accounts lie. */
  readonly folder: string;
  /** All usable accounts, by id; those with missing or malformed files are skipped with a debug message. */
  list(): StoredAccount[];
  /** One account. Throws `accountNotFound`, `accountInvalid`. */
  load(id: string): StoredAccount;
  /**
   * Stores an account durably: key 0400, folders 0700. An account that is there (same key) gets the new URL.
   * Rejects with `notWritable`, `diskFull`; without its last file a folder does not count as an account.
   */
  save(account: { readonly key: KeyObject; readonly url: string }): Promise<StoredAccount>;
  /**
   * Stores a key durably before the CA hears of it, so that no crash can lose the key of an account: neither we nor
   * Certbot take it for an account until {@link AccountStore.save}. Resolves to the id that the account will have.
   */
  reserve(key: KeyObject): Promise<string>;
  /** Keys that were reserved and are no account here, by id. Unreadable ones are skipped with a debug message. */
  reserved(): ReservedKey[];
  /** Removes what a writer left that was killed before it was done. */
  clearUnfinished(): void;
  /** Removes an account or a reserved key, and links to it. Rejects with `accountNotFound`, `notWritable`. */
  delete(id: string): Promise<void>;
}

/** Opens the accounts of a CA. Throws `unsafePath` for a directory URL that cannot be a folder. */
export function openAccountStore(options: AccountStoreOptions): AccountStore {
  const { configDir, clock = systemClock, log = silentLog, disk = systemDisk } = options;
  const folder = accountsFolder(configDir, options.directoryUrl);
  const predecessor = predecessorFolder(configDir, folder);
  const find = (id: string): string => {
    checkAccountId(id);
    const place = [folder, predecessor].find((one) => one !== undefined && isFolder(join(one, id)));
    if (place === undefined) throw new StoreError('accountNotFound', `account "${id}" is not known at this CA`, { details: { account: id, path: folder } });
    return join(place, id);
  };
  return {
    folder,
    list() {
      const own = readAll(folder, log);
      return own.length > 0 || predecessor === undefined ? own : readAll(predecessor, log);
    },
    load: (id) => readAccount(find(id)),
    async reserve(key) {
      const id = accountIdOf(key);
      const place = join(folder, id);
      if (existsSync(join(place, 'private_key.json'))) return id;
      await ensureFolder(configDir, { disk });
      await ensureFolder(place, { mode: 0o700, disk });
      await writeFilesAtomic([keyFile(place, key)], { disk });
      return id;
    },
    clearUnfinished() {
      for (const id of listFolder(folder).filter(isAccountId)) {
        const place = join(folder, id);
        if (lstatSync(place, { throwIfNoEntry: false })?.isDirectory() !== true) continue;
        removeTemporaryFiles(place, { disk });
        if (listFolder(place).length === 0) guardFile('remove', place, () => disk.removeFolder(place));
      }
    },
    reserved: () => listFolder(folder).sort().flatMap((id) => skipUnreadable({ id, log }, () => readReservedKey(join(folder, id)))),
    async save({ key, url }) {
      const id = accountIdOf(key);
      const place = join(folder, id);
      const previous = existsSync(join(place, 'regr.json')) ? readAccount(place) : undefined;
      const account = { id, url, key, createdAt: previous?.createdAt ?? clock.now(), createdOn: previous?.createdOn ?? hostname() };
      await ensureFolder(configDir, { disk });
      await ensureFolder(place, { mode: 0o700, disk });
      await writeFilesAtomic(accountFiles(place, account), { disk });
      log.info('account stored', { account: id, accountUrl: url });
      return readAccount(place);
    },
    async delete(id) {
      find(id);
      const parents = removeAccountFolder(disk, { root: accountsRoot(configDir), places: [folder, predecessor], id });
      for (const parent of parents) if (isFolder(parent)) await syncFolder(disk, parent);
      log.info('account deleted', { account: id });
    },
  };
}

function readAll(folder: string, log: Log): StoredAccount[] {
  return listFolder(folder).sort().flatMap((id) => skipUnreadable({ id, log }, () => readAccount(join(folder, id))));
}

function skipUnreadable<T>({ id, log }: { readonly id: string; readonly log: Log }, read: () => T | undefined): T[] {
  try {
    checkAccountId(id);
    const one = read();
    return one === undefined ? [] : [one];
  } catch (error) {
    log.debug('skipped an account that cannot be read', { account: id, error });
    return [];
  }
}
