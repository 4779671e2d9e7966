// Reading a target's definition: plain objects from a file or an option, checked in full, with the place of every mistake.
import { isAbsolute } from 'node:path';

import { assertNever } from '@certward/base';

import { FileTargetError } from './errors.ts';
import { type PresetName, presets } from './presets.ts';
import type { FileTarget, Output, OutputFormat, PassphraseSource, PemPart, StartTls, TlsCheck } from './target.ts';

type Fields = Readonly<Record<string, unknown>>;

const pemParts: readonly PemPart[] = ['cert', 'chain', 'fullchain', 'privkey'];
const startTlsNames: readonly StartTls[] = ['smtp', 'imap', 'pop3'];

/**
 * Reads a definition such as `{ "preset": "postfix" }` or
 * `{ "name": "app", "outputs": [{ "format": "pfx", "path": "/srv/app.pfx", "passphrase": { "env": "PFX" } }], "command": ["…"] }`.
 * Throws `definitionInvalid` naming the field. Unknown fields are refused: a misspelt `mode` must not leave a key readable.
 */
export function parseFileTarget(definition: unknown): FileTarget {
  const own = asObject(definition, 'the target');
  const preset = own['preset'] === undefined ? undefined : asOneOf(own['preset'], Object.keys(presets) as PresetName[], 'preset');
  const fields: Fields = { ...(preset === undefined ? {} : presets[preset]), ...own };
  refuseUnknown(fields, ['preset', 'name', 'outputs', 'command', 'check'], 'the target');
  const outputs = asList(fields['outputs'], 'outputs').map((output, index) => parseOutput(output, `outputs[${index}]`));
  if (outputs.length === 0) throw invalid('outputs', 'needs at least one file');
  const paths = outputs.map(({ path }) => path);
  const twice = paths.find((path, index) => paths.indexOf(path) !== index);
  if (twice !== undefined) throw invalid('outputs', `names "${twice}" twice`);
  return {
    name: fields['name'] === undefined ? (preset ?? outputs[0]?.path ?? '') : asText(fields['name'], 'name'),
    outputs,
    command: isNone(fields['command']) ? undefined : parseCommand(fields['command']),
    check: isNone(fields['check']) ? undefined : parseCheck(fields['check']),
  };
}

function parseOutput(value: unknown, at: string): Output {
  const fields = asObject(value, at);
  const path = asPath(fields['path'], `${at}.path`);
  const format = parseFormat(fields, at);
  const optional = (name: string) => (fields[name] === undefined ? undefined : asOwner(fields[name], `${at}.${name}`));
  return { ...format, path, owner: optional('owner'), group: optional('group'), mode: parseMode(fields['mode'], format, `${at}.mode`) };
}

function parseFormat(fields: Fields, at: string): OutputFormat {
  const common = ['format', 'path', 'owner', 'group', 'mode'];
  const format = asOneOf(fields['format'], ['pem', 'combined', 'pfx', 'jks'] as const, `${at}.format`);
  switch (format) {
    case 'pem':
      refuseUnknown(fields, [...common, 'part'], at);
      return { format, part: asOneOf(fields['part'], pemParts, `${at}.part`) };
    case 'combined': {
      refuseUnknown(fields, [...common, 'order'], at);
      const order = fields['order'] === undefined ? (['fullchain', 'privkey'] as const) : asList(fields['order'], `${at}.order`).map((part, index) => asOneOf(part, pemParts, `${at}.order[${index}]`));
      return { format, order };
    }
    case 'pfx':
      refuseUnknown(fields, [...common, 'passphrase', 'legacy', 'friendlyName'], at);
      return {
        format,
        passphrase: parsePassphrase(fields['passphrase'], `${at}.passphrase`),
        legacy: fields['legacy'] === undefined ? false : asBoolean(fields['legacy'], `${at}.legacy`),
        friendlyName: fields['friendlyName'] === undefined ? undefined : asText(fields['friendlyName'], `${at}.friendlyName`),
      };
    case 'jks': {
      refuseUnknown(fields, [...common, 'passphrase', 'alias'], at);
      const alias = fields['alias'] === undefined ? 'certificate' : asText(fields['alias'], `${at}.alias`);
      // The format compares aliases without case, and we write it for letters that every encoding has.
      if (!/^[\w.-]+$/.test(alias)) throw invalid(`${at}.alias`, 'may have letters, digits, dots, dashes and underscores');
      return { format, passphrase: parsePassphrase(fields['passphrase'], `${at}.passphrase`), alias: alias.toLowerCase() };
    }
    default:
      return assertNever(format);
  }
}

