// What goes into one version: certificate, chain and key as they arrive from the CA, checked before anything is written.
import { keysMatch, parseCertificate, parsePrivateKeyPem, splitPemChain } from '@certward/pki';

import { StoreError } from '../files/errors.ts';

/** The four texts of a version. */
export interface VersionTexts {
  readonly cert: string;
  readonly privkey: string;
  readonly chain: string;
  /** Always `cert` followed by `chain`. */
  readonly fullchain: string;
}

/**
 * Divides a chain as served by the CA (leaf first) and checks that the key is the leaf's.
 * Throws `materialMismatch` for a chain without certificate or a foreign key, and what @certward/pki throws for
 * malformed PEM.
 */
export function versionTexts({ fullchainPem, privateKeyPem }: { readonly fullchainPem: string; readonly privateKeyPem: string }): VersionTexts {
  const [leaf, ...issuers] = splitPemChain(fullchainPem).map(ensureFinalNewline);
  if (leaf === undefined) throw new StoreError('materialMismatch', 'the chain to store holds no certificate');
  if (!keysMatch(parsePrivateKeyPem(privateKeyPem), parseCertificate(leaf))) {
    throw new StoreError('materialMismatch', 'the private key to store does not belong to the certificate');
  }
  const chain = issuers.join('');
  return { cert: leaf, privkey: ensureFinalNewline(privateKeyPem), chain, fullchain: leaf + chain };
}

function ensureFinalNewline(text: string): string {
  return text.endsWith('\n') ? text : `${text}\n`;
}
