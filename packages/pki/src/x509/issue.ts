// Issuing certificates (RFC 5280): leaves and CAs, signed by a CA or by themselves. Policy is the caller's business.
import type { KeyObject } from 'node:crypto';
import { der } from '../der/writer.ts';
import { PkiError } from '../errors.ts';
import { keyIdOf, spkiDer } from '../keys/public-key.ts';
import { signatureAlgorithmFor, signStructure } from '../keys/signature.ts';
import type { Identifier } from '../names/identifier.ts';
import type { ExtendedKeyUsage, KeyUsage } from '../oids.ts';
import { Certificate } from './certificate.ts';
import { type DistinguishedName, encodeName } from './distinguished-name.ts';
import { extensions } from './extensions.ts';

/** A CA's certificate and the private key behind it. */
export interface Issuer {
  readonly key: KeyObject;
  readonly certificate: Certificate;
}

/** What goes into a certificate. */
export interface CertificateOptions {
  /** The key to certify. For a self-signed certificate give the private key: it signs, and its public half goes in. */
  readonly subjectPublicKey: KeyObject;
  readonly issuer: Issuer | 'self';
  /** Default empty, which makes the SAN critical. */
  readonly subject?: DistinguishedName | undefined;
  /** Subject alternative names; none for a CA. */
  readonly identifiers?: readonly Identifier[] | undefined;
  /** Unsigned, 1 to 20 octets, not zero (RFC 5280 §4.1.2.2). A leading 00 is added where the first bit is set. */
  readonly serialBytes: Uint8Array;
  readonly notBefore: Date;
  /** Inclusive. */
  readonly notAfter: Date;
  /** Default false. */
  readonly isCa?: boolean | undefined;
  /** For CAs: how many CAs may follow below. Default unlimited. */
  readonly pathLength?: number | undefined;
  /** Default for CAs certificate and CRL signing; for leaves digital signature, with RSA also key encipherment. */
  readonly keyUsage?: readonly KeyUsage[] | undefined;
  /** Default for CAs none; for leaves server authentication. */
  readonly extendedKeyUsage?: readonly ExtendedKeyUsage[] | undefined;
  readonly crlUrl?: string | undefined;
  readonly ocspUrl?: string | undefined;
  readonly caIssuersUrl?: string | undefined;
  /** Default false. */
  readonly mustStaple?: boolean | undefined;
  /** SHA-256 of a key authorization: makes this a TLS-ALPN-01 certificate (RFC 8737 §3). */
  readonly acmeTlsAlpnDigest?: Uint8Array | undefined;
  /** Default true. */
  readonly includeSubjectKeyId?: boolean | undefined;
}

/** A signed certificate. Throws `certificateOptionInvalid` for serials and validities that RFC 5280 forbids. */
export function createCertificate(options: CertificateOptions): Certificate {
  checkOptions(options);
  const spki = spkiDer(options.subjectPublicKey);
  const subject = encodeName(options.subject ?? {});
  const { issuer } = options;
  const signingKey = issuer === 'self' ? options.subjectPublicKey : issuer.key;
  const tbs = der.sequence([
    der.explicit(0, [der.integer(2)]),
    der.integer(options.serialBytes),
    signatureAlgorithmFor(signingKey),
    issuer === 'self' ? subject : issuer.certificate.subjectDer,
    der.sequence([der.time(options.notBefore), der.time(options.notAfter)]),
    subject,
    spki,
    der.explicit(3, [der.sequence(chooseExtensions(options, spki))]),
  ]);
  return new Certificate(signStructure(tbs, signingKey));
}

function checkOptions(options: CertificateOptions): void {
  const { serialBytes, notBefore, notAfter, issuer, subjectPublicKey } = options;
  const octets = serialBytes.length + ((serialBytes[0] ?? 0) >> 7);
  if (octets > 20 || serialBytes.every((octet) => octet === 0)) {
    throw new PkiError('certificateOptionInvalid', 'a serial number is positive and has at most 20 octets, the sign bit included');
  }
  if (!(notBefore.getTime() <= notAfter.getTime())) throw new PkiError('certificateOptionInvalid', 'validity ends before it begins');
  if (issuer === 'self' && subjectPublicKey.type !== 'private') {
    throw new PkiError('certificateOptionInvalid', 'a self-signed certificate needs the private key');
  }
}

function chooseExtensions(options: CertificateOptions, spki: Uint8Array): Uint8Array[] {
  const { isCa = false, identifiers = [] } = options;
  const subjectIsEmpty = options.subject?.commonName === undefined && options.subject?.organization === undefined;
  const keyUsage = options.keyUsage ?? defaultKeyUsage(isCa, options.subjectPublicKey);
  const extendedKeyUsage = options.extendedKeyUsage ?? (isCa ? [] : (['serverAuth'] as const));
  return [
    ...when(keyUsage.length > 0, () => extensions.keyUsage(keyUsage)),
    ...when(extendedKeyUsage.length > 0, () => extensions.extendedKeyUsage(extendedKeyUsage)),
    extensions.basicConstraints(isCa, options.pathLength),
    ...when(options.includeSubjectKeyId ?? true, () => extensions.subjectKeyId(keyIdOf(spki))),
    ...present(issuerKeyId(options.issuer), extensions.authorityKeyId),
    ...when(options.ocspUrl !== undefined || options.caIssuersUrl !== undefined, () =>
      extensions.authorityInfoAccess({ ocsp: options.ocspUrl, caIssuers: options.caIssuersUrl }),
    ),
    ...when(identifiers.length > 0, () => extensions.subjectAltName(identifiers, subjectIsEmpty)),
    ...present(options.crlUrl, extensions.crlDistributionPoint),
    ...when(options.mustStaple === true, extensions.mustStaple),
    ...present(options.acmeTlsAlpnDigest, extensions.acmeIdentifier),
  ];
}

function when(condition: boolean, make: () => Uint8Array): Uint8Array[] {
  return condition ? [make()] : [];
}

function present<T>(value: T | undefined, make: (value: T) => Uint8Array): Uint8Array[] {
  return value === undefined ? [] : [make(value)];
}

function defaultKeyUsage(isCa: boolean, key: KeyObject): readonly KeyUsage[] {
  if (isCa) return ['digitalSignature', 'keyCertSign', 'crlSign'];
  return key.asymmetricKeyType === 'rsa' ? ['digitalSignature', 'keyEncipherment'] : ['digitalSignature'];
}

/** RFC 5280 §4.2.1.1: a self-signed certificate may leave its issuer's key identifier out. */
function issuerKeyId(issuer: Issuer | 'self'): Uint8Array | undefined {
  if (issuer === 'self') return undefined;
  return issuer.certificate.subjectKeyId ?? keyIdOf(issuer.certificate.spkiDer);
}
