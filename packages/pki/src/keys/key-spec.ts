// What kind of key something is or shall be.
import type { KeyObject } from 'node:crypto';
import { PkiError } from '../errors.ts';

/** The curves that ACME and TLS use, by their JWK names. */
export type Curve = 'P-256' | 'P-384' | 'P-521';

/** Kind and size of a key. */
export type KeySpec =
  | { readonly type: 'ecdsa'; readonly curve: Curve }
  | { readonly type: 'rsa'; readonly bits: number }
  | { readonly type: 'ed25519' };

/** OpenSSL's names of the curves. */
export const opensslCurves = { 'P-256': 'prime256v1', 'P-384': 'secp384r1', 'P-521': 'secp521r1' } as const satisfies Record<Curve, string>;

/** Kind and size of a private or public key. Throws `keyUnsupported` for kinds outside {@link KeySpec}. */
export function describeKey(key: KeyObject): KeySpec {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
  if (type === 'rsa' && details?.modulusLength !== undefined) return { type: 'rsa', bits: details.modulusLength };
  if (type === 'ed25519') return { type: 'ed25519' };
  if (type === 'ec') {
    const found = Object.entries(opensslCurves).find(([, name]) => name === details?.namedCurve);
    if (found !== undefined) return { type: 'ecdsa', curve: found[0] as Curve };
    throw unsupported(`elliptic curve ${details?.namedCurve ?? 'with explicit parameters'}`);
  }
  throw unsupported(`key type ${type ?? 'secret'}`);
}

function unsupported(what: string): PkiError {
  return new PkiError('keyUnsupported', `${what} is not supported`, { hint: 'use ECDSA (P-256, P-384, P-521), RSA or Ed25519' });
}
