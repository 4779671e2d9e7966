// Signature algorithms of JWS (RFC 7518 §3, RFC 8037 §3.1) and the keys they go with.
import type { KeyObject } from 'node:crypto';
import { assertNever } from '@certward/base';
import { type Curve, describeKey } from '../keys/key-spec.ts';

/** Algorithms that sign ACME requests. `none` and the MACs are not among them (RFC 8555 §6.2). */
export type JwsAlgorithm = 'ES256' | 'ES384' | 'ES512' | 'RS256' | 'EdDSA';

/** Algorithms that bind an external account (RFC 8555 §7.3.4). */
export type HmacAlgorithm = 'HS256' | 'HS384' | 'HS512';

const ofCurve = { 'P-256': 'ES256', 'P-384': 'ES384', 'P-521': 'ES512' } as const satisfies Record<Curve, JwsAlgorithm>;

/** Hash of each algorithm; null where it hashes by itself. */
export const jwsHashes = {
  ES256: 'sha256',
  ES384: 'sha384',
  ES512: 'sha512',
  RS256: 'sha256',
  EdDSA: null,
} as const satisfies Record<JwsAlgorithm, string | null>;

/** Hash of each MAC. */
export const hmacHashes = { HS256: 'sha256', HS384: 'sha384', HS512: 'sha512' } as const satisfies Record<HmacAlgorithm, string>;

/** The one algorithm that a key signs with. Throws `keyUnsupported` for kinds outside `KeySpec`. */
export function jwsAlgorithmOf(key: KeyObject): JwsAlgorithm {
  const spec = describeKey(key);
  switch (spec.type) {
    case 'ecdsa':
      return ofCurve[spec.curve];
    case 'rsa':
      return 'RS256';
    case 'ed25519':
      return 'EdDSA';
    default:
      return assertNever(spec);
  }
}
