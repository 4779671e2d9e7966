// Public keys as SubjectPublicKeyInfo (RFC 5280 §4.1.2.7), the form in which certificates and CSRs carry them.
import { type KeyObject, createHash, createPublicKey } from 'node:crypto';
import { equalBytes } from '../encoding/bytes.ts';
import { DerCursor } from '../der/cursor.ts';
import { tags } from '../der/tags.ts';
import { PkiError } from '../errors.ts';
import { encodePem } from '../pem.ts';

/** Deriving and encoding a public key costs as much as a signature, and an issuance asks for one several times. */
const publicHalves = new WeakMap<KeyObject, KeyObject>();
const encodings = new WeakMap<KeyObject, Uint8Array>();

/** The public half of a private key; a public key is returned as it is. */
export function publicKeyOf(key: KeyObject): KeyObject {
  if (key.type !== 'private') return key;
  const known = publicHalves.get(key);
  if (known !== undefined) return known;
  const derived = createPublicKey(key);
  publicHalves.set(key, derived);
  return derived;
}

/** SubjectPublicKeyInfo of a private or public key. The bytes are shared: do not change them. */
export function spkiDer(key: KeyObject): Uint8Array {
  const known = encodings.get(key);
  if (known !== undefined) return known;
  const encoded = new Uint8Array(publicKeyOf(key).export({ format: 'der', type: 'spki' }));
  encodings.set(key, encoded);
  return encoded;
}

/** SubjectPublicKeyInfo as PEM, 64 columns and a final newline: the very text that Certbot's account ids are hashes of. */
export function publicKeyToPem(key: KeyObject): string {
  return encodePem('PUBLIC KEY', spkiDer(key));
}

/** A key, or something that carries one as it was sent: a certificate, a CSR. */
export type KeyOrCarrier = KeyObject | { readonly spkiDer: Uint8Array };

/** Whether two keys, private or public or inside a certificate, are halves of the same pair. */
export function keysMatch(a: KeyOrCarrier, b: KeyOrCarrier): boolean {
  return equalBytes(encodingOf(a), encodingOf(b));
}

function encodingOf(key: KeyOrCarrier): Uint8Array {
  return 'spkiDer' in key ? key.spkiDer : spkiDer(key);
}

/** The public key in a SubjectPublicKeyInfo. Throws `keyMalformed` when it cannot be read. */
export function publicKeyFromSpki(der: Uint8Array): KeyObject {
  try {
    return createPublicKey({ key: Buffer.from(der), format: 'der', type: 'spki' });
  } catch (error) {
    throw new PkiError('keyMalformed', 'public key cannot be read', { cause: error });
  }
}

/** Key identifier of RFC 7093 §2 method 1: the first 160 bits of the SHA-256 of the bare public key. */
export function keyIdOf(spki: Uint8Array): Uint8Array {
  const members = new DerCursor(spki).next(tags.sequence).enter();
  const bits = members.next(tags.sequence).next(tags.bitString).content();
  return new Uint8Array(createHash('sha256').update(bits.subarray(1)).digest().subarray(0, 20));
}
