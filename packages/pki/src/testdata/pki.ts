// Keys and certificates that several tests share. Made once per test file; nothing here depends on the present time.
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { createCertificate, type CertificateOptions, type Issuer, type KeySpec } from '../index.ts';

/** One key of every supported kind, by a name for test titles. */
export const specs: readonly (readonly [string, KeySpec])[] = [
  ['P-256', { type: 'ecdsa', curve: 'P-256' }],
  ['P-384', { type: 'ecdsa', curve: 'P-384' }],
  ['P-521', { type: 'ecdsa', curve: 'P-521' }],
  ['RSA 2048', { type: 'rsa', bits: 2048 }],
  ['Ed25519', { type: 'ed25519' }],
];

/** A fresh P-256 private key. */
export function ecKey(): KeyObject {
  return generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey;
}

export const notBefore = new Date('2026-01-02T03:04:05Z');
export const notAfter = new Date('2046-01-02T03:04:04Z');

/** A root with a fresh key. */
export function createRoot(commonName: string, options: Partial<CertificateOptions> = {}): Issuer {
  const key = ecKey();
  const certificate = createCertificate({
    subjectPublicKey: key,
    issuer: 'self',
    subject: { commonName },
    serialBytes: Uint8Array.of(1),
    notBefore,
    notAfter,
    isCa: true,
    ...options,
  });
  return { key, certificate };
}

/** A CA or leaf below `issuer`. */
export function createBelow(issuer: Issuer, options: Partial<CertificateOptions> = {}): Issuer {
  const key = ecKey();
  const certificate = createCertificate({ subjectPublicKey: key, issuer, serialBytes: Uint8Array.of(2), notBefore, notAfter, ...options });
  return { key, certificate };
}
