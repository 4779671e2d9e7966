// The object identifiers that this package knows, by the name their standard gives them.

/** Dotted object identifiers. */
export const oids = {
  // Public keys (RFC 3279, RFC 5480, RFC 8410)
  rsaEncryption: '1.2.840.113549.1.1.1',
  // Signatures (RFC 4055, RFC 5758, RFC 8410)
  sha256WithRsa: '1.2.840.113549.1.1.11',
  sha384WithRsa: '1.2.840.113549.1.1.12',
  sha512WithRsa: '1.2.840.113549.1.1.13',
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
  ecdsaWithSha384: '1.2.840.10045.4.3.3',
  ecdsaWithSha512: '1.2.840.10045.4.3.4',
  ed25519: '1.3.101.112',
  // Names (RFC 5280 appendix A)
  commonName: '2.5.4.3',
  organization: '2.5.4.10',
  // Extensions (RFC 5280 §4.2, §5.2, §5.3)
  subjectKeyId: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  crlNumber: '2.5.29.20',
  reasonCode: '2.5.29.21',
  crlDistributionPoints: '2.5.29.31',
  authorityKeyId: '2.5.29.35',
  extendedKeyUsage: '2.5.29.37',
  authorityInfoAccess: '1.3.6.1.5.5.7.1.1',
  /** Must-staple lives here (RFC 7633). */
  tlsFeature: '1.3.6.1.5.5.7.1.24',
  /** RFC 8737 §6.1. */
  acmeIdentifier: '1.3.6.1.5.5.7.1.31',
  // Access methods (RFC 5280 §4.2.2.1)
  ocsp: '1.3.6.1.5.5.7.48.1',
  caIssuers: '1.3.6.1.5.5.7.48.2',
  // CSR attributes (RFC 2985 §5.4.2)
  extensionRequest: '1.2.840.113549.1.9.14',
} as const;

/** Extended key usages by the names that options and {@link Certificate} use (RFC 5280 §4.2.1.12). */
export const extendedKeyUsageOids = {
  serverAuth: '1.3.6.1.5.5.7.3.1',
  clientAuth: '1.3.6.1.5.5.7.3.2',
  codeSigning: '1.3.6.1.5.5.7.3.3',
  emailProtection: '1.3.6.1.5.5.7.3.4',
  timeStamping: '1.3.6.1.5.5.7.3.8',
  ocspSigning: '1.3.6.1.5.5.7.3.9',
} as const;

/** Name of an extended key usage. */
export type ExtendedKeyUsage = keyof typeof extendedKeyUsageOids;

/** Key usages in the order of their bits (RFC 5280 §4.2.1.3). */
export const keyUsages = [
  'digitalSignature',
  'contentCommitment',
  'keyEncipherment',
  'dataEncipherment',
  'keyAgreement',
  'keyCertSign',
  'crlSign',
  'encipherOnly',
  'decipherOnly',
] as const;

/** Name of a key usage. */
export type KeyUsage = (typeof keyUsages)[number];
