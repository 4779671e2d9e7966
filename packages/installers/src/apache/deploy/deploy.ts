// Deploys a certificate for one name: modules, hosts, port, directives.
import type { CertificatePaths, InstallerEdit } from '@certward/engine';
import { chooseHosts } from '../match/choose.ts';
import { shadowOf } from '../match/served.ts';
import type { VirtualHost } from '../tree/virtual-host.ts';
import type { Workspace } from '../workspace.ts';
import { addName, setCertificate } from './certificate.ts';
import { cloneForHttps } from './clone.ts';
import { ensureListen } from './listen.ts';

/** What is deployed for whom. */
export interface Deployment {
  readonly name: string;
  readonly paths: CertificatePaths;
  /** Where https twins go; undefined: beside the host that they are made of. */
  readonly cloneFolder?: string | undefined;
}

/** Edits the workspace. Throws `virtualHostMissing` or `moduleMissing` and then has changed nothing that a save would write. */
export function deployCertificate(workspace: Workspace, { name, paths, cloneFolder }: Deployment): InstallerEdit {
  const lowerName = name.toLowerCase();
  const chosen = chooseHosts(workspace.tree.hosts, lowerName);
  const messages = [...requireTls(workspace), ...ensureListen(workspace, workspace.options.httpsPort, { https: true })];
  const files: string[] = [];
  for (const { section } of chosen) {
    // Earlier edits, the modules' own configuration among them, may have changed what the host says.
    const host = current(workspace, section);
    const twin = host.ssl ? { host, messages: [] } : cloneForHttps(workspace, host, { cloneFolder });
    messages.push(...twin.messages);
    setCertificate(workspace, twin.host, paths);
    addName(workspace, twin.host, lowerName);
    messages.push(`Successfully deployed certificate for ${name} to ${twin.host.file.path}`);
    messages.push(...shadowMessages(workspace, lowerName, twin.host));
    files.push(twin.host.file.path);
  }
  return { messages, files: [...new Set(files)] };
}

function requireTls(workspace: Workspace): string[] {
  const cache = workspace.options.layout.handleModules ? workspace.requireModule('socache_shmcb') : [];
  return [...cache, ...workspace.requireModule('ssl')];
}

/** httpd asks hosts in the order of its files: one that comes first may take the name, and with it the certificate. */
function shadowMessages({ tree }: Workspace, name: string, { section }: VirtualHost): string[] {
  const host = tree.hosts.find((one) => one.section === section);
  const shadow = host === undefined || name.startsWith('*.') ? undefined : shadowOf(tree.hosts, name, host);
  if (shadow === undefined) return [];
  return [`Requests for ${name} are answered by the VirtualHost in ${shadow.file.path}, line ${shadow.section.line}, which comes first: name ${name} there, or move it behind`];
}

/** The host of a section as the tree has it now. */
export function current(workspace: Workspace, section: VirtualHost['section']): VirtualHost {
  const host = workspace.tree.hosts.find((one) => one.section === section);
  if (host === undefined) throw new TypeError('a host that is being edited stays in the tree');
  return host;
}
