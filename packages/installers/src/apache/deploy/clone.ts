// Makes the https twin of a host that speaks http only: a copy in `<file>-le-ssl.conf`.
import { basename, join } from 'node:path';
import { copySection, lineEndOf, replaceArguments } from '../parser/edit.ts';
import { argumentsOf, type SectionNode } from '../parser/nodes.ts';
import { parseFragment } from '../parser/parse.ts';
import { printConfig } from '../parser/print.ts';
import { formatAddress, parseAddress } from '../tree/address.ts';
import { namesOf, type VirtualHost } from '../tree/virtual-host.ts';
import type { Workspace } from '../workspace.ts';
import { siftRedirects } from './sift.ts';

/** The https twin of a host, made or found, and what was done for it. */
export interface HttpsTwin {
  readonly host: VirtualHost;
  readonly messages: readonly string[];
}

/** Finds or makes the https twin of `host`, enabled. Throws `configMalformed` where its file cannot be read. */
export function cloneForHttps(workspace: Workspace, host: VirtualHost, options: { readonly cloneFolder?: string | undefined } = {}): HttpsTwin {
  const path = twinPath(host.file.path, { ...options, extension: workspace.options.layout.leVhostExt });
  const existed = workspace.files.isFile(path);
  const file = workspace.files.create(path, { like: host.file.path });
  const messages = workspace.enableFile(file.path);
  const present = existed ? findTwin(workspace, host, file.path) : undefined;
  if (present !== undefined) return { host: present, messages };
  const section = copySection(host.section);
  movePorts(section, workspace.options.httpsPort);
  const sifted = siftRedirects(section, namesOf(host));
  const twin = wrap(section, file.document.children);
  workspace.touch();
  const made = workspace.tree.hosts.find((one) => one.section === twin);
  if (made === undefined) throw new TypeError('a file that the server reads contains the host that was put into it');
  messages.push(`Created an SSL vhost at ${file.path}`);
  if (sifted) {
    messages.push(
      `Some rewrite rules copied from ${host.file.path} were disabled in the vhost for your HTTPS site located at ${file.path} because they have the potential to create redirection loops.`,
    );
  }
  return { host: made, messages };
}

function twinPath(path: string, { cloneFolder, extension }: { readonly cloneFolder?: string | undefined; readonly extension: string }): string {
  const place = cloneFolder === undefined ? path : join(cloneFolder, basename(path));
  return (place.endsWith('.conf') ? place.slice(0, -'.conf'.length) : place) + extension;
}

/** A twin of an earlier run whose site had been switched off since. */
function findTwin(workspace: Workspace, host: VirtualHost, path: string): VirtualHost | undefined {
  const names = namesOf(host);
  return workspace.tree.hosts.find((one) => one.file.path === path && one.ssl && namesOf(one).some((name) => names.includes(name)));
}

function movePorts(section: SectionNode, port: string): void {
  const moved = argumentsOf(section).map((text) => formatAddress({ host: parseAddress(text).host, port }));
  replaceArguments(section, [...new Set(moved)]);
}

/** Puts the section into `<IfModule mod_ssl.c>` at the end of a file. */
function wrap(section: SectionNode, children: SectionNode['children']): SectionNode {
  const lineEnd = lineEndOf(section);
  const last = children.at(-1);
  const needsEnd = last !== undefined && !printConfig(last).endsWith('\n');
  const nodes = parseFragment(`${needsEnd ? lineEnd : ''}<IfModule mod_ssl.c>${lineEnd}${printConfig(section)}</IfModule>${lineEnd}`);
  children.push(...nodes);
  const wrapper = nodes.at(-1);
  const twin = wrapper?.kind === 'section' ? wrapper.children[0] : undefined;
  if (twin?.kind !== 'section') throw new TypeError('a wrapped section parses as one');
  return twin;
}
