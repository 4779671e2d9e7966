// Staples OCSP responses, for certificates of CAs that still run an OCSP responder.
import { readFileSync } from 'node:fs';
import type { CertificatePaths } from '@certward/engine';
import { parseCertificate } from '@certward/pki';
import { wordFor } from '../parser/words.ts';
import type { Vhost } from '../tree/vhost.ts';
import type { EditContext } from './context.ts';
import { addDirective, setDirective } from './directives.ts';
import { secureVhosts } from './secure-vhosts.ts';

/** Switches stapling on in the encrypted blocks of a name, and returns those. */
export function addStapling(name: string, paths: CertificatePaths, { configuration }: EditContext): readonly Vhost[] {
  const vhosts = secureVhosts(configuration, name);
  for (const vhost of vhosts) {
    setDirective(configuration, vhost, ['ssl_trusted_certificate', wordFor(paths.chain)]);
    addDirective(vhost, ['ssl_stapling', 'on']);
    addDirective(vhost, ['ssl_stapling_verify', 'on']);
    configuration.refresh(vhost);
  }
  return vhosts;
}

/** Whether the certificate names an OCSP responder; true where the file cannot be read, for nginx to judge. */
export function namesResponder(certPath: string): boolean {
  try {
    return parseCertificate(readFileSync(certPath, 'utf8')).ocspUrls.length > 0;
  } catch {
    return true;
  }
}
