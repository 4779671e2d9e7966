// Waking a poll early: whoever sees the CA's validation request arrive knows that asking again is worth it now.

/** Something that says "it happened". Poll options take one. */
export interface WakeSource {
  /** Calls `listener` for every event from now on, and once at once if any came before. Returns how to stop. */
  subscribe(listener: () => void): () => void;
}

/** A source that is woken by hand. */
export interface Wake extends WakeSource {
  /** Something happened: pending polls ask at once. */
  wake(): void;
}

/** A {@link Wake}. */
export function createWake(): Wake {
  const listeners = new Set<() => void>();
  let woken = false;
  return {
    subscribe(listener) {
      listeners.add(listener);
      if (woken) listener();
      return () => listeners.delete(listener);
    },
    wake() {
      woken = true;
      for (const listener of listeners) listener();
    },
  };
}

/** A source that wakes when each of `promises` settles, however it settles. */
export function wakeOn(promises: Iterable<Promise<unknown>>): WakeSource {
  const wake = createWake();
  const ring = () => wake.wake();
  for (const promise of promises) promise.then(ring, ring);
  return wake;
}
