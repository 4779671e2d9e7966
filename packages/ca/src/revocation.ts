// Ends certificates before their time, and remembers compromised keys.
import { createHash, type KeyObject } from 'node:crypto';
import { spkiDer, toHex } from '@certward/pki';
import type { CaContext } from './context.ts';
import type { CertificateRecord } from './model.ts';

/** Marks a certificate as revoked; the next CRL lists it. */
export function revokeCertificate(ca: CaContext, certificate: CertificateRecord, reason: number): void {
  ca.store.putCertificate({ ...certificate, revokedAt: ca.clock.now(), revocationReason: reason });
  ca.revocationLists.forget(certificate.issuerId);
  ca.log.info('certificate revoked', { certificate: certificate.serial, reason });
}

/** Hex SHA-256 of a SubjectPublicKeyInfo: the name of a key. */
export function hashOfSpki(spki: Uint8Array): string {
  return toHex(createHash('sha256').update(spki).digest());
}

/** True where somebody proved that this key is compromised. */
export function isKeyBlocked(ca: Pick<CaContext, 'store'>, key: KeyObject): boolean {
  return ca.store.isKeyBlocked(hashOfSpki(spkiDer(key)));
}
