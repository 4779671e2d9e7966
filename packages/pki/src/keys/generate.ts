// Making key pairs, off the main thread: an RSA key of 4096 bits takes seconds.
import { type KeyObject, generateKeyPair } from 'node:crypto';
import { promisify } from 'node:util';
import { assertNever } from '@certward/base';
import { PkiError } from '../errors.ts';
import { type KeySpec, opensslCurves } from './key-spec.ts';

const generate = promisify(generateKeyPair);

/**
 * A fresh private key. RSA takes 2048 to 8192 bits in whole octets (CAs take up to 4096); other sizes throw
 * `keyUnsupported`.
 */
export async function generatePrivateKey(spec: KeySpec): Promise<KeyObject> {
  switch (spec.type) {
    case 'ecdsa':
      return (await generate('ec', { namedCurve: opensslCurves[spec.curve] })).privateKey;
    case 'ed25519':
      return (await generate('ed25519')).privateKey;
    case 'rsa':
      checkRsaBits(spec.bits);
      return (await generate('rsa', { modulusLength: spec.bits })).privateKey;
    default:
      return assertNever(spec);
  }
}

function checkRsaBits(bits: number): void {
  if (Number.isInteger(bits) && bits >= 2048 && bits <= 8192 && bits % 8 === 0) return;
  throw new PkiError('keyUnsupported', `RSA keys of ${bits} bits are not supported`, { hint: 'use 2048, 3072 or 4096 bits' });
}
