// The ways into a certificate: one, from DER or PEM, and the chain in a PEM file.
import { orPkiError, PkiError } from '../errors.ts';
import { isCertificateBlock, looksLikeDer, parsePem } from '../pem.ts';
import { Certificate } from './certificate.ts';

const failure = {
  code: 'certificateMalformed',
  message: 'certificate cannot be read',
  hint: 'the file may be cut off or damaged',
} as const;

/**
 * Reads one certificate in DER or PEM; of several PEM blocks the first certificate counts.
 * Throws `certificateMalformed`, also when there is none.
 */
export function parseCertificate(input: Uint8Array | string): Certificate {
  return orPkiError(() => new Certificate(typeof input === 'string' ? firstBlock(input) : fromBytes(input)), failure);
}

function fromBytes(input: Uint8Array): Uint8Array {
  return looksLikeDer(input) ? input : firstBlock(Buffer.from(input).toString('latin1'));
}

function firstBlock(text: string): Uint8Array {
  const block = parsePem(text).find(isCertificateBlock);
  if (block === undefined) throw new PkiError('certificateMalformed', 'no certificate found', { hint: 'the file needs a block that begins with "-----BEGIN CERTIFICATE-----"' });
  return block.bytes;
}

/** All certificates of a PEM text in their order; other blocks are skipped. Throws `certificateMalformed` when there is none. */
export function parseCertificateChain(pem: string): Certificate[] {
  return orPkiError(() => {
    const chain = parsePem(pem).filter(isCertificateBlock).map((block) => new Certificate(block.bytes));
    if (chain.length === 0) throw new PkiError('certificateMalformed', 'no certificate found');
    return chain;
  }, failure);
}
