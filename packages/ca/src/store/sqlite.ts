// The store in one SQLite file. Writes of the same turn of the event loop share one commit, so that many requests in flight
// cost one fsync together; each request still waits for the commit that holds its own writes.
import type { AccountRecord, AuthorizationRecord, CertificateRecord, OrderRecord } from '../model.ts';
import { CaError } from '../errors.ts';
import { closeDatabase, type Database, openDatabase, type SqlValue, type Statement } from './open-database.ts';
import { recordFromJson, recordToJson } from './record-json.ts';
import { migrate } from './schema.ts';
import { authorizationKey, isUndecided, type Page, type ReuseQuery, type Store } from './store.ts';

/** Opens the store at `path`, creating it on first use. Throws what {@link openDatabase} throws. */
export async function openSqliteStore(path: string): Promise<Store> {
  return createSqliteStore(await openDatabase(path));
}

/** The store over a database that is open. Brings its schema up to date; throws `storeFailed`. */
export function createSqliteStore(database: Database): Store {
  try {
    migrate(database);
  } catch (error) {
    closeDatabase(database);
    throw error;
  }
  return new SqliteStore(database);
}

/** Later than any instant: an order with a certificate is kept. */
const never = Number.MAX_SAFE_INTEGER;

class SqliteStore implements Store {
  readonly #database: Database;
  readonly #statements = new Map<string, Statement>();
  /** Resolves when the open batch is on disk. */
  #batch: Promise<void> | undefined;
  #depth = 0;

  constructor(database: Database) {
    this.#database = database;
  }

  transaction<T>(work: () => T): T {
    this.#openBatch();
    const savepoint = `s${this.#depth++}`;
    this.#database.exec(`SAVEPOINT ${savepoint}`);
    try {
      const result = work();
      this.#database.exec(`RELEASE ${savepoint}`);
      return result;
    } catch (error) {
      this.#rollBackTo(savepoint);
      throw error;
    } finally {
      this.#depth--;
    }
  }

  async flush(): Promise<void> {
    await this.#batch;
  }

