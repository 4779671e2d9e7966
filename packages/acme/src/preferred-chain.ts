// Choosing among the chains a CA offers for one certificate (RFC 8555 §7.4.2). Pure functions.
import { createHash } from 'node:crypto';

import type { Certificate } from '@certward/pki';

/** Says whether a chain (leaf first, root usually absent) is the wanted one. */
export type ChainMatcher = (chain: readonly Certificate[]) => boolean;

/**
 * The first chain that `matcher` takes, or whose topmost certificate names `preferredChain` as its issuer's common name
 * (Certbot's rule). Undefined when none does, or when nothing was preferred.
 */
export function pickChain<C extends { readonly certificates: readonly Certificate[] }>(
  chains: readonly C[],
  preference: { readonly preferredChain?: string | undefined; readonly matcher?: ChainMatcher | undefined },
): C | undefined {
  const { preferredChain, matcher } = preference;
  if (matcher !== undefined) return chains.find(({ certificates }) => matcher(certificates));
  if (preferredChain === undefined) return undefined;
  return chains.find(({ certificates }) => certificates.at(-1)?.issuerCommonName === preferredChain);
}

/**
 * Matches chains that end at the root with this subject key identifier, or contain it. Unlike names, a key identifier
 * cannot be given to another root by accident.
 */
export function chainEndsAtKeyId(subjectKeyId: Uint8Array): ChainMatcher {
  return (chain) => {
    const top = chain.at(-1);
    return sameBytes(top?.authorityKeyId, subjectKeyId) || sameBytes(top?.subjectKeyId, subjectKeyId);
  };
}

/** Matches chains that contain a certificate whose public key has this SHA-256 (hex, of the SubjectPublicKeyInfo). */
export function chainContainsSpki(spkiSha256: string): ChainMatcher {
  const wanted = spkiSha256.toLowerCase().replaceAll(':', '');
  return (chain) => chain.some((certificate) => createHash('sha256').update(certificate.spkiDer).digest('hex') === wanted);
}

function sameBytes(some: Uint8Array | undefined, others: Uint8Array): boolean {
  return some !== undefined && Buffer.from(some).equals(others);
}
