// Single-use anti-replay values (RFC 8555 §6.5). Kept in memory: a restart makes all old ones bad, which clients must survive.
import { type Clock, type Random, systemClock, systemRandom } from '@certward/base';
import { base64urlEncode } from '@certward/pki';

/** Enough for 65,536 unanswered requests; beyond it the oldest is forgotten, so memory stays bounded. */
const defaultCapacity = 65_536;
/** A value handed out longer ago than this is stale. */
const lifetimeMs = 60 * 60 * 1000;

/** Issues and redeems nonces. */
export class NonceStore {
  readonly #issuedAtMs = new Map<string, number>();
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #capacity: number;

  constructor(options: { readonly clock?: Clock; readonly random?: Random; readonly capacity?: number } = {}) {
    this.#clock = options.clock ?? systemClock;
    this.#random = options.random ?? systemRandom;
    this.#capacity = options.capacity ?? defaultCapacity;
  }

  /** A fresh value. */
  issue(): string {
    // A map iterates in insertion order, so its first key is the oldest value.
    if (this.#issuedAtMs.size >= this.#capacity) this.#issuedAtMs.delete(this.#issuedAtMs.keys().next().value as string);
    const nonce = base64urlEncode(this.#random.bytes(16));
    this.#issuedAtMs.set(nonce, this.#clock.now().getTime());
    return nonce;
  }

  /** Uses a value up; false where it was never issued, was used before, or is too old. */
  redeem(nonce: string): boolean {
    const issuedAtMs = this.#issuedAtMs.get(nonce);
    if (issuedAtMs === undefined) return false;
    this.#issuedAtMs.delete(nonce);
    return this.#clock.now().getTime() - issuedAtMs < lifetimeMs;
  }
}