function parsePassphrase(value: unknown, at: string): PassphraseSource {
  if (typeof value === 'string') throw invalid(at, 'must not be the passphrase itself: write { "file": "…" } or { "env": "…" }');
  const fields = asObject(value, at);
  refuseUnknown(fields, ['file', 'env'], at);
  if ((fields['file'] === undefined) === (fields['env'] === undefined)) throw invalid(at, 'needs either "file" or "env"');
  return fields['file'] === undefined ? { env: asText(fields['env'], `${at}.env`) } : { file: asPath(fields['file'], `${at}.file`) };
}

function parseMode(value: unknown, format: OutputFormat, at: string): number {
  if (value === undefined) return holdsKey(format) ? 0o600 : 0o644;
  if (typeof value !== 'string' || !/^0?[0-7]{3}$/.test(value)) throw invalid(at, 'must be octal digits in quotes, such as "0640"');
  const mode = Number.parseInt(value, 8);
  if (holdsKey(format) && (mode & 0o007) !== 0) throw invalid(at, `would let everybody read the private key ("${value}")`);
  return mode;
}

function holdsKey(format: OutputFormat): boolean {
  switch (format.format) {
    case 'pem':
      return format.part === 'privkey';
    case 'combined':
      return format.order.includes('privkey');
    case 'pfx':
    case 'jks':
      return true;
    default:
      return assertNever(format);
  }
}

function parseCommand(value: unknown): readonly string[] {
  if (typeof value === 'string') throw invalid('command', 'must be a list of a program and its arguments; no shell reads it');
  const argv = asList(value, 'command').map((word, index) => asText(word, `command[${index}]`, { mayBeEmpty: index > 0 }));
  if (argv.length === 0) throw invalid('command', 'names no program');
  return argv;
}

function parseCheck(value: unknown): TlsCheck {
  const fields = asObject(value, 'check');
  refuseUnknown(fields, ['host', 'port', 'servername', 'startTls', 'timeoutSeconds'], 'check');
  return {
    host: fields['host'] === undefined ? '127.0.0.1' : asText(fields['host'], 'check.host'),
    port: asNumber(fields['port'], { at: 'check.port', most: 65_535 }),
    servername: fields['servername'] === undefined ? undefined : asText(fields['servername'], 'check.servername'),
    startTls: fields['startTls'] === undefined ? undefined : asOneOf(fields['startTls'], startTlsNames, 'check.startTls'),
    timeoutMs: fields['timeoutSeconds'] === undefined ? 15_000 : asNumber(fields['timeoutSeconds'], { at: 'check.timeoutSeconds', most: 600 }) * 1000,
  };
}

/** A preset's command or check is switched off by "none". */
function isNone(value: unknown): boolean {
  return value === undefined || value === null || value === 'none';
}

function asObject(value: unknown, at: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid(at, 'must be an object');
  return value as Fields;
}

function asList(value: unknown, at: string): readonly unknown[] {
  if (!Array.isArray(value)) throw invalid(at, 'must be a list');
  return value as readonly unknown[];
}

function asText(value: unknown, at: string, { mayBeEmpty = false } = {}): string {
  if (typeof value !== 'string' || (value === '' && !mayBeEmpty) || value.includes('\0')) throw invalid(at, 'must be text');
  return value;
}

function asPath(value: unknown, at: string): string {
  const path = asText(value, at);
  if (!isAbsolute(path)) throw invalid(at, `must be an absolute path, not "${path}"`);
  return path;
}

function asOwner(value: unknown, at: string): string {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? String(value) : asText(value, at);
}

function asBoolean(value: unknown, at: string): boolean {
  if (typeof value !== 'boolean') throw invalid(at, 'must be true or false');
  return value;
}

function asNumber(value: unknown, { at, most }: { readonly at: string; readonly most: number }): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 1 || value > most) throw invalid(at, `must be a number from 1 to ${most}`);
  return value;
}

function asOneOf<T extends string>(value: unknown, allowed: readonly T[], at: string): T {
  const found = allowed.find((one) => one === value);
  if (found === undefined) throw invalid(at, `must be one of ${allowed.join(', ')}`);
  return found;
}

function refuseUnknown(fields: Fields, known: readonly string[], at: string): void {
  const unknown = Object.keys(fields).find((name) => !known.includes(name));
  if (unknown !== undefined) throw invalid(at, `has an unknown field "${unknown}"`);
}

function invalid(at: string, problem: string): FileTargetError {
  return new FileTargetError('definitionInvalid', `${at} ${problem}`, { details: { field: at } });
}
