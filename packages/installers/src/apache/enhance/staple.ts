// OCSP stapling: on for a host, and one cache for the server.
import { readFileSync } from 'node:fs';
import type { CertificatePaths, InstallerEdit } from '@certward/engine';
import { parseCertificate } from '@certward/pki';
import { appendLines } from '../parser/edit.ts';
import { directivesOf } from '../tree/virtual-host.ts';
import type { Workspace } from '../workspace.ts';
import { httpsHostsFor } from './hosts.ts';

/** Switches stapling on for the https hosts of `name`. A certificate without OCSP responder gets a sentence, no edit. */
export function enableStapling(workspace: Workspace, name: string, paths: CertificatePaths | undefined): InstallerEdit {
  const hosts = httpsHostsFor(workspace, name);
  if (paths !== undefined && !hasResponder(paths.cert)) {
    return { messages: [`The certificate for ${name} names no OCSP responder: its certificate authority offers none (any more), so there is nothing to staple.`], files: [] };
  }
  const messages: string[] = [];
  const files = new Set<string>();
  for (const host of hosts) {
    if (directivesOf(host, 'sslusestapling').at(-1)?.args[0]?.toLowerCase() === 'on') continue;
    if (!workspace.hasModule('socache_shmcb')) messages.push(...workspace.requireModule('socache_shmcb'));
    appendLines(host.section, ['SSLUseStapling on']);
    workspace.touch();
    if (!workspace.tree.directives.some((placed) => placed.node.name === 'sslstaplingcache')) {
      appendLines(host.file.document, ['<IfModule mod_ssl.c>', `    SSLStaplingCache ${cachePlace(workspace)}`, '</IfModule>']);
      workspace.touch();
    }
    messages.push(`OCSP Stapling was enabled on SSL Vhost: ${host.file.path}`);
    files.add(host.file.path);
  }
  return { messages, files: [...files] };
}

const usualFolder = '/var/run/apache2';

/** A relative name lies in the server's own runtime folder, whatever that is called. */
function cachePlace({ files }: Workspace): string {
  return `shmcb:${files.isFolder(usualFolder) ? `${usualFolder}/` : ''}stapling_cache(128000)`;
}

function hasResponder(path: string): boolean {
  try {
    return parseCertificate(readFileSync(path, 'utf8')).ocspUrls.length > 0;
  } catch {
    // An unreadable certificate is deployment's to complain about.
    return true;
  }
}
