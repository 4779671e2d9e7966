// Making JWS in the flattened JSON form, the only one ACME knows (RFC 7515 §7.2.2, RFC 8555 §6.2).
import { type KeyObject, createHmac, sign } from 'node:crypto';
import { base64urlEncode } from '../encoding/base64url.ts';
import { PkiError } from '../errors.ts';
import { type HmacAlgorithm, hmacHashes, jwsAlgorithmOf, jwsHashes } from './algorithms.ts';

/** The three members of a flattened JWS, each in base64url. */
export interface FlattenedJws {
  readonly protected: string;
  readonly payload: string;
  readonly signature: string;
}

/** What is signed. */
export interface JwsContent {
  /** Protected header; `alg` is put in front of it. */
  readonly protected: Readonly<Record<string, unknown>>;
  /** A string counts as its UTF-8 bytes; the empty string makes a POST-as-GET. */
  readonly payload: string | Uint8Array;
}

/** Signs with the algorithm that belongs to the key. Throws `keyUnsupported` for other keys. */
export function signJws(options: JwsContent & { readonly key: KeyObject }): FlattenedJws {
  const { key } = options;
  const algorithm = jwsAlgorithmOf(key);
  return assemble(options, algorithm, (input) =>
    // RFC 7518 §3.4: ECDSA signatures are the bare numbers r and s, each as wide as the curve.
    sign(jwsHashes[algorithm], input, { key, dsaEncoding: 'ieee-p1363' }),
  );
}

/** Makes a JWS with a MAC, as external account bindings need it. */
export function signHmacJws(options: JwsContent & { readonly key: Uint8Array; readonly algorithm: HmacAlgorithm }): FlattenedJws {
  const { key, algorithm } = options;
  if (key.length === 0) throw new PkiError('keyMalformed', 'MAC key is empty');
  return assemble(options, algorithm, (input) => createHmac(hmacHashes[algorithm], key).update(input).digest());
}

function assemble(content: JwsContent, alg: string, signInput: (input: Uint8Array) => Uint8Array): FlattenedJws {
  const header = base64urlEncode(JSON.stringify({ alg, ...content.protected }));
  const payload = base64urlEncode(content.payload);
  return { protected: header, payload, signature: base64urlEncode(signInput(Buffer.from(`${header}.${payload}`))) };
}
