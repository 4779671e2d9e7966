// What every kind of lock gives back.

/** A lock that is held until `release` is called or the process ends. */
export interface HeldLock {
  readonly path: string;
  /** Gives it up. Must be called at most once. */
  release(): void;
}
