// Points a host that speaks TLS at a certificate.
import { isIP } from 'node:net';
import type { CertificatePaths } from '@certward/engine';
import { appendLines, directiveText, removeNode, replaceArgument } from '../parser/edit.ts';
import { toFileText } from '../parser/bytes.ts';
import { directivesOf, namesOf, ownDirectivesOf, type PlacedDirective, type VirtualHost } from '../tree/virtual-host.ts';
import { coversName } from '../match/points.ts';
import type { Workspace } from '../workspace.ts';

/** From this version on, SSLCertificateFile may hold the chain. */
const versionWithChains = [2, 4, 8];

/** Sets the certificate directives of a host and includes the TLS options. */
export function setCertificate(workspace: Workspace, host: VirtualHost, paths: CertificatePaths): void {
  const inOneFile = !isOlder(workspace.options.runtime.version, versionWithChains);
  setDirective(workspace, host, { name: 'SSLCertificateFile', path: inOneFile ? paths.fullchain : paths.cert });
  setDirective(workspace, host, { name: 'SSLCertificateKeyFile', path: paths.privkey });
  if (inOneFile) for (const placed of ownDirectivesOf(host, 'sslcertificatechainfile')) removeNode(placed.container, placed.node);
  else setDirective(workspace, host, { name: 'SSLCertificateChainFile', path: paths.chain });
  includeTlsOptions(workspace, host);
  workspace.touch();
}

/** Makes a host answer to `name` where it does not yet: as ServerName if it has none, else as an alias. Addresses are no names. */
export function addName(workspace: Workspace, host: VirtualHost, name: string): void {
  if (name.startsWith('*.') || isIP(name) !== 0 || coversName(namesOf(host), name)) return;
  appendLines(host.section, [directiveText(host.serverName === undefined ? 'ServerName' : 'ServerAlias', [name])]);
  workspace.touch();
}

/** True when `version` comes before `other`. */
export function isOlder(version: readonly number[], other: readonly number[]): boolean {
  const index = other.findIndex((part, position) => (version[position] ?? 0) !== part);
  return index !== -1 && (version[index] ?? 0) < (other[index] ?? 0);
}

function setDirective(workspace: Workspace, host: VirtualHost, { name, path }: { readonly name: string; readonly path: string }): void {
  const text = toFileText(path);
  const editable = directivesOf(host, name.toLowerCase()).filter((placed) => placed.file === host.file || belongsTo(workspace, host, placed));
  const last = editable.pop();
  // Several are several certificates: a left-over of another key type would be served to some clients.
  for (const placed of editable) removeNode(placed.container, placed.node);
  if (last === undefined) appendLines(host.section, [directiveText(name, [text])]);
  else if (last.args[0] !== text) replaceArgument(last.node, 0, text);
}

/** A directive in an included file may be changed where nobody else includes that file. */
function belongsTo({ tree }: Workspace, host: VirtualHost, { file }: PlacedDirective): boolean {
  const usesIt = (placed: PlacedDirective) => placed.file === file;
  return !tree.directives.some(usesIt) && !tree.hosts.some((other) => other.section !== host.section && other.directives.some(usesIt));
}

function includeTlsOptions(workspace: Workspace, host: VirtualHost): void {
  const { path } = workspace.options.tlsOptions;
  const real = workspace.files.realPath(path);
  const present = host.directives.some((placed) => placed.file.path === real);
  if (!present) appendLines(host.section, [directiveText('Include', [toFileText(path)])]);
}
