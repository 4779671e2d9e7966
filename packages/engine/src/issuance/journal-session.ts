// The open entry of one issuance: every change is durable before the promise resolves, in the order of the calls.
import type { Journal, JournalEntry } from '../ports.ts';

/** One entry of a {@link Journal} while its issuance runs. */
export class JournalSession {
  readonly #journal: Journal;
  #entry: JournalEntry;
  #isSaved: boolean;
  #writes: Promise<void> = Promise.resolve();

  constructor(journal: Journal, entry: JournalEntry, { isSaved }: { readonly isSaved: boolean }) {
    this.#journal = journal;
    this.#entry = entry;
    this.#isSaved = isSaved;
  }

  get entry(): JournalEntry {
    return this.#entry;
  }

  /** Changes the entry. A rejected write leaves the change in memory: the next update carries it. */
  update(change: Partial<Omit<JournalEntry, 'id'>>): Promise<void> {
    const entry = { ...this.#entry, ...change };
    this.#entry = entry;
    this.#isSaved = true;
    return this.#inTurn(() => this.#journal.save(entry));
  }

  /** Changes the entry in memory; {@link JournalSession.save} or any other write carries it. For what may be done twice. */
  note(change: Partial<Omit<JournalEntry, 'id'>>): void {
    this.#entry = { ...this.#entry, ...change };
  }

  /** Writes what was noted, unless there is no entry yet. */
  async save(): Promise<void> {
    if (this.#isSaved) await this.update({});
  }

  /** Keys are files of their own: writing one does not wait for the entry. */
  saveKey(keyId: string, privateKeyPem: string): Promise<void> {
    return this.#journal.saveKey(this.#entry.id, keyId, privateKeyPem);
  }

  loadKey(): Promise<string | undefined> {
    const { id, keyId } = this.#entry;
    return keyId === undefined ? Promise.resolve(undefined) : this.#journal.loadKey(id, keyId);
  }

  /** Forgets order, key and certificate. Presentations that are still there stay known under the same id. */
  async forgetOrder(): Promise<void> {
    const { id, directoryUrl, accountUrl, identifiers, startedAt, presentations } = this.#entry;
    const rest: JournalEntry = { id, directoryUrl, accountUrl, identifiers, startedAt, order: { state: 'none' }, presentations, finalizing: false };
    this.#entry = rest;
    if (!this.#isSaved) return;
    this.#isSaved = presentations.length > 0;
    await this.#inTurn(async () => {
      // Saved first where something is left: a crash in between must not lose what has to be removed.
      if (presentations.length > 0) await this.#journal.save(rest);
      else await this.#journal.remove(id);
    });
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const turn = this.#writes.then(work);
    this.#writes = turn.catch(() => undefined);
    return turn;
  }
}
