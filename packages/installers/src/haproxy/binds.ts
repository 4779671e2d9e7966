// What a configuration listens on: `bind` lines with their certificates, and the mode of the section they are in.
import { isAbsolute, join } from 'node:path';

import type { HaproxyDocument, Section } from './document.ts';
import { fromFileText } from './words.ts';

/** One `crt` or `crt-list` argument. */
export interface CertificateArgument {
  readonly kind: 'crt' | 'crt-list';
  /** Number of the word that holds the path. */
  readonly index: number;
  /** The path as the server resolves it. */
  readonly path: string;
}

/** One `bind` line. */
export interface Bind {
  readonly line: number;
  readonly addresses: readonly string[];
  readonly ssl: boolean;
  readonly certificates: readonly CertificateArgument[];
}

/** Arguments whose value might read like a keyword. */
const takesText = new Set(['id', 'name', 'namespace', 'interface', 'user', 'group', 'uid', 'gid', 'ca-file', 'crl-file', 'alpn', 'npn', 'ciphers', 'ciphersuites', 'curves', 'process', 'thread']);

/** Sections that clients connect to. */
export function listeningSections(document: HaproxyDocument): readonly Section[] {
  return document.sections().filter(({ kind }) => kind === 'frontend' || kind === 'listen');
}

/** The binds of a section. */
export function bindsOf(document: HaproxyDocument, section: Section): readonly Bind[] {
  const base = globalValue(document, 'crt-base');
  return document.linesOf(section).flatMap((line) => (document.values(line)[0] === 'bind' ? [parseBind(document, line, base)] : []));
}

function parseBind(document: HaproxyDocument, line: number, base: string | undefined): Bind {
  const values = document.values(line);
  const certificates: CertificateArgument[] = [];
  let ssl = false;
  for (let index = 2; index < values.length; index += 1) {
    const keyword = values[index] ?? '';
    if (keyword === 'ssl') ssl = true;
    else if (keyword === 'crt' || keyword === 'crt-list') {
      index += 1;
      const path = fromFileText(values[index] ?? '');
      // Only certificates are looked up under crt-base; lists are not.
      certificates.push({ kind: keyword, index, path: keyword === 'crt' ? resolveCertificate(path, base) : path });
    } else if (takesText.has(keyword)) index += 1;
  }
  return { line, addresses: (values[1] ?? '').split(',').filter((address) => address !== ''), ssl, certificates };
}

/** A certificate's path as HAProxy finds it. */
export function resolveCertificate(path: string, base: string | undefined): string {
  return base === undefined || isAbsolute(path) || path.startsWith('@') ? path : join(base, path);
}

/** Where relative certificate paths start, if the configuration says so. */
export function certificateBase(document: HaproxyDocument): string | undefined {
  return globalValue(document, 'crt-base');
}

function globalValue(document: HaproxyDocument, keyword: string): string | undefined {
  for (const section of document.sections().filter(({ kind }) => kind === 'global')) {
    for (const line of document.linesOf(section)) {
      const [first, value] = document.values(line);
      if (first === keyword && value !== undefined) return fromFileText(value);
    }
  }
  return undefined;
}

/** Whether one of a bind's addresses has the port. */
export function listensOn({ addresses }: Bind, port: number): boolean {
  return addresses.some((address) => {
    const ports = /:(\d+)(?:-(\d+))?$/.exec(address);
    if (ports === null) return false;
    const first = Number(ports[1]);
    return port >= first && port <= Number(ports[2] ?? first);
  });
}

/** `http` or `tcp`: the section's own word, that of its defaults, or HAProxy's default. */
export function modeOf(document: HaproxyDocument, section: Section): string {
  return ownMode(document, section) ?? inheritedMode(document, section) ?? 'tcp';
}

function inheritedMode(document: HaproxyDocument, section: Section): string | undefined {
  const defaults = document.sections().filter(({ kind, start }) => kind === 'defaults' && start < section.start);
  const parent = section.from === undefined ? defaults.at(-1) : defaults.find(({ name }) => name === section.from);
  if (parent === undefined) return undefined;
  const grandparent = parent.from === undefined ? undefined : inheritedMode(document, parent);
  return ownMode(document, parent) ?? grandparent;
}

function ownMode(document: HaproxyDocument, section: Section): string | undefined {
  return document.linesOf(section).map((line) => document.values(line)).findLast(([keyword]) => keyword === 'mode')?.[1];
}
