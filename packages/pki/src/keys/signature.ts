// Signatures inside X.509 structures: which AlgorithmIdentifier goes with a key, making them and checking them.
import { type KeyObject, sign, verify } from 'node:crypto';
import { assertNever } from '@certward/base';
import { der } from '../der/writer.ts';
import { PkiError } from '../errors.ts';
import { oids } from '../oids.ts';
import { type Curve, describeKey } from './key-spec.ts';

interface SignatureAlgorithm {
  readonly keyType: 'rsa' | 'ec' | 'ed25519';
  /** Null where the algorithm hashes by itself. */
  readonly hash: 'sha256' | 'sha384' | 'sha512' | null;
}

/** SHA-1 and MD5 are missing on purpose: nothing signed with them is believed. */
const algorithms: Readonly<Record<string, SignatureAlgorithm>> = {
  [oids.sha256WithRsa]: { keyType: 'rsa', hash: 'sha256' },
  [oids.sha384WithRsa]: { keyType: 'rsa', hash: 'sha384' },
  [oids.sha512WithRsa]: { keyType: 'rsa', hash: 'sha512' },
  [oids.ecdsaWithSha256]: { keyType: 'ec', hash: 'sha256' },
  [oids.ecdsaWithSha384]: { keyType: 'ec', hash: 'sha384' },
  [oids.ecdsaWithSha512]: { keyType: 'ec', hash: 'sha512' },
  [oids.ed25519]: { keyType: 'ed25519', hash: null },
};

const curveOids = {
  'P-256': oids.ecdsaWithSha256,
  'P-384': oids.ecdsaWithSha384,
  'P-521': oids.ecdsaWithSha512,
} as const satisfies Record<Curve, string>;

function signatureOidFor(key: KeyObject): string {
  const spec = describeKey(key);
  switch (spec.type) {
    case 'rsa':
      return oids.sha256WithRsa;
    case 'ecdsa':
      return curveOids[spec.curve];
    case 'ed25519':
      return oids.ed25519;
    default:
      return assertNever(spec);
  }
}

/** The AlgorithmIdentifier of signatures that `key` makes. RSA has NULL parameters (RFC 4055 §5), the others none. */
export function signatureAlgorithmFor(key: KeyObject): Uint8Array {
  const oid = signatureOidFor(key);
  return der.sequence(oid === oids.sha256WithRsa ? [der.oid(oid), der.nullValue()] : [der.oid(oid)]);
}

/** The signed structure: `tbs`, algorithm, signature. `tbs` must already name the algorithm where its type asks for it. */
export function signStructure(tbs: Uint8Array, key: KeyObject): Uint8Array {
  const { hash } = algorithms[signatureOidFor(key)] ?? { hash: null };
  const signature = sign(hash, tbs, key);
  return der.sequence([tbs, signatureAlgorithmFor(key), der.bitString(signature)]);
}

/** A signature as found in a certificate or CSR. */
export interface SignedBytes {
  readonly tbs: Uint8Array;
  readonly algorithmOid: string;
  readonly signature: Uint8Array;
}

/** Whether `publicKey` made the signature. Throws `signatureUnsupported` for algorithms that are unknown or broken. */
export function verifySignedBytes(signed: SignedBytes, publicKey: KeyObject): boolean {
  const algorithm = Object.hasOwn(algorithms, signed.algorithmOid) ? algorithms[signed.algorithmOid] : undefined;
  if (algorithm === undefined) {
    throw new PkiError('signatureUnsupported', `signature algorithm ${signed.algorithmOid} is not supported`, { hint: 'sign with SHA-256 or stronger' });
  }
  if (algorithm.keyType !== publicKey.asymmetricKeyType) return false;
  try {
    return verify(algorithm.hash, signed.tbs, publicKey, signed.signature);
  } catch {
    // OpenSSL throws where a signature is not even shaped like one.
    return false;
  }
}
