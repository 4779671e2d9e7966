// Response headers of https hosts: HSTS, and the policy that makes browsers upgrade insecure requests.
import type { InstallerEdit } from '@certward/engine';
import { appendLines } from '../parser/edit.ts';
import { directivesOf, type PlacedDirective, type VirtualHost } from '../tree/virtual-host.ts';
import type { Workspace } from '../workspace.ts';
import { httpsHostsFor } from './hosts.ts';

/** `max-age` of HSTS where nothing grows: a year. */
export const permanentMaxAge = 31_536_000;

/** The line that sets HSTS. */
export const hstsLine = (maxAgeSeconds: number) => `Header always set Strict-Transport-Security "max-age=${maxAgeSeconds}"`;

/** Sets HSTS on the https hosts for `name`, unless they set it already. */
export function enableHsts(workspace: Workspace, name: string): InstallerEdit {
  return addHeader(workspace, name, { header: 'Strict-Transport-Security', lineFor: (host) => (findHeader(host, 'strict-transport-security') === undefined ? hstsLine(permanentMaxAge) : undefined) });
}

/** Adds `upgrade-insecure-requests` on the https hosts for `name`; another policy of the host stays in force beside it. */
export function enableUpgradeInsecureRequests(workspace: Workspace, name: string): InstallerEdit {
  const lineFor = (host: VirtualHost) => {
    const policies = headersCalled(host, 'content-security-policy');
    if (policies.some(({ args }) => args.some((value) => value.toLowerCase().includes('upgrade-insecure-requests')))) return undefined;
    return `Header always ${policies.length === 0 ? 'set' : 'merge'} Content-Security-Policy upgrade-insecure-requests`;
  };
  return addHeader(workspace, name, { header: 'Upgrade-Insecure-Requests', lineFor });
}

/** The directive of a host that sets a header (lower case), the last one. */
export function findHeader(host: VirtualHost, header: string): PlacedDirective | undefined {
  return headersCalled(host, header).at(-1);
}

function headersCalled(host: VirtualHost, header: string): PlacedDirective[] {
  return directivesOf(host, 'header').filter(({ args }) => args.some((value) => value.toLowerCase() === header));
}

interface HeaderToAdd {
  readonly header: string;
  /** Undefined where the host sets it already. */
  readonly lineFor: (host: VirtualHost) => string | undefined;
}

function addHeader(workspace: Workspace, name: string, { header, lineFor }: HeaderToAdd): InstallerEdit {
  const messages: string[] = [];
  const files = new Set<string>();
  for (const host of httpsHostsFor(workspace, name)) {
    const line = lineFor(host);
    if (line === undefined) continue;
    messages.push(...workspace.requireModule('headers'));
    appendLines(host.section, [line]);
    workspace.touch();
    messages.push(`Adding ${header} header to ssl vhost in ${host.file.path}`);
    files.add(host.file.path);
  }
  return { messages, files: [...files] };
}
