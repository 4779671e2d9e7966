// PEM bundles: what HAProxy reads as one certificate, the chain followed by the key. A first line of ours says which
// lineage it was made from, so that a renewed lineage finds its bundles again. Text outside of PEM blocks is skipped.
import { readFileSync } from 'node:fs';

import type { CertificatePaths } from '@certward/engine';
import { type Certificate, encodePem, identifierKey, keysMatch, parseCertificateChain, parsePem, parsePrivateKeyPem } from '@certward/pki';

import { HaproxyError } from './errors.ts';

const mark = '# managed by Certward';

/** A bundle of a lineage as bytes. Throws `bundleUnusable` where its files are missing or do not belong together. */
export function createBundle(paths: CertificatePaths): Uint8Array {
  const chainPem = readPart(paths.fullchain);
  const keyPem = readPart(paths.privkey);
  const leaf = tryLeaf(chainPem);
  if (leaf === undefined) throw new HaproxyError('bundleUnusable', `"${paths.fullchain}" has no certificate`, { details: { path: paths.fullchain } });
  if (!keysMatch(parsePrivateKeyPem(keyPem), leaf.publicKey)) {
    throw new HaproxyError('bundleUnusable', `the key "${paths.privkey}" does not belong to the certificate "${paths.fullchain}"`, { details: { path: paths.privkey } });
  }
  const blocks = [...parsePem(chainPem), ...parsePem(keyPem)].map(({ label, bytes }) => encodePem(label, bytes));
  return Buffer.from(`${mark}: ${JSON.stringify({ fullchain: paths.fullchain, privkey: paths.privkey })}\n${blocks.map((block) => `${block.trimEnd()}\n`).join('')}`);
}

/** What the run-time interface takes: the blocks alone, because an empty line would end it. */
export function bundlePayload(bundle: Uint8Array): string {
  return Buffer.from(bundle).toString('latin1').split(/\r?\n/).filter((line) => line !== '' && !line.startsWith('#')).join('\n');
}

/** The lineage files that a bundle of ours was made from; undefined for other files. */
export function bundleSource(bundle: Uint8Array): CertificatePaths | undefined {
  const text = Buffer.from(bundle).toString('utf8');
  if (!text.startsWith(`${mark}: `)) return undefined;
  const line = text.slice(mark.length + 2, text.indexOf('\n'));
  try {
    const source: unknown = JSON.parse(line);
    if (typeof source !== 'object' || source === null || !('fullchain' in source) || !('privkey' in source)) return undefined;
    const { fullchain, privkey } = source;
    return typeof fullchain === 'string' && typeof privkey === 'string' ? { fullchain, privkey, cert: '', chain: '' } : undefined;
  } catch {
    return undefined;
  }
}

/** The leaf of a PEM file; undefined where there is none that can be read. */
export function tryLeaf(pem: string): Certificate | undefined {
  try {
    return parseCertificateChain(pem)[0];
  } catch {
    return undefined;
  }
}

/** The names in a PEM file's leaf, as keys that can be compared; none where it has no certificate. */
export function namesInFile(path: string): readonly string[] {
  let pem: string;
  try {
    pem = readFileSync(path, 'latin1');
  } catch {
    return [];
  }
  return tryLeaf(pem)?.identifiers.map(identifierKey) ?? [];
}

function readPart(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch (cause) {
    throw new HaproxyError('bundleUnusable', `cannot read "${path}"`, { cause, details: { path } });
  }
}
