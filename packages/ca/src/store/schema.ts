// The SQLite schema: each table holds the record as JSON beside the columns that are searched. Migrations only move forward.
import { CaError } from '../errors.ts';
import type { Database } from './open-database.ts';

/** One entry per version; entry 0 leads from an empty file to version 1. Never edit an entry that was released. */
const migrations: readonly string[] = [
  `CREATE TABLE account (id TEXT PRIMARY KEY, thumbprint TEXT NOT NULL UNIQUE, eab_kid TEXT, record TEXT NOT NULL) STRICT;
   CREATE INDEX account_eab_kid ON account (eab_kid) WHERE eab_kid IS NOT NULL;
   CREATE TABLE "order" (
     sequence INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, account_id TEXT NOT NULL, profile TEXT NOT NULL,
     identifier_set TEXT NOT NULL, ends_at INTEGER NOT NULL, record TEXT NOT NULL) STRICT;
   CREATE INDEX order_of_account ON "order" (account_id, sequence);
   CREATE INDEX order_reuse ON "order" (account_id, profile, identifier_set, sequence);
   CREATE INDEX order_end ON "order" (ends_at);
   CREATE TABLE authorization (
     sequence INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, account_id TEXT NOT NULL, profile TEXT NOT NULL,
     identifier_key TEXT NOT NULL, undecided INTEGER NOT NULL, ends_at INTEGER NOT NULL, record TEXT NOT NULL) STRICT;
   CREATE INDEX authorization_reuse ON authorization (account_id, profile, identifier_key, sequence);
   CREATE INDEX authorization_undecided ON authorization (undecided) WHERE undecided = 1;
   CREATE INDEX authorization_end ON authorization (ends_at);
   CREATE TABLE certificate (
     serial TEXT PRIMARY KEY, issuer_id TEXT NOT NULL, spki_hash TEXT NOT NULL, not_after INTEGER NOT NULL,
     revoked INTEGER NOT NULL, record TEXT NOT NULL) STRICT;
   CREATE INDEX certificate_key ON certificate (spki_hash);
   CREATE INDEX certificate_revoked ON certificate (issuer_id, not_after) WHERE revoked = 1;
   CREATE TABLE blocked_key (spki_hash TEXT PRIMARY KEY) STRICT;
   CREATE TABLE counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;`,
];

/** Brings the database to the newest version; throws `storeFailed` where it was written by a newer program. */
export function migrate(database: Database): void {
  const { user_version: version } = database.prepare('PRAGMA user_version').get() as { user_version: number };
  if (version > migrations.length) {
    throw new CaError('storeFailed', `database has version ${version}, this program knows up to ${migrations.length}`, {
      hint: 'start the newer version of the program, or use another data folder',
    });
  }
  for (let next = version; next < migrations.length; next++) {
    database.exec(`BEGIN IMMEDIATE; ${migrations[next]}; PRAGMA user_version = ${next + 1}; COMMIT;`);
  }
}
