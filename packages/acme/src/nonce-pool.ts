// Anti-replay nonces (RFC 8555 §6.5). Guards the pool; the requests that fetch nonces live in session.ts.
import type { Clock } from '@certward/base';

/** Servers keep a finite window of nonces, so hoarding is useless: enough for every connection several times over. */
const mostKept = 32;

/** How many past values are remembered to notice a proxy that hands out the same one again. */
const mostRemembered = 256;

/** Nonces older than this have likely left the server's window (and its process may have restarted). */
const longestAgeMs = 5 * 60_000;

/** Longer values than any server sends; a bound, since we repeat it in a header. */
const longestNonce = 512;

/** Nonces at hand, the newest used first. */
export class NoncePool {
  readonly #clock: Clock;
  readonly #kept: { readonly nonce: string; readonly atMs: number }[] = [];
  readonly #seen = new Set<string>();
  #repeats = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How often a server (or a cache in front of it) handed out a nonce for the second time. */
  get repeats(): number {
    return this.#repeats;
  }

  /** Whether a Replay-Nonce header holds a value that came before. */
  isRepeated(header: string | undefined): boolean {
    return header !== undefined && this.#seen.has(header);
  }

  /**
   * Checks a Replay-Nonce header. Returns it where it is usable: in the base64url alphabet (§6.5.1: others are ignored),
   * and never seen before. The caller decides whether it goes into the pool or straight into a retry.
   */
  accept(header: string | undefined): string | undefined {
    if (header === undefined || header.length > longestNonce || !/^[A-Za-z0-9_-]+$/.test(header)) return undefined;
    if (this.#seen.has(header)) {
      this.#repeats++;
      return undefined;
    }
    this.#seen.add(header);
    if (this.#seen.size > mostRemembered) this.#seen.delete(this.#seen.values().next().value as string);
    return header;
  }

  /** Keeps an accepted nonce for later. The oldest goes when there are too many. */
  put(nonce: string): void {
    this.#kept.push({ nonce, atMs: this.#clock.monotonicMs() });
    if (this.#kept.length > mostKept) this.#kept.shift();
  }

  /** The newest nonce no older than `maxAgeMs`, or undefined: ask the server. */
  take(maxAgeMs = longestAgeMs): string | undefined {
    const newest = this.#kept.pop();
    if (newest === undefined) return undefined;
    if (this.#clock.monotonicMs() - newest.atMs <= maxAgeMs) return newest.nonce;
    // All others are older still.
    if (maxAgeMs >= longestAgeMs) this.#kept.length = 0;
    else this.#kept.push(newest);
    return undefined;
  }

  /** Forgets everything: after a row of refusals they are probably all dead. */
  clear(): void {
    this.#kept.length = 0;
  }
}
