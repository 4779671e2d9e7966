// Makes the server listen on a port: a Listen for every address it listens on already, beside the others.
import { join } from 'node:path';
import { appendLines } from '../parser/edit.ts';
import { argumentsOf, type ContainerNode, type DocumentNode } from '../parser/nodes.ts';
import { moduleIdentifier } from '../tree/conditions.ts';
import { formatAddress, isAnyHost, parseListen } from '../tree/address.ts';
import type { Workspace } from '../workspace.ts';

/** Adds `Listen` lines for `port` unless one is there. Those for https stand in `<IfModule mod_ssl.c>`. */
export function ensureListen(workspace: Workspace, port: string, { https }: { readonly https: boolean }): string[] {
  const present = workspace.tree.directives.filter((placed) => placed.node.name === 'listen').map((placed) => parseListen(placed.args[0] ?? ''));
  if (present.some((address) => address.port === port)) return [];
  const everywhere = present.length === 0 || present.some(isAnyHost);
  const hosts = everywhere ? ['*'] : [...new Set(present.map(({ host }) => host))];
  workspace.noteNewAddresses(hosts.map((host) => ({ host, port })));
  const addresses = everywhere ? [port] : hosts.map((host) => formatAddress({ host, port }));
  // httpd speaks TLS by itself on 443 only; elsewhere it wants to be told.
  const protocol = https && port !== '443' ? ' https' : '';
  const lines = addresses.map((address) => `Listen ${address}${protocol}`);
  const file = workspace.files.create(listenFile(workspace));
  appendListens(file.document, lines, https);
  workspace.touch();
  return lines.map((line) => `Added "${line}" to ${file.path}`);
}

function appendListens(document: DocumentNode, lines: readonly string[], https: boolean): void {
  const section = https ? sslSection(document) : document;
  if (section !== undefined) appendLines(section, lines);
  else appendLines(document, ['<IfModule mod_ssl.c>', ...lines.map((line) => `    ${line}`), '</IfModule>']);
}

function sslSection(document: DocumentNode): ContainerNode | undefined {
  return document.children.find(
    (node) => node.kind === 'section' && node.name === 'ifmodule' && moduleIdentifier(argumentsOf(node)[0] ?? '') === 'ssl_module',
  ) as ContainerNode | undefined;
}

/** Debian keeps them apart in ports.conf. */
function listenFile({ tree, files, mainFile, options }: Workspace): string {
  const ports = files.realPath(join(options.layout.serverRoot, 'ports.conf'));
  return tree.paths.has(ports) ? ports : mainFile;
}
