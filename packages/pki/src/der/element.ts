// DER as a tree that is read on demand, for callers who value comfort over speed. Built on the cursor.
import { DerCursor } from './cursor.ts';

/** One element. Nothing below it is read before {@link DerElement.children} is called, so depth costs nothing. */
export interface DerElement {
  /** The tag octet: class, constructed bit and number. */
  readonly tag: number;
  readonly isConstructed: boolean;
  /** Content octets. */
  readonly content: Uint8Array;
  /** The element with tag and length. */
  readonly bytes: Uint8Array;
  /** The elements inside; throws `derMalformed` when the content is not a run of elements. */
  children(): readonly DerElement[];
}

/**
 * Reads `bytes` as exactly one DER element. Strict: indefinite and non-minimal lengths, elements that reach beyond what
 * holds them, and trailing bytes throw `derMalformed`.
 */
export function readDer(bytes: Uint8Array): DerElement {
  const cursor = new DerCursor(bytes).next();
  const element = toElement(cursor);
  cursor.finish();
  return element;
}

function toElement(cursor: DerCursor): DerElement {
  const inside = cursor.enter();
  const { tag } = cursor;
  let children: readonly DerElement[] | undefined;
  return {
    tag,
    isConstructed: (tag & 0x20) !== 0,
    content: cursor.content(),
    bytes: cursor.element(),
    children: () => (children ??= readAll(inside)),
  };
}

function readAll(cursor: DerCursor): readonly DerElement[] {
  const elements: DerElement[] = [];
  while (!cursor.done) elements.push(toElement(cursor.next()));
  return elements;
}
