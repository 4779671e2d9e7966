// base64url as JOSE and ACME use it: URL-safe alphabet, no padding, one spelling per value (RFC 7515 §2, RFC 8555 §6.1).
import { PkiError } from '../errors.ts';

/** `bytes` (or the UTF-8 bytes of a string) in base64url without padding. */
export function base64urlEncode(bytes: Uint8Array | string): string {
  const buffer = typeof bytes === 'string' ? Buffer.from(bytes) : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  return buffer.toString('base64url');
}

/**
 * The bytes behind `text`. Strict: padding, white space, characters of standard base64, a dangling character and non-zero
 * spare bits throw `base64Malformed`, so that two different texts never mean the same bytes.
 */
export function base64urlDecode(text: string): Uint8Array {
  if (!/^[A-Za-z0-9_-]*$/.test(text) || text.length % 4 === 1) {
    throw new PkiError('base64Malformed', 'text is not base64url without padding');
  }
  const bytes = Buffer.from(text, 'base64url');
  if (bytes.toString('base64url') !== text) throw new PkiError('base64Malformed', 'base64url text has spare bits set');
  return new Uint8Array(bytes);
}
