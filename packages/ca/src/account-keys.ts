// Account keys ready for use: reading a JWK costs more than verifying with it, so the last few thousand are kept.
import type { KeyObject } from 'node:crypto';
import { jwkToPublicKey } from '@certward/pki';
import type { AccountRecord } from './model.ts';

const capacity = 4_096;

/** A bounded cache from key thumbprint to key; a rolled-over key simply has another thumbprint. */
export class AccountKeys {
  readonly #keys = new Map<string, KeyObject>();

  /** The account's present public key. */
  keyOf(account: AccountRecord): KeyObject {
    const cached = this.#keys.get(account.thumbprint);
    if (cached !== undefined) return cached;
    if (this.#keys.size >= capacity) this.#keys.delete(this.#keys.keys().next().value as string);
    const key = jwkToPublicKey(account.jwk);
    this.#keys.set(account.thumbprint, key);
    return key;
  }
}
