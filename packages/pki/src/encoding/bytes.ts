// Small operations on bytes that the platform lacks or makes long-winded.
import { PkiError } from '../errors.ts';

/** All `parts` one after the other. */
export function concatBytes(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  let length = 0;
  for (const part of parts) length += part.length;
  const whole = new Uint8Array(length);
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

/** Whether both hold the same bytes. Not for secrets: it stops at the first difference. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index++) if (a[index] !== b[index]) return false;
  return true;
}

/** The octets of ASCII text. Throws `derMalformed` for other characters: they must not be smuggled in as truncated octets. */
export function asciiBytes(text: string): Uint8Array {
  // oxlint-disable-next-line no-control-regex -- all of ASCII is what IA5String holds
  if (!/^[\x00-\x7f]*$/.test(text)) throw new PkiError('derMalformed', 'text is not ASCII');
  return new Uint8Array(Buffer.from(text, 'latin1'));
}

/** Lower-case hexadecimal without separators. */
export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex');
}

/** The bytes written as hexadecimal; throws `derMalformed` for anything but pairs of hexadecimal digits. */
export function fromHex(text: string): Uint8Array {
  if (text.length % 2 !== 0 || !/^[0-9a-f]*$/i.test(text)) throw new PkiError('derMalformed', 'text is not hexadecimal');
  return new Uint8Array(Buffer.from(text, 'hex'));
}
