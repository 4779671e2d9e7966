// A value that cannot slip into a log, an error or JSON by accident.

const placeholder = '[secret]';

/** Wraps a secret. Printing, serialising or inspecting it gives `[secret]`; only {@link Secret.reveal} gives the value. */
export class Secret<T = string> {
  readonly #value: T;

  constructor(value: T) {
    this.#value = value;
  }

  /** The value itself. Grep for this name to find every place that handles secrets. */
  reveal(): T {
    return this.#value;
  }

  toString(): string {
    return placeholder;
  }

  toJSON(): string {
    return placeholder;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return placeholder;
  }
}
