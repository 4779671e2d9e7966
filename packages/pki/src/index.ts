// Everything that @certward/pki offers. Pure bytes: nothing here reads files, waits, or talks to anybody.
export { PkiError, type PkiErrorCode } from './errors.ts';
export { concatBytes, equalBytes, fromHex, toHex } from './encoding/bytes.ts';
export { base64urlDecode, base64urlEncode } from './encoding/base64url.ts';
export { encodePem, parsePem, type PemBlock, splitPemChain } from './pem.ts';

// Names
export { type DnsNameOptions, parseDnsName } from './names/dns-name.ts';
export { formatIp, reverseName, tryParseIp } from './names/ip-address.ts';
export {
  baseName,
  type Identifier,
  identifierKey,
  isWildcard,
  parseIdentifier,
  parseIpAddress,
  sameIdentifiers,
} from './names/identifier.ts';

// Keys
export { type Curve, describeKey, type KeySpec } from './keys/key-spec.ts';
export { generatePrivateKey } from './keys/generate.ts';
export { parsePrivateKeyPem, privateKeyToPem } from './keys/private-key-pem.ts';
export { type KeyOrCarrier, keysMatch, publicKeyFromSpki, publicKeyOf, publicKeyToPem, spkiDer } from './keys/public-key.ts';

// DER
export { DerCursor, type DerCursorOptions } from './der/cursor.ts';
export { type DerElement, readDer } from './der/element.ts';
export { decodeOid } from './der/oid.ts';
export { der } from './der/writer.ts';
export { type ExtendedKeyUsage, extendedKeyUsageOids, type KeyUsage, oids } from './oids.ts';

// Certificate requests and certificates
export { createCsr, type CsrOptions } from './x509/csr-create.ts';
export { type Csr, parseCsr } from './x509/csr-parse.ts';
export type { Certificate } from './x509/certificate.ts';
export { parseCertificate, parseCertificateChain } from './x509/certificate-parse.ts';
export { isIssuedBy, orderChain, verifySignature } from './x509/chain.ts';
export { type Extension } from './x509/extensions.ts';
export type { OtherName } from './x509/general-names.ts';
export type { DistinguishedName } from './x509/distinguished-name.ts';
export { renewalInfoCertId } from './x509/renewal-info-id.ts';
export { type CertificateOptions, createCertificate, type Issuer } from './x509/issue.ts';
export { type AcmeTlsAlpnOptions, createAcmeTlsAlpnCertificate } from './x509/tls-alpn.ts';
export { createCrl, type CrlOptions, type RevokedCertificate } from './x509/crl.ts';

// JOSE
export { jwkThumbprint, jwkToPrivateKey, jwkToPublicKey, type Jwk, parsePublicJwk, type PrivateJwk, privateJwk, publicJwk } from './jose/jwk.ts';
export { type HmacAlgorithm, type JwsAlgorithm, jwsAlgorithmOf } from './jose/algorithms.ts';
export { type FlattenedJws, type JwsContent, signHmacJws, signJws } from './jose/jws-sign.ts';
export { parseFlattenedJws, type ParsedJws } from './jose/jws-parse.ts';
export { verifyHmacJws, verifyJws } from './jose/jws-verify.ts';
