// Certificates on disk, laid out like a lineage.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CertificatePaths } from '@certward/engine';
import { parseCertificate } from '@certward/pki';
import { createServerIdentity } from '@certward/testing';

/** A lineage's files and what a client that is served it sees. */
export interface TestLineage {
  readonly paths: CertificatePaths;
  /** The leaf's DER in hex. */
  readonly leaf: string;
}

/** Writes a fresh certificate for the names below `folder`. */
export async function writeLineage(folder: string, names: readonly string[]): Promise<TestLineage> {
  const identity = await createServerIdentity(names);
  await mkdir(folder, { recursive: true });
  const paths = {
    cert: join(folder, 'cert.pem'),
    chain: join(folder, 'chain.pem'),
    fullchain: join(folder, 'fullchain.pem'),
    privkey: join(folder, 'privkey.pem'),
  };
  await writeFile(paths.cert, identity.certificatePem);
  await writeFile(paths.chain, identity.trustedCaPem);
  await writeFile(paths.fullchain, identity.certificatePem + identity.trustedCaPem);
  await writeFile(paths.privkey, identity.keyPem);
  return { paths, leaf: Buffer.from(parseCertificate(identity.certificatePem).der).toString('hex') };
}
