// Owning several things that must be given back in reverse order. Node 20 has no AsyncDisposableStack.

/** A stack of things to dispose: the last taken goes first. */
export class Resources implements AsyncDisposable {
  #owned: AsyncDisposable[] = [];

  /** Takes a resource over and hands it back. */
  use<T extends AsyncDisposable>(resource: T): T {
    this.#owned.push(resource);
    return resource;
  }

  /** Passes everything to a new stack; disposing this one then does nothing. Call it when the set-up succeeded. */
  move(): Resources {
    const moved = new Resources();
    moved.#owned = this.#owned;
    this.#owned = [];
    return moved;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const errors: unknown[] = [];
    for (let next = this.#owned.pop(); next !== undefined; next = this.#owned.pop()) {
      try {
        await next[Symbol.asyncDispose]();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw new AggregateError(errors, 'some resources could not be given back');
  }
}