  #openBatch(): void {
    if (this.#batch !== undefined) return;
    this.#database.exec('BEGIN IMMEDIATE');
    this.#batch = new Promise((resolve, reject) => {
      setImmediate(() => {
        this.#batch = undefined;
        try {
          this.#database.exec('COMMIT');
          resolve();
        } catch (error) {
          this.#rollBack();
          reject(new CaError('storeFailed', 'cannot write to the database', { cause: error, hint: 'is the disk full?' }));
        }
      });
    });
    // Whoever flushes sees the failure; without a flush it must still not end the process.
    this.#batch.catch(() => {});
  }

  #rollBackTo(savepoint: string): void {
    try {
      this.#database.exec(`ROLLBACK TO ${savepoint}; RELEASE ${savepoint}`);
    } catch {
      // A full disk made SQLite give up the whole batch: its commit will fail, and every request that waits for it.
    }
  }

  #rollBack(): void {
    try {
      this.#database.exec('ROLLBACK');
    } catch {
      // SQLite has rolled back by itself on some errors; there is nothing left to undo then.
    }
  }

  #prepare(sql: string): Statement {
    let statement = this.#statements.get(sql);
    if (statement === undefined) this.#statements.set(sql, (statement = this.#database.prepare(sql)));
    return statement;
  }

  #run(sql: string, ...values: SqlValue[]): void {
    this.#openBatch();
    this.#prepare(sql).run(...values);
  }

  #one(sql: string, ...values: SqlValue[]): unknown {
    const row = this.#prepare(sql).get(...values) as { record: string } | undefined;
    return row === undefined ? undefined : recordFromJson(row.record);
  }

  #all(sql: string, ...values: SqlValue[]): unknown[] {
    return (this.#prepare(sql).all(...values) as { record: string }[]).map((row) => recordFromJson(row.record));
  }

  #exists(sql: string, value: string): boolean {
    return this.#prepare(sql).get(value) !== undefined;
  }

  putAccount(account: AccountRecord): void {
    this.#run(
      `INSERT INTO account (id, thumbprint, eab_kid, record) VALUES (?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET thumbprint = excluded.thumbprint, eab_kid = excluded.eab_kid, record = excluded.record`,
      account.id,
      account.thumbprint,
      account.eabKid ?? null,
      recordToJson(account),
    );
  }

  accountById(id: string): AccountRecord | undefined {
    return this.#one('SELECT record FROM account WHERE id = ?', id) as AccountRecord | undefined;
  }

  accountByThumbprint(thumbprint: string): AccountRecord | undefined {
    return this.#one('SELECT record FROM account WHERE thumbprint = ?', thumbprint) as AccountRecord | undefined;
  }

  isEabKidUsed(eabKid: string): boolean {
    return this.#exists('SELECT 1 FROM account WHERE eab_kid = ? LIMIT 1', eabKid);
  }

  putOrder(order: OrderRecord): void {
    this.#run(
      `INSERT INTO "order" (id, account_id, profile, identifier_set, ends_at, record) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET ends_at = excluded.ends_at, record = excluded.record`,
      order.id,
      order.accountId,
      order.profile,
      order.identifierSet,
      order.certificateSerial === undefined ? order.expiresAt.getTime() : never,
      recordToJson(order),
    );
  }

  orderById(id: string): OrderRecord | undefined {
    return this.#one('SELECT record FROM "order" WHERE id = ?', id) as OrderRecord | undefined;
  }

  ordersOf(accountId: string, page: { readonly after?: string; readonly limit: number }): Page<OrderRecord> {
    const found = this.#all(
      `SELECT record FROM "order" WHERE account_id = ?
       AND sequence > COALESCE((SELECT sequence FROM "order" WHERE id = ?), 0) ORDER BY sequence LIMIT ?`,
      accountId,
      page.after ?? null,
      page.limit + 1,
    ) as OrderRecord[];
    const items = found.slice(0, page.limit);
    const last = items.at(-1);
    return last === undefined || found.length <= page.limit ? { items } : { items, next: last.id };
  }

  latestOrder(query: ReuseQuery & { readonly identifierSet: string }): OrderRecord | undefined {
    return this.#one(
      'SELECT record FROM "order" WHERE account_id = ? AND profile = ? AND identifier_set = ? ORDER BY sequence DESC LIMIT 1',
      query.accountId,
      query.profile,
      query.identifierSet,
    ) as OrderRecord | undefined;
  }

  putAuthorization(authorization: AuthorizationRecord): void {
    this.#run(
      `INSERT INTO authorization (id, account_id, profile, identifier_key, undecided, ends_at, record) VALUES (?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET undecided = excluded.undecided, ends_at = excluded.ends_at, record = excluded.record`,
      authorization.id,
      authorization.accountId,
      authorization.profile,
      authorizationKey(authorization),
      isUndecided(authorization) ? 1 : 0,
      (authorization.validUntilAt ?? authorization.expiresAt).getTime(),
      recordToJson(authorization),
    );
  }

  authorizationById(id: string): AuthorizationRecord | undefined {
    return this.#one('SELECT record FROM authorization WHERE id = ?', id) as AuthorizationRecord | undefined;
  }

  latestAuthorization(query: ReuseQuery & { readonly identifierKey: string }): AuthorizationRecord | undefined {
    return this.#one(
      'SELECT record FROM authorization WHERE account_id = ? AND profile = ? AND identifier_key = ? ORDER BY sequence DESC LIMIT 1',
      query.accountId,
      query.profile,
      query.identifierKey,
    ) as AuthorizationRecord | undefined;
  }

  undecidedAuthorizations(): readonly AuthorizationRecord[] {
    return this.#all('SELECT record FROM authorization WHERE undecided = 1') as readonly AuthorizationRecord[];
  }

  putCertificate(certificate: CertificateRecord): void {
    this.#run(
      `INSERT INTO certificate (serial, issuer_id, spki_hash, not_after, revoked, record) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT (serial) DO UPDATE SET revoked = excluded.revoked, record = excluded.record`,
      certificate.serial,
      certificate.issuerId,
      certificate.spkiHash,
      certificate.notAfterAt.getTime(),
      certificate.revokedAt === undefined ? 0 : 1,
      recordToJson(certificate),
    );
  }

  certificateBySerial(serial: string): CertificateRecord | undefined {
    return this.#one('SELECT record FROM certificate WHERE serial = ?', serial) as CertificateRecord | undefined;
  }

  certificatesOfKey(spkiHash: string): readonly CertificateRecord[] {
    return this.#all('SELECT record FROM certificate WHERE spki_hash = ?', spkiHash) as readonly CertificateRecord[];
  }

  revokedCertificates(issuerId: string, notExpiredBefore: Date): readonly CertificateRecord[] {
    return this.#all(
      'SELECT record FROM certificate WHERE revoked = 1 AND issuer_id = ? AND not_after >= ? ORDER BY serial',
      issuerId,
      notExpiredBefore.getTime(),
    ) as readonly CertificateRecord[];
  }

  blockKey(spkiHash: string): void {
    this.#run('INSERT OR IGNORE INTO blocked_key (spki_hash) VALUES (?)', spkiHash);
  }

  isKeyBlocked(spkiHash: string): boolean {
    return this.#exists('SELECT 1 FROM blocked_key WHERE spki_hash = ?', spkiHash);
  }

  increment(counter: string): number {
    this.#run('INSERT INTO counter (name, value) VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET value = value + 1', counter);
    return (this.#prepare('SELECT value FROM counter WHERE name = ?').get(counter) as { value: number }).value;
  }

  prune(before: Date): void {
    this.#run('DELETE FROM "order" WHERE ends_at < ?', before.getTime());
    this.#run('DELETE FROM authorization WHERE ends_at < ?', before.getTime());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.flush().catch(() => {});
    this.#statements.clear();
    closeDatabase(this.#database);
  }
}
