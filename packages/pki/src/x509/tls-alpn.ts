// The certificate that answers a TLS-ALPN-01 challenge (RFC 8737 §3, RFC 8738 §6).
import { type KeyObject, createHash } from 'node:crypto';
import { type Random, systemRandom } from '@certward/base';
import type { Identifier } from '../names/identifier.ts';
import type { Certificate } from './certificate.ts';
import { createCertificate } from './issue.ts';

const dayMs = 24 * 60 * 60 * 1000;

/** What a challenge certificate is made of. */
export interface AcmeTlsAlpnOptions {
  /** A private key made for this certificate alone. */
  readonly key: KeyObject;
  /** The one name it answers for. */
  readonly identifier: Identifier;
  readonly keyAuthorization: string;
  readonly now: Date;
  /** Source of the serial number. Default the operating system's. */
  readonly random?: Random | undefined;
}

/** Self-signed, one SAN, and the critical acmeIdentifier extension; valid from an hour ago, for clocks that differ, to a week ahead. */
export function createAcmeTlsAlpnCertificate(options: AcmeTlsAlpnOptions): Certificate {
  const { key, identifier, keyAuthorization, now, random = systemRandom } = options;
  return createCertificate({
    subjectPublicKey: key,
    issuer: 'self',
    subject: { commonName: 'acme-tls/1 challenge' },
    identifiers: [identifier],
    serialBytes: Uint8Array.of(1, ...random.bytes(8)),
    notBefore: new Date(now.getTime() - dayMs / 24),
    notAfter: new Date(now.getTime() + 7 * dayMs),
    acmeTlsAlpnDigest: new Uint8Array(createHash('sha256').update(keyAuthorization).digest()),
  });
}
