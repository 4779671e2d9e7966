// Hostile mode: the ways in which a certificate authority, or the network before it, disappoints its clients. For tests only.
// Every decision is drawn from the injected Random, so a run can be repeated.
import type { Clock, Random } from '@certward/base';
import type { RouteName } from './handler/routes.ts';

/** How the authority misbehaves. Fractions lie between 0 and 1; whatever is left out does not happen. */
export interface HostileOptions {
  /** Fraction of good nonces that are refused with badNonce. */
  readonly badNonces?: number;
  /** Every answer waits up to this long. */
  readonly slowMs?: number;
  /** Orders list their identifiers and authorizations, authorizations their challenges, in random order. */
  readonly shuffle?: boolean;
  /** Requests refused before they are looked at, with 429 or 503 and Retry-After as seconds or as a date, in turns. */
  readonly refusals?: { readonly fraction: number; readonly retryAfterSeconds: number };
  /** Fraction of requests answered with a gateway's HTML page and status 502. */
  readonly htmlErrors?: number;
  /** Fraction of requests that are carried out, but whose answer is lost with the connection. */
  readonly lostReplies?: number;
  /** Refusals, HTML errors and lost replies strike only these routes. Default: all but the directory. */
  readonly only?: readonly RouteName[];
  /** Serials whose DER content begins with 00. */
  readonly leadingZeroSerials?: boolean;
  /** Challenges stay processing for this long before they are looked at. */
  readonly challengeProcessingMs?: number;
  /** Orders stay processing for this many polls after finalize. */
  readonly finalizeProcessingPolls?: number;
  /** The answer to finalize has no Location. */
  readonly omitFinalizeLocation?: boolean;
}

/** What happens to one request before the handler sees it. */
export type Fate =
  | { readonly kind: 'serve' | 'lose' | 'html' }
  | { readonly kind: 'refuse'; readonly status: 429 | 503; readonly retryAfter: string };

/** Decides, by the options, what goes wrong. Without options nothing does. */
export class Hostile {
  readonly #options: HostileOptions;
  readonly #random: Random;
  readonly #clock: Clock;
  readonly #pollsLeft = new Map<string, number>();
  #refusals = 0;

  constructor(options: HostileOptions, parts: { readonly random: Random; readonly clock: Clock }) {
    this.#options = options;
    this.#random = parts.random;
    this.#clock = parts.clock;
  }

  /** The fate of a request to `route`. */
  drawFate(route: RouteName): Fate {
    const { htmlErrors = 0, lostReplies = 0, only, refusals } = this.#options;
    if (only === undefined ? route === 'directory' : !only.includes(route)) return { kind: 'serve' };
    if (refusals !== undefined && this.#happens(refusals.fraction)) return this.#refusal(refusals.retryAfterSeconds);
    if (this.#happens(htmlErrors)) return { kind: 'html' };
    return { kind: this.#happens(lostReplies) ? 'lose' : 'serve' };
  }

  /** Two statuses times two forms, in turns, so that a short run meets all four. */
  #refusal(seconds: number): Fate {
    const turn = this.#refusals++;
    const date = new Date(this.#clock.now().getTime() + seconds * 1000).toUTCString();
    return { kind: 'refuse', status: turn % 2 === 0 ? 429 : 503, retryAfter: turn % 4 < 2 ? String(seconds) : date };
  }

  /** Waits as long as a slow authority would. */
  async delay(signal?: AbortSignal): Promise<void> {
    const { slowMs = 0 } = this.#options;
    if (slowMs > 0) await this.#clock.sleep(this.#random.fraction() * slowMs, { signal });
  }

  isNonceRefused(): boolean {
    return this.#happens(this.#options.badNonces ?? 0);
  }

  /** The items in random order, or as they are. */
  shuffle<T>(items: readonly T[]): readonly T[] {
    if (this.#options.shuffle !== true) return items;
    return items
      .map((item) => ({ item, rank: this.#random.fraction() }))
      .sort((a, b) => a.rank - b.rank)
      .map(({ item }) => item);
  }

  get challengeProcessingMs(): number {
    return this.#options.challengeProcessingMs ?? 0;
  }

  get omitsFinalizeLocation(): boolean {
    return this.#options.omitFinalizeLocation === true;
  }

  /** True where the order has to be polled first; counts the polls from here on. */
  delaysIssuance(orderId: string): boolean {
    const { finalizeProcessingPolls = 0 } = this.#options;
    if (finalizeProcessingPolls > 0) this.#pollsLeft.set(orderId, finalizeProcessingPolls);
    return finalizeProcessingPolls > 0;
  }

  /** Counts one poll; true while more are wanted. */
  isStillProcessing(orderId: string): boolean {
    const left = (this.#pollsLeft.get(orderId) ?? 0) - 1;
    if (left > 0) this.#pollsLeft.set(orderId, left);
    else this.#pollsLeft.delete(orderId);
    return left > 0;
  }

  /** Serial octets, with a leading 00 where asked for: minimal DER wants the next octet to be 80 or more then. */
  shapeSerial(serial: Uint8Array): Uint8Array {
    if (this.#options.leadingZeroSerials !== true) return serial;
    return Uint8Array.of(0, (serial[0] ?? 0) | 0x80, ...serial.subarray(1));
  }

  #happens(fraction: number): boolean {
    return fraction > 0 && this.#random.fraction() < fraction;
  }
}
