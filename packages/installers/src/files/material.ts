// A lineage's certificate and key as targets need them, checked to belong together before any file is touched.
import type { KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';

import { Secret } from '@certward/base';
import type { CertificatePaths } from '@certward/engine';
import { type Certificate, encodePem, keysMatch, parseCertificateChain, parsePrivateKeyPem, splitPemChain } from '@certward/pki';

import { FileTargetError } from './errors.ts';
import type { PemPart } from './target.ts';

/** What outputs are made from. */
export interface Material {
  /** The leaf first. */
  readonly chain: readonly [Certificate, ...Certificate[]];
  readonly key: Secret<KeyObject>;
  /** The text of a part, as the lineage has it. */
  pem(part: PemPart): string;
}

/** Reads the chain and key that `fullchain` and `privkey` name. Throws `materialInvalid`. */
export function readMaterial(paths: CertificatePaths): Material {
  const fullchain = readPart(paths.fullchain);
  const privkey = new Secret(readPart(paths.privkey));
  const chain = wrap(paths.fullchain, () => parseCertificateChain(fullchain));
  const key = wrap(paths.privkey, () => parsePrivateKeyPem(privkey.reveal()));
  const [leaf, ...others] = chain;
  if (leaf === undefined) throw new FileTargetError('materialInvalid', `"${paths.fullchain}" has no certificate`, { details: { path: paths.fullchain } });
  if (!keysMatch(key, leaf.publicKey)) {
    throw new FileTargetError('materialInvalid', `the key "${paths.privkey}" does not belong to the certificate "${paths.fullchain}"`, { details: { path: paths.privkey } });
  }
  const blocks = splitPemChain(fullchain).map((block) => `${block.trimEnd()}\n`);
  const texts: Record<PemPart, () => string> = {
    cert: () => blocks[0] ?? encodePem('CERTIFICATE', leaf.der),
    chain: () => blocks.slice(1).join(''),
    fullchain: () => blocks.join(''),
    privkey: () => `${privkey.reveal().trimEnd()}\n`,
  };
  return { chain: [leaf, ...others], key: new Secret(key), pem: (part) => texts[part]() };
}

function readPart(path: string): string {
  return wrap(path, () => readFileSync(path, 'latin1'));
}

function wrap<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw new FileTargetError('materialInvalid', `cannot use "${path}"`, { cause, details: { path } });
  }
}
