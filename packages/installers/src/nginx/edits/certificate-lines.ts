// The lines that name a certificate and its key. A block may have two pairs, one of RSA and one of ECDSA.
import { readFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import type { CertificatePaths } from '@certward/engine';
import { parseCertificateChain } from '@certward/pki';
import { directivesNamed, replaceDirective } from '../parser/edit.ts';
import { textOf, wordFor } from '../parser/words.ts';
import type { Configuration } from '../tree/configuration.ts';
import type { Vhost } from '../tree/vhost.ts';
import { setDirective } from './directives.ts';

/** Makes a block name the certificate. Of two pairs, that with the same type of key is replaced, otherwise the first. */
export function setCertificateOf(vhost: Vhost, paths: CertificatePaths, configuration: Configuration): void {
  const [certificate, key] = [
    ['ssl_certificate', wordFor(paths.fullchain)],
    ['ssl_certificate_key', wordFor(paths.privkey)],
  ] as const;
  const { body } = vhost.block;
  const [certificates, keys] = [directivesNamed(body, 'ssl_certificate'), directivesNamed(body, 'ssl_certificate_key')];
  if (certificates.length < 2 || certificates.length !== keys.length) {
    setDirective(configuration, vhost, certificate);
    setDirective(configuration, vhost, key);
    return;
  }
  const named = certificates.map((node) => resolvePath(textOf(node.words[1]?.value ?? ''), configuration.root));
  if (named.includes(paths.fullchain)) return;
  const type = keyTypeOf(paths.fullchain);
  const index = Math.max(0, named.findIndex((path) => type !== undefined && keyTypeOf(path) === type));
  const [certificateNode, keyNode] = [certificates[index], keys[index]];
  if (certificateNode !== undefined) replaceDirective(body, certificateNode, certificate);
  if (keyNode !== undefined) replaceDirective(body, keyNode, key);
}

function resolvePath(path: string, root: string): string {
  return isAbsolute(path) ? path : join(root, path);
}

/** `rsa`, `ecdsa`, …; undefined where the file is no certificate. */
function keyTypeOf(path: string): string | undefined {
  try {
    return parseCertificateChain(readFileSync(path, 'utf8'))[0]?.keySpec.type;
  } catch {
    return undefined;
  }
}
