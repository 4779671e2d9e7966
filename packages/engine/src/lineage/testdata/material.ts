// For tests: certificates made on the spot, with their keys, as a CA would hand them out.
import { generateKeyPairSync, type KeyObject } from 'node:crypto';

import { createCertificate, parseIdentifier, privateKeyToPem } from '@certward/pki';

/** A chain and its key as PEM. */
export interface Material {
  readonly fullchainPem: string;
  readonly privateKeyPem: string;
}

let serial = 0;
const caKey = ecKey();
const notBefore = new Date('2026-11-20T00:00:00Z');
const ca = createCertificate({
  subjectPublicKey: caKey,
  issuer: 'self',
  subject: { commonName: 'Test Root' },
  serialBytes: Uint8Array.of(1),
  notBefore,
  notAfter: new Date('2036-11-20T00:00:00Z'),
  isCa: true,
});

/** A certificate for `names`, valid for 90 days (by default from 2026-11-20), and its (new) EC key. */
export function material(names: readonly string[], { key = ecKey(), from = notBefore }: { readonly key?: KeyObject; readonly from?: Date } = {}): Material {
  serial += 1;
  const leaf = createCertificate({
    subjectPublicKey: key,
    issuer: { key: caKey, certificate: ca },
    identifiers: names.map((name) => parseIdentifier(name)),
    serialBytes: Uint8Array.of(0x10, serial >> 8, serial & 0xff),
    notBefore: from,
    notAfter: new Date(from.getTime() + 90 * 86_400_000 - 1000),
  });
  return { fullchainPem: leaf.pem + ca.pem, privateKeyPem: privateKeyToPem(key) };
}

function ecKey(): KeyObject {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
}
