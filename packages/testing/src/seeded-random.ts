// Randomness that repeats: the same seed gives the same run.
import type { Random } from '@certward/base';

/** A {@link Random} whose output depends on `seed` alone. Never for keys: it is predictable. */
export function seededRandom(seed: number): Random {
  const next = mulberry32(seed);
  return {
    bytes: (count) => Uint8Array.from({ length: count }, () => next() >>> 24),
    fraction: () => next() / 2 ** 32,
  };
}

/** Mulberry32, a 32-bit generator small enough to read: good spread, no claim to more. */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
}
