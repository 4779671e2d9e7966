// Whether the halves of a loaded key pair belong together. The platform loads pairs whose numbers were mixed up,
// and signs with them; the first to notice would be a CA, with an answer that misleads.
import { type KeyObject, sign, verify } from 'node:crypto';
import { publicKeyOf } from './public-key.ts';

const sample = Buffer.from('key pair consistency');

/** True when a signature by `privateKey` verifies under the public key that it carries. Costs one signature. */
export function isConsistent(privateKey: KeyObject): boolean {
  const hash = privateKey.asymmetricKeyType === 'ed25519' ? null : 'sha256';
  try {
    return verify(hash, sample, publicKeyOf(privateKey), sign(hash, sample, privateKey));
  } catch {
    return false;
  }
}
