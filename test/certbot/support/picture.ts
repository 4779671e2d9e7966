// Everything that a directory says to either program, in a form that two directories can be compared by: names, modes and
// link targets of all files, the contents of configurations, what certificates and keys are.
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import path from 'node:path';
import { describeKey, parseCertificate, parsePrivateKeyPem } from '@certward/pki';
import type { Lane } from './lane.ts';
import { neutral } from './neutral.ts';

/** Lines, one per file and one per fact in it. */
export type Picture = readonly string[];

/**
 * Comments that Certbot 2.1 writes and today's releases do not (all others must survive); stored values that say what is
 * the case anyway, which today's releases keep and 2.1 drops.
 */
const passing = new Set(['# renew_before_expiry = 30 days', '# Options used in the renewal process', 'reuse_key = False', 'rsa_key_size = 2048', 'installer = none']);

/**
 * Written by 2.1 and no longer by today's releases; our own folder; locks that are held by nobody; the folder that
 * Certbot makes when it looks at installers.
 */
const leftOut = /^(?:config\/(?:csr|keys)(?:\/.*)?|work\/certward(?:\/.*)?|work\/backups|.*\/\.certbot\.lock)$/;

/** Takes the picture of the configuration and working folders. */
export function takePicture(lane: Lane): Picture {
  const { folder } = lane.sandbox;
  const lines: string[] = [];
  for (const top of ['config', 'work']) walk(folder, top, lines);
  return withoutPruned(lines).map((line) => neutral(line, lane)).sort();
}

/** Today's Certbot, as we do, keeps five versions before the newest; 2.1 kept all. */
function withoutPruned(lines: readonly string[]): readonly string[] {
  const version = (line: string) => Number(/^config\/archive\/[^/]+\/[a-z]+(\d+)\.pem/.exec(line)?.[1] ?? Infinity);
  const newest = Math.max(...lines.map(version).filter(Number.isFinite), 0);
  return lines.filter((line) => version(line) >= newest - 5);
}

function walk(folder: string, name: string, lines: string[]): void {
  const file = path.join(folder, name);
  const stat = lstatSync(file, { throwIfNoEntry: false });
  if (stat === undefined || leftOut.test(name)) return;
  const mode = (stat.mode & 0o7777).toString(8);
  if (stat.isSymbolicLink()) lines.push(`${name} -> ${readlinkSync(file)}`);
  else if (stat.isDirectory()) {
    // Today's Certbot, as we do, makes this folder 0700 when it issues, 2.1 makes it 0755 when it looks for names.
    if (name !== 'config/renewal') lines.push(`${name}/ ${mode}`);
    for (const entry of readdirSync(file)) walk(folder, `${name}/${entry}`, lines);
  } else {
    lines.push(`${name} ${mode}`, ...factsOf(name, file).map((fact) => `${name}: ${fact}`));
  }
}

function factsOf(name: string, file: string): readonly string[] {
  if (name.endsWith('.conf')) return confFacts(readFileSync(file, 'utf8'));
  if (/\/cert\d+\.pem$/.test(name)) return certificateFacts(readFileSync(file, 'latin1'));
  if (/\/privkey\d+\.pem$/.test(name)) return keyFacts(readFileSync(file, 'latin1'));
  if (/\/(?:meta|regr|private_key)\.json$/.test(name)) return Object.keys(JSON.parse(readFileSync(file, 'utf8')) as object).sort();
  return [];
}

/** Keys with values, by section. Renewal information is newer than Certbot 2.1; the version is the writer's. */
function confFacts(text: string): readonly string[] {
  let section = '';
  return text.split('\n').flatMap((line) => {
    const said = line.trim();
    if (said.startsWith('[')) section = said;
    if (section === '[acme_renewal_info]' || said === '' || said.startsWith('[') || passing.has(said)) return [];
    return [`${section} ${said.replace(/^version = .*/, 'version = <version>')}`];
  });
}

function certificateFacts(pem: string): readonly string[] {
  const { identifiers, keySpec, hasMustStaple } = parseCertificate(pem);
  return [`names ${identifiers.map(({ value }) => value).join(' ')}`, `key ${JSON.stringify(keySpec)}`, `must-staple ${hasMustStaple}`];
}

function keyFacts(pem: string): readonly string[] {
  return [pem.split('\n', 1)[0] ?? '', JSON.stringify(describeKey(parsePrivateKeyPem(pem)))];
}
