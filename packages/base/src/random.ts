// The one door to randomness: jitter, nonces, serials. Injected like the clock, so that tests can repeat a run.
import { getRandomValues } from 'node:crypto';

/** A source of randomness. */
export interface Random {
  /** `count` bytes fit for cryptographic use. */
  bytes(count: number): Uint8Array;
  /** A number drawn uniformly from [0, 1). */
  fraction(): number;
}

/** The operating system's generator. */
export const systemRandom: Random = {
  bytes: (count) => getRandomValues(new Uint8Array(count)),
  fraction: () => new DataView(getRandomValues(new Uint8Array(4)).buffer).getUint32(0) / 2 ** 32,
};
