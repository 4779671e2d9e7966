// Configuration files are bytes in any encoding. The parser works on strings of one character per byte, so that nothing
// is lost; only what people typed (paths, names) is converted.

/** One character per byte. */
export function textOfBytes(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

/** The bytes of a string made by {@link textOfBytes}. */
export function bytesOfText(text: string): Uint8Array {
  return Buffer.from(text, 'latin1');
}

/** A path or name as it stands in a file: its UTF-8 bytes, one character each. */
export function toFileText(value: string): string {
  return Buffer.from(value, 'utf8').toString('latin1');
}

/** A path or name that stands in a file, for people and system calls. */
export function fromFileText(text: string): string {
  return Buffer.from(text, 'latin1').toString('utf8');
}
