// How certificates belong together: who issued whom, in which order they form a chain.
import { equalBytes } from '../encoding/bytes.ts';
import { verifySignedBytes } from '../keys/signature.ts';
import { PkiError } from '../errors.ts';
import type { Certificate } from './certificate.ts';

/** Whether names and key identifiers say that `parent` issued `child`. Proves nothing; see {@link verifySignature}. */
export function isIssuedBy(child: Certificate, parent: Certificate): boolean {
  if (!equalBytes(child.issuerDer, parent.subjectDer)) return false;
  const { authorityKeyId } = child;
  const { subjectKeyId } = parent;
  return authorityKeyId === undefined || subjectKeyId === undefined || equalBytes(authorityKeyId, subjectKeyId);
}

/**
 * Whether the key of `parent` made the signature of `child`. False also for algorithms that are unknown or broken
 * (SHA-1), since nothing then speaks for the signature.
 */
export function verifySignature(child: Certificate, parent: Certificate): boolean {
  try {
    const { tbsDer: tbs, signatureAlgorithmOid: algorithmOid, signature } = child;
    return verifySignedBytes({ tbs, algorithmOid, signature }, parent.publicKey);
  } catch (error) {
    if (error instanceof PkiError && (error.code === 'signatureUnsupported' || error.code === 'keyMalformed')) return false;
    throw error;
  }
}

/**
 * The chain that begins at the leaf: each certificate is followed by its issuer. Repeated certificates and those that
 * do not belong to the chain are left out; where the issuer is missing, the chain ends.
 * The leaf is the first certificate that issued none of the others.
 */
export function orderChain(certificates: readonly Certificate[]): Certificate[] {
  const distinct = [...new Map(certificates.map((certificate) => [certificate.fingerprintSha256, certificate])).values()];
  const leaf = distinct.find((candidate) => !distinct.some((other) => other !== candidate && isIssuedBy(other, candidate)));
  const chain: Certificate[] = [];
  // A cycle of cross-signed certificates has no leaf; then the given order decides where to begin.
  for (let next = leaf ?? distinct[0]; next !== undefined; next = issuerAmong(distinct, next, chain)) chain.push(next);
  return chain;
}

function issuerAmong(all: readonly Certificate[], child: Certificate, used: readonly Certificate[]): Certificate | undefined {
  if (child.selfIssued) return undefined;
  return all.find((candidate) => !used.includes(candidate) && isIssuedBy(child, candidate));
}
