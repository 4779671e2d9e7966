// The name under which a CA gives renewal information about a certificate (RFC 9773 §4.1).
import { base64urlEncode } from '../encoding/base64url.ts';
import { PkiError } from '../errors.ts';
import type { Certificate } from './certificate.ts';

/**
 * `base64url(AKI key identifier) "." base64url(serial octets)`, the serial with its leading 00 where it has one.
 * Throws `certificateIncomplete` for a certificate without key identifier of its issuer.
 */
export function renewalInfoCertId(certificate: Certificate): string {
  const { authorityKeyId, serialBytes } = certificate;
  if (authorityKeyId === undefined) {
    throw new PkiError('certificateIncomplete', 'certificate has no authority key identifier, so it has no renewal information');
  }
  return `${base64urlEncode(authorityKeyId)}.${base64urlEncode(serialBytes)}`;
}
