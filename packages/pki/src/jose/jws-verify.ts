// Checking JWS signatures. The caller says which algorithms it takes; the key decides which one it can be.
import { type KeyObject, createHmac, timingSafeEqual, verify } from 'node:crypto';
import { type HmacAlgorithm, hmacHashes, type JwsAlgorithm, jwsAlgorithmOf, jwsHashes } from './algorithms.ts';
import type { ParsedJws } from './jws-parse.ts';

/**
 * Whether `key` made the signature. False too when the header's `alg` is not among `algorithms` or is not the one that
 * belongs to the key, so that neither `none` nor a swapped algorithm can pass (RFC 8725 §3.1).
 */
export function verifyJws(jws: ParsedJws, key: KeyObject, algorithms: readonly JwsAlgorithm[]): boolean {
  const algorithm = jwsAlgorithmOf(key);
  if (jws.header.alg !== algorithm || !algorithms.includes(algorithm)) return false;
  try {
    return verify(jwsHashes[algorithm], jws.signingInput, { key, dsaEncoding: 'ieee-p1363' }, jws.signature);
  } catch {
    // OpenSSL throws where a signature is not even shaped like one.
    return false;
  }
}

/** Whether the MAC under `key` is right; compared in constant time. */
export function verifyHmacJws(jws: ParsedJws, key: Uint8Array, algorithms: readonly HmacAlgorithm[]): boolean {
  const algorithm = algorithms.find((name) => name === jws.header.alg);
  if (algorithm === undefined || key.length === 0) return false;
  const mac = createHmac(hmacHashes[algorithm], key).update(jws.signingInput).digest();
  return mac.length === jws.signature.length && timingSafeEqual(mac, jws.signature);
}
