// Keeps the beginning of a stream of text, so that a program that prints without end costs no memory.

/** Text up to a limit; what comes after is dropped and noted. */
export class CappedText {
  readonly #limit: number;
  #text = '';
  #truncated = false;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get text(): string {
    return this.#text;
  }

  get truncated(): boolean {
    return this.#truncated;
  }

  append(more: string): void {
    const room = this.#limit - this.#text.length;
    if (more.length > room) this.#truncated = true;
    if (room > 0) this.#text += more.slice(0, room);
  }
}
