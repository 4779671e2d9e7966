// Finds the SQLite that this Node can use: its own module where it needs no flag, else the package with the same interface.
import { CaError } from '../errors.ts';

/** A value SQLite stores. */
export type SqlValue = string | number | null;

/** The part of `DatabaseSync` we use. */
export interface Database {
  exec(sql: string): void;
  prepare(sql: string): Statement;
  close(): void;
}

/** A prepared statement. */
export interface Statement {
  run(...values: SqlValue[]): unknown;
  get(...values: SqlValue[]): unknown;
  all(...values: SqlValue[]): unknown[];
}

type DatabaseConstructor = new (path: string) => Database;

/**
 * Opens (or creates) the file at `path` for this process alone: WAL, and every commit fsynced.
 * Throws `dataFolderInUse` where another process has it open, `sqliteUnavailable` where no SQLite was found.
 */
export async function openDatabase(path: string): Promise<Database> {
  const Constructor = await findSqlite();
  const database = new Constructor(path);
  try {
    // Exclusive locking makes a second process fail at start instead of both writing the same serials.
    database.exec('PRAGMA busy_timeout = 0; PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;');
    database.exec('BEGIN IMMEDIATE; COMMIT;');
    return database;
  } catch (error) {
    database.close();
    if (error instanceof Error && /locked|busy/i.test(error.message)) {
      throw new CaError('dataFolderInUse', `"${path}" is open in another process`, {
        cause: error,
        hint: 'stop the other authority, or give this one a data folder of its own',
      });
    }
    throw new CaError('storeFailed', `cannot open "${path}" as a database`, { cause: error });
  }
}

/**
 * Closes a database that {@link openDatabase} opened, so that it can be opened again in this process. Closing alone is not
 * enough: statements that wait for the garbage collector keep the connection, and with it the exclusive lock, alive.
 */
export function closeDatabase(database: Database): void {
  try {
    // SQLite leaves exclusive locking only outside WAL, and gives the lock up at the next read.
    database.exec('PRAGMA journal_mode = DELETE; PRAGMA locking_mode = NORMAL; SELECT count(*) FROM sqlite_master;');
  } catch {
    // All that was promised is on disk already; at worst the lock lives until the statements are collected.
  }
  database.close();
}

async function findSqlite(): Promise<DatabaseConstructor> {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  // node:sqlite lost its flag in 22.13 (and 23.4); before that, importing it fails or warns.
  const modules = major > 23 || (major === 23 && minor >= 4) || (major === 22 && minor >= 13) ? ['node:sqlite'] : [];
  const failures: unknown[] = [];
  for (const name of [...modules, '@photostructure/sqlite']) {
    try {
      return ((await import(name)) as { DatabaseSync: DatabaseConstructor }).DatabaseSync;
    } catch (error) {
      failures.push(error);
    }
  }
  throw new CaError('sqliteUnavailable', `Node ${process.versions.node} offers no SQLite`, {
    cause: failures.at(-1),
    hint: 'install the optional package @photostructure/sqlite, use Node 22.13 or newer, or run without a data folder',
  });
}
