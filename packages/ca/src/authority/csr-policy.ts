// What a CSR may ask for: exactly the order's names, nothing else (RFC 8555 §7.4), with a key fit for a certificate.
import { AppError } from '@certward/base';
import { type Csr, type Identifier, identifierKey, jwkThumbprint, parseCsr, sameIdentifiers } from '@certward/pki';
import { Problem } from '../problem.ts';
import { checkCertificateKey } from './key-policy.ts';

/** What the CSR is held against. */
export interface CsrDemands {
  readonly identifiers: readonly Identifier[];
  readonly accountThumbprint: string;
}

/** The parsed CSR, its signature verified. Throws `badCSR` with the reason. */
export function checkCsr(csrDer: Uint8Array, { accountThumbprint, identifiers }: CsrDemands): Csr {
  const csr = parse(csrDer);
  // Other SAN types would be names that no challenge covered.
  if (csr.otherNames.length > 0) throw new Problem('badCSR', 'the CSR has alternative names that are neither dns nor ip');
  const wanted = new Set(identifiers.map(identifierKey));
  if (csr.commonName !== undefined && ![`dns:${csr.commonName.toLowerCase()}`, `ip:${csr.commonName}`].some((key) => wanted.has(key))) {
    throw new Problem('badCSR', 'the common name of the CSR is not one of the identifiers of the order');
  }
  if (!sameIdentifiers(csr.identifiers, identifiers)) {
    throw new Problem('badCSR', 'the names of the CSR are not exactly the identifiers of the order');
  }
  checkCertificateKey(csr.publicKey);
  // RFC 8555 §11.1: whoever gets hold of the server's key must not get hold of the account.
  if (jwkThumbprint(csr.publicKey) === accountThumbprint) {
    throw new Problem('badCSR', 'the account key must not be used for a certificate');
  }
  return csr;
}

function parse(csrDer: Uint8Array): Csr {
  try {
    return parseCsr(csrDer);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    throw new Problem('badCSR', error.message, { cause: error });
  }
}
