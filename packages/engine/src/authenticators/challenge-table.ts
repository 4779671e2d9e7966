// What a challenge listener answers from: a table, never a path. Several issuances may publish through one table.
import { AuthenticatorError } from './authenticator-error.ts';

interface Row<Value> {
  readonly value: Value;
  /** Presentations that need this row; the same token may be presented by two issuances that share an authorization. */
  readonly presentations: Set<string>;
  readonly asked: Promise<void>;
  readonly markAsked: () => void;
}

/** Maps a token or name to what is published for it, and tells when somebody asked. */
export class ChallengeTable<Value> {
  readonly #rows = new Map<string, Row<Value>>();
  readonly #isSame: (a: Value, b: Value) => boolean;

  constructor(isSame: (a: Value, b: Value) => boolean = (a, b) => a === b) {
    this.#isSame = isSame;
  }

  get isEmpty(): boolean {
    return this.#rows.size === 0;
  }

  /** Publishes `value` under `key` until `presentation` is removed. Throws `challengeConflict` when another value is there. */
  add(key: string, value: Value, presentation: string): void {
    const row = this.#rows.get(key);
    if (row === undefined) {
      this.#rows.set(key, createRow(value, presentation));
      return;
    }
    if (!this.#isSame(row.value, value)) {
      throw new AuthenticatorError('challengeConflict', `another challenge is being answered under "${key}"`, {
        hint: 'try again when the other issuance has finished',
        retry: { afterSeconds: 60 },
      });
    }
    row.presentations.add(presentation);
  }

  get(key: string): Value | undefined {
    return this.#rows.get(key)?.value;
  }

  /** Removes one presentation; the value stays while another presentation needs it. */
  remove(key: string, presentation: string): void {
    const row = this.#rows.get(key);
    if (row === undefined) return;
    row.presentations.delete(presentation);
    if (row.presentations.size === 0) this.#rows.delete(key);
  }

  /** Notes that the value under `key` was handed out. */
  markAsked(key: string): void {
    this.#rows.get(key)?.markAsked();
  }

  /** Resolves once the value under `key` was handed out; never, when nothing is published there. */
  whenAsked(key: string): Promise<void> {
    return this.#rows.get(key)?.asked ?? new Promise(() => {});
  }
}

function createRow<Value>(value: Value, presentation: string): Row<Value> {
  let markAsked = () => {};
  const asked = new Promise<void>((resolve) => {
    markAsked = resolve;
  });
  return { value, presentations: new Set([presentation]), asked, markAsked };
}
