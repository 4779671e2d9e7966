// A cursor over DER: walks sibling elements without making an object per element, which is what keeps reading
// thousands of certificates cheap. It never recurses and never allocates more than the caller asks for.
import { PkiError } from '../errors.ts';

/** How forgiving a {@link DerCursor} is. */
export interface DerCursorOptions {
  /** Where to start and stop; default the whole of `bytes`. */
  readonly start?: number;
  readonly end?: number;
  /** Accept lengths written with more octets than needed. Only for reading what others signed. Default false. */
  readonly allowLongLengths?: boolean;
}

/** Position among sibling elements. After {@link DerCursor.next}, the fields describe the element just read. */
export class DerCursor {
  readonly bytes: Uint8Array;
  readonly #allowLongLengths: boolean;
  readonly #limit: number;
  #position: number;
  /** Tag octet of the current element. */
  tag = 0;
  /** Offset of its tag octet. */
  start = 0;
  /** Offset of its first content octet. */
  contentStart = 0;
  /** Offset behind its last content octet. */
  end = 0;

  constructor(bytes: Uint8Array, { start = 0, end = bytes.length, allowLongLengths = false }: DerCursorOptions = {}) {
    this.bytes = bytes;
    this.#position = start;
    this.#limit = end;
    this.#allowLongLengths = allowLongLengths;
  }

  /** True when no sibling is left. */
  get done(): boolean {
    return this.#position >= this.#limit;
  }

  /** Tag octet of the next sibling, or -1 behind the last one. */
  peekTag(): number {
    return this.#position < this.#limit ? (this.bytes[this.#position] ?? -1) : -1;
  }

  /** Moves to the next sibling. With `tag`, one of another kind throws `derMalformed`. */
  next(tag?: number): this {
    const { bytes } = this;
    let at = this.#position;
    if (at + 2 > this.#limit) throw new PkiError('derMalformed', 'DER ends where an element should begin');
    const found = bytes[at] ?? 0;
    if (tag !== undefined && found !== tag) {
      throw new PkiError('derMalformed', `expected DER tag 0x${tag.toString(16)}, found 0x${found.toString(16)}`, { details: { offset: at } });
    }
    if ((found & 0x1f) === 0x1f) throw new PkiError('derMalformed', 'DER tag has a high number', { details: { offset: at } });
    this.tag = found;
    this.start = at;
    let length = bytes[at + 1] ?? 0;
    at += 2;
    if (length >= 0x80) {
      const octets = length & 0x7f;
      length = this.#longLength(at, octets);
      at += octets;
    }
    // Compared by subtraction: a hostile length must not wrap around or pass for one that fits.
    if (length > this.#limit - at) throw new PkiError('derMalformed', 'DER element is longer than what holds it', { details: { offset: this.start } });
    this.contentStart = at;
    this.end = at + length;
    this.#position = this.end;
    return this;
  }

  #longLength(at: number, octets: number): number {
    // X.690 §10.1: DER knows no indefinite length; four octets already reach 4 GiB.
    if (octets === 0) throw new PkiError('derMalformed', 'DER element has an indefinite length', { details: { offset: at } });
    if (octets > 4 || at + octets > this.#limit) throw new PkiError('derMalformed', 'DER length is cut off or too long', { details: { offset: at } });
    let length = 0;
    for (let index = 0; index < octets; index++) length = length * 256 + (this.bytes[at + index] ?? 0);
    const isMinimal = length >= 0x80 && (this.bytes[at] ?? 0) !== 0;
    if (!isMinimal && !this.#allowLongLengths) throw new PkiError('derMalformed', 'DER length is not minimal', { details: { offset: at } });
    return length;
  }

  /** Moves on only when the next sibling has `tag`; says whether it did. For OPTIONAL members. */
  nextIf(tag: number): boolean {
    if (this.peekTag() !== tag) return false;
    this.next();
    return true;
  }

  /** A cursor over the members of the current element. */
  enter(): DerCursor {
    return new DerCursor(this.bytes, { start: this.contentStart, end: this.end, allowLongLengths: this.#allowLongLengths });
  }

  /** Content octets of the current element, not copied. */
  content(): Uint8Array {
    return this.bytes.subarray(this.contentStart, this.end);
  }

  /** Content octets of the current element, one character each. */
  latin1(): string {
    const { buffer, byteOffset } = this.bytes;
    return Buffer.from(buffer, byteOffset + this.contentStart, this.end - this.contentStart).toString('latin1');
  }

  /** Whether the content octets of the current element are `expected`. */
  contentIs(expected: Uint8Array): boolean {
    return this.end - this.contentStart === expected.length && this.contentStartsWith(expected);
  }

  /** Whether the content of the current element begins with these octets. */
  contentStartsWith(expected: Uint8Array): boolean {
    if (this.end - this.contentStart < expected.length) return false;
    // From the end: object identifiers, which is what gets compared, differ in their last octets.
    for (let index = expected.length - 1; index >= 0; index--) {
      if (this.bytes[this.contentStart + index] !== expected[index]) return false;
    }
    return true;
  }

  /** What was not read yet, not copied. */
  remaining(): Uint8Array {
    return this.bytes.subarray(this.#position, this.#limit);
  }

  /** The current element with tag and length, not copied. */
  element(): Uint8Array {
    return this.bytes.subarray(this.start, this.end);
  }

  /** Throws `derMalformed` unless all siblings are read. */
  finish(): void {
    if (!this.done) throw new PkiError('derMalformed', 'DER has trailing bytes', { details: { offset: this.#position } });
  }
}
