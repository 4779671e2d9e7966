// Certificate revocation lists, version 2 (RFC 5280 §5).
import { der } from '../der/writer.ts';
import { keyIdOf } from '../keys/public-key.ts';
import { signatureAlgorithmFor, signStructure } from '../keys/signature.ts';
import { encodePem } from '../pem.ts';
import { extensions } from './extensions.ts';
import type { Issuer } from './issue.ts';

/** One revoked certificate. */
export interface RevokedCertificate {
  /** Serial octets as the certificate has them; a leading 00 makes no difference. */
  readonly serialBytes: Uint8Array;
  readonly revokedAt: Date;
  /** CRLReason (RFC 5280 §5.3.1). 0, unspecified, is left out as the RFC asks. Default 0. */
  readonly reason?: number | undefined;
}

/** What goes into a CRL. */
export interface CrlOptions {
  readonly issuer: Issuer;
  readonly revoked: readonly RevokedCertificate[];
  /** Grows with every CRL of the issuer (RFC 5280 §5.2.3). */
  readonly number: number | bigint;
  readonly thisUpdate: Date;
  readonly nextUpdate: Date;
}

/** A signed CRL. */
export function createCrl(options: CrlOptions): { readonly der: Uint8Array; readonly pem: string } {
  const { issuer, revoked } = options;
  const keyId = issuer.certificate.subjectKeyId ?? keyIdOf(issuer.certificate.spkiDer);
  const tbs = der.sequence([
    der.integer(1),
    signatureAlgorithmFor(issuer.key),
    issuer.certificate.subjectDer,
    der.time(options.thisUpdate),
    der.time(options.nextUpdate),
    // RFC 5280 §5.1.2.6: without entries the list itself must be absent.
    ...(revoked.length === 0 ? [] : [der.sequence(revoked.map(entry))]),
    der.explicit(0, [der.sequence([extensions.authorityKeyId(keyId), extensions.crlNumber(options.number)])]),
  ]);
  const signed = signStructure(tbs, issuer.key);
  return { der: signed, pem: encodePem('X509 CRL', signed) };
}

function entry({ serialBytes, revokedAt, reason = 0 }: RevokedCertificate): Uint8Array {
  const reasons = reason === 0 ? [] : [der.sequence([extensions.reasonCode(reason)])];
  return der.sequence([der.integer(serialBytes), der.time(revokedAt), ...reasons]);
}
