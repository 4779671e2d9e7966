// For tests: the PEM files of a lineage, with a small CA behind it.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { CertificatePaths } from '@certward/engine';
import { type Certificate, createCertificate, generatePrivateKey, type KeySpec, parseIdentifier, privateKeyToPem } from '@certward/pki';

/** What was written, and what it is made of. */
export interface TestLineage {
  readonly paths: CertificatePaths;
  readonly leaf: Certificate;
  readonly issuer: Certificate;
  readonly keyPem: string;
}

/** Writes a lineage into `folder`. */
export async function writeLineage(folder: string, { names = ['mail.test'], serial = 1, key: spec = { type: 'ecdsa', curve: 'P-256' } }: { names?: readonly string[]; serial?: number; key?: KeySpec } = {}): Promise<TestLineage> {
  const [caKey, key] = await Promise.all([generatePrivateKey({ type: 'ecdsa', curve: 'P-256' }), generatePrivateKey(spec)]);
  const validity = { notBefore: new Date('2026-01-01T00:00:00Z'), notAfter: new Date('2046-01-01T00:00:00Z') };
  const issuer = createCertificate({ subjectPublicKey: caKey, issuer: 'self', subject: { commonName: 'Test authority' }, serialBytes: Uint8Array.of(9), isCa: true, ...validity });
  const leaf = createCertificate({ subjectPublicKey: key, issuer: { key: caKey, certificate: issuer }, identifiers: names.map((name) => parseIdentifier(name)), serialBytes: Uint8Array.of(serial), ...validity });
  mkdirSync(folder, { recursive: true });
  const paths = { cert: join(folder, 'cert.pem'), chain: join(folder, 'chain.pem'), fullchain: join(folder, 'fullchain.pem'), privkey: join(folder, 'privkey.pem') };
  const keyPem = privateKeyToPem(key);
  writeFileSync(paths.cert, leaf.pem);
  writeFileSync(paths.chain, issuer.pem);
  writeFileSync(paths.fullchain, leaf.pem + issuer.pem);
  writeFileSync(paths.privkey, keyPem, { mode: 0o600 });
  return { paths, leaf, issuer, keyPem };
}
