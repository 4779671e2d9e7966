// Which keys are strong enough, for accounts and for certificates.
import type { KeyObject } from 'node:crypto';
import { describeKey, type JwsAlgorithm, type KeySpec, PkiError } from '@certward/pki';
import { Problem, type ProblemType } from '../problem.ts';

/** The signature algorithms taken from accounts (RFC 8555 §6.2): never none, never a MAC. */
export const jwsAlgorithms: readonly JwsAlgorithm[] = ['ES256', 'ES384', 'ES512', 'RS256', 'EdDSA'];

/** Larger keys only make every signature check dear. */
const rsaBits = { least: 2048, most: 4096 };

/** Throws `badPublicKey` where an account key is too weak or of an unknown kind. */
export function checkAccountKey(key: KeyObject): void {
  checkKey(key, 'badPublicKey');
}

/** Throws `badCSR` where a certificate key is too weak or of a kind that browsers do not take. */
export function checkCertificateKey(key: KeyObject): void {
  const spec = checkKey(key, 'badCSR');
  if (spec.type === 'ed25519') throw new Problem('badCSR', 'Ed25519 keys are not certified: browsers do not take them');
}

function checkKey(key: KeyObject, problem: ProblemType): KeySpec {
  const spec = describe(key, problem);
  if (spec.type !== 'rsa') return spec;
  if (spec.bits < rsaBits.least || spec.bits > rsaBits.most || spec.bits % 8 !== 0) {
    throw new Problem(problem, `RSA keys must have ${rsaBits.least} to ${rsaBits.most} bits, this one has ${spec.bits}`);
  }
  const { publicExponent = 0n } = key.asymmetricKeyDetails ?? {};
  if (publicExponent < 65_537n || publicExponent % 2n === 0n || publicExponent >= 1n << 32n) {
    throw new Problem(problem, 'the public exponent of an RSA key must be odd and at least 65537');
  }
  if (hasSmallFactor(key)) throw new Problem(problem, 'the modulus of the RSA key has a small factor');
  return spec;
}

function describe(key: KeyObject, problem: ProblemType): KeySpec {
  try {
    return describeKey(key);
  } catch (error) {
    if (!(error instanceof PkiError)) throw error;
    throw new Problem(problem, error.message, { cause: error });
  }
}

/** The product of the odd primes below 100: one division finds a factor among them all. */
const smallPrimes = [3n, 5n, 7n, 11n, 13n, 17n, 19n, 23n, 29n, 31n, 37n, 41n, 43n, 47n, 53n, 59n, 61n, 67n, 71n, 73n, 79n, 83n, 89n, 97n];
const product = smallPrimes.reduce((all, prime) => all * prime, 2n);

function hasSmallFactor(key: KeyObject): boolean {
  const modulus = BigInt(`0x${Buffer.from(key.export({ format: 'jwk' }).n ?? 'AQ', 'base64url').toString('hex')}`);
  const rest = modulus % product;
  return rest % 2n === 0n || smallPrimes.some((prime) => rest % prime === 0n);
}
