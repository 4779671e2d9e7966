// Making the configuration use a certificate: each TLS bind that serves the name gets the bundle where its certificates
// come from, be that `crt FILE`, `crt FOLDER` or `crt-list LIST`. One bind is edited at a time, since edits move lines.
import { readdirSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

import type { CertificatePaths, InstallerEdit } from '@certward/engine';
import { identifierKey, parseIdentifier } from '@certward/pki';

import { type Bind, certificateBase, type CertificateArgument, listensOn, resolveCertificate } from './binds.ts';
import { bundleSource, createBundle, namesInFile, tryLeaf } from './bundle.ts';
import type { HaproxyDocument } from './document.ts';
import { HaproxyError } from './errors.ts';
import { type Frontend, frontendsFor, readFrontends } from './frontends.ts';
import type { Workspace } from './workspace.ts';
import { fromFileText } from './words.ts';

/** What {@link deployCertificate} works with. */
export interface DeployOptions {
  readonly workspace: Workspace;
  readonly pemDir: string;
  readonly httpPort: number;
  readonly httpsPort: number;
}

interface Deployment extends DeployOptions {
  readonly name: string;
  readonly paths: CertificatePaths;
  readonly bundle: Uint8Array;
  /** Names that the new certificate has, as keys. */
  readonly covered: ReadonlySet<string>;
  readonly files: Set<string>;
  readonly messages: string[];
}

/** Edits the workspace so that `name` is served with the certificate. Throws `noBind`, `bundleUnusable`. */
export function deployCertificate(name: string, paths: CertificatePaths, options: DeployOptions): InstallerEdit {
  const bundle = createBundle(paths);
  const covered = new Set(tryLeaf(Buffer.from(bundle).toString('latin1'))?.identifiers.map(identifierKey) ?? []);
  const deployment: Deployment = { ...options, name, paths, bundle, covered, files: new Set(), messages: [] };
  const count = sslBinds(deployment).length;
  for (let number = 0; number < count; number += 1) {
    const chosen = sslBinds(deployment)[number];
    if (chosen !== undefined) deployToBind(deployment, chosen.frontend, chosen.bind);
  }
  if (count === 0) addSslBinds(deployment);
  return { messages: deployment.messages, files: [...deployment.files] };
}

/** The TLS binds that serve the name, as the documents are now. */
function sslBinds({ workspace, name }: Deployment): { readonly frontend: Frontend; readonly bind: Bind }[] {
  const all = readFrontends(workspace);
  const withSsl = (frontends: readonly Frontend[]) => frontends.flatMap((frontend) => frontend.binds.filter(({ ssl }) => ssl).map((bind) => ({ frontend, bind })));
  const serving = withSsl(frontendsFor(all, name));
  if (serving.length > 0) return serving;
  // The frontend that mentions the name has plain binds only, perhaps because it redirects to another one.
  return frontendsFor(all, name).some(({ section }) => section.kind === 'listen') ? [] : withSsl(all.filter(({ mode }) => mode === 'http'));
}

function deployToBind(deployment: Deployment, frontend: Frontend, bind: Bind): void {
  const { name, files, messages } = deployment;
  const list = bind.certificates.find(({ kind }) => kind === 'crt-list');
  const folder = bind.certificates.find(({ kind, path }) => kind === 'crt' && isFolder(path));
  const exact = bind.certificates.find(({ kind, path }) => kind === 'crt' && isReplaceable(deployment, path));
  const target =
    exact !== undefined ? replaceArgument(deployment, frontend, { bind, argument: exact })
    : list !== undefined ? deployToList(deployment, { path: list.path, base: certificateBase(frontend.document) })
    : folder !== undefined ? deployToFolder(deployment, folder.path)
    : addArgument(deployment, frontend, bind);
  files.add(target);
  messages.push(`Deploying certificate for ${name} to ${target} (${frontend.section.kind} ${frontend.section.name})`);
}

/** A certificate whose names the new one has all, the wanted name among them; or this lineage's own bundle. */
function isReplaceable({ covered, name, pemDir, paths }: Deployment, path: string): boolean {
  if (path === pathInPemDir(pemDir, paths)) return true;
  const present = namesInFile(path);
  return present.includes(identifierKey(parseIdentifier(name))) && present.every((key) => covered.has(key));
}

function replaceArgument(deployment: Deployment, { path, document }: Frontend, { bind, argument }: { bind: Bind; argument: CertificateArgument }): string {
  const bundlePath = pathInPemDir(deployment.pemDir, deployment.paths);
  deployment.workspace.putBundle(bundlePath, deployment.bundle);
  if (argument.path === bundlePath) return bundlePath;
  document.replaceWord(bind.line, argument.index, bundlePath);
  return path;
}

/** Before a certificate that has the name and others too, because the first one wins; otherwise last, so that the default stays. */
function addArgument(deployment: Deployment, { path, document }: Frontend, bind: Bind): string {
  const bundlePath = pathInPemDir(deployment.pemDir, deployment.paths);
  deployment.workspace.putBundle(bundlePath, deployment.bundle);
  const key = identifierKey(parseIdentifier(deployment.name));
  const rival = bind.certificates.find((argument) => namesInFile(argument.path).includes(key));
  document.insertWords(bind.line, rival === undefined ? Number.POSITIVE_INFINITY : rival.index - 1, ['crt', bundlePath]);
  return path;
}

function deployToList(deployment: Deployment, { path, base }: { path: string; base: string | undefined }): string {
  const { workspace, pemDir, paths, bundle } = deployment;
  const list = workspace.document(path);
  const bundlePath = pathInPemDir(pemDir, paths);
  workspace.putBundle(bundlePath, bundle);
  const entries = listEntries(list, base);
  if (entries.some((entry) => entry.path === bundlePath)) return bundlePath;
  const replaced = entries.filter((entry) => isReplaceable(deployment, entry.path));
  for (const { line } of replaced) list.replaceWord(line, 0, bundlePath);
  if (replaced.length === 0) list.insertLine(list.lineCount, bundlePath);
  return path;
}

/** The certificates that a crt-list names. */
export function listEntries(list: HaproxyDocument, base: string | undefined): readonly { readonly line: number; readonly path: string }[] {
  return Array.from({ length: list.lineCount }, (_, line) => line).flatMap((line) => {
    const value = list.values(line)[0];
    return value === undefined ? [] : [{ line, path: resolveCertificate(fromFileText(value), base) }];
  });
}

/** In a folder the file that has the name is overwritten if the new certificate has all its names; else one is added. */
function deployToFolder(deployment: Deployment, folder: string): string {
  const present = readdirSync(folder).filter((name) => !name.startsWith('.')).sort().map((name) => join(folder, name));
  const path = present.find((one) => isReplaceable(deployment, one)) ?? pathInPemDir(folder, deployment.paths);
  deployment.workspace.putBundle(path, deployment.bundle);
  return path;
}

/** Where nothing speaks TLS for the name yet: beside each plain http bind, one for https at the same address. */
function addSslBinds(deployment: Deployment): void {
  const { name, workspace, pemDir, paths, httpPort, httpsPort } = deployment;
  const plain = () =>
    frontendsFor(readFrontends(workspace), name)
      .filter(({ mode }) => mode === 'http')
      .flatMap((frontend) => frontend.binds.filter((bind) => !bind.ssl && listensOn(bind, httpPort)).map((bind) => ({ frontend, bind })));
  const count = plain().length;
  if (count === 0) {
    throw new HaproxyError('noBind', `no bind of the configuration serves "${name}"`, {
      details: { name },
      hint: `add a frontend with "mode http" that binds port ${httpPort}, or one with "bind :${httpsPort} ssl crt …"`,
    });
  }
  const bundlePath = pathInPemDir(pemDir, paths);
  workspace.putBundle(bundlePath, deployment.bundle);
  for (let number = 0; number < count; number += 1) {
    const chosen = plain()[number];
    if (chosen === undefined) continue;
    const { frontend: { path, document, section }, bind } = chosen;
    const addresses = bind.addresses.map((address) => address.replace(/:\d+(?:-\d+)?$/, `:${httpsPort}`)).join(',');
    document.insertLine(bind.line + 1, `${document.indentOf(section)}bind`);
    document.insertWords(bind.line + 1, 1, [addresses]);
    document.insertWords(bind.line + 1, 2, ['ssl', 'crt', bundlePath, 'alpn', 'h2,http/1.1']);
    deployment.files.add(path);
    deployment.messages.push(`Deploying certificate for ${name} to ${path} (${section.kind} ${section.name}, new bind ${addresses})`);
  }
}

/** A lineage's bundle is called after the folder of its live files. */
function pathInPemDir(folder: string, paths: CertificatePaths): string {
  return join(folder, `${basename(dirname(paths.fullchain))}.pem`);
}

/** Files that a configuration takes certificates from, with what lists them: for keeping bundles of ours up to date. */
export function certificateFiles(workspace: Workspace): readonly { readonly path: string; readonly list: string | undefined }[] {
  return readFrontends(workspace).flatMap(({ document, binds }) =>
    binds.flatMap(({ certificates }) => certificates.flatMap(({ kind, path }): { path: string; list: string | undefined }[] => {
      if (kind === 'crt-list') return listEntries(workspace.document(path), certificateBase(document)).map((entry) => ({ path: entry.path, list: path }));
      if (!isFolder(path)) return [{ path, list: undefined }];
      return readdirSync(path).filter((name) => !name.startsWith('.')).map((name) => ({ path: join(path, name), list: path }));
    })),
  );
}

/** The bundle anew, if it is one of ours and its lineage can be read. */
export function renewedBundle(bundle: Uint8Array): Uint8Array | undefined {
  const source = bundleSource(bundle);
  return source === undefined ? undefined : createBundle(source);
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
