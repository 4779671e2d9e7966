// Which key a certificate gets: --key-type, --rsa-key-size, --elliptic-curve.
import type { KeySpec } from '@certward/pki';
import type { Values } from '../args/table.ts';
import { cliError } from '../errors.ts';

const curves = { secp256r1: 'P-256', secp384r1: 'P-384', secp521r1: 'P-521' } as const;

/** The key to generate. Throws `argumentSyntax` for curves, `argumentInvalid` for sizes that no CA takes. */
export function keySpecOf({ keyType, rsaKeySize, ellipticCurve }: Pick<Values, 'keyType' | 'rsaKeySize' | 'ellipticCurve'>): KeySpec {
  if (keyType === 'rsa') {
    if (rsaKeySize < 2048) throw cliError('argumentInvalid', `Unsupported RSA key length: ${rsaKeySize}. It should be at least 2048 bits`);
    if (rsaKeySize > 16_384) throw cliError('argumentInvalid', `unsupported RSA key length: ${rsaKeySize}`, { hint: 'CAs take 2048, 3072 and 4096' });
    return { type: 'rsa', bits: rsaKeySize };
  }
  const name = ellipticCurve.toLowerCase();
  if (Object.hasOwn(curves, name)) return { type: 'ecdsa', curve: curves[name as keyof typeof curves] };
  throw cliError('argumentSyntax', `Unsupported elliptic curve: ${ellipticCurve}`, { hint: `curves are ${Object.keys(curves).join(', ')}` });
}
