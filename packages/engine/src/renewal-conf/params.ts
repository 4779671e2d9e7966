// `[renewalparams]`: reading it with types, and writing the options of a run back.
import type { ConfigSection } from '../configobj/section.ts';
import type { ConfigValue } from '../configobj/value.ts';
import { StoreError } from '../files/errors.ts';
import {
  type OptionKind,
  type PluginOptionValue,
  type StoredOptionValues,
  storedOptions,
  type WritableOption,
} from './option-kinds.ts';

/**
 * The options that a lineage is renewed with, under their names on disk. Absent means not stored: the default applies.
 * `server` and `key_type` are always there: without them the file is from before other values were possible.
 */
export interface RenewalParams extends StoredOptionValues {
  readonly server: string;
  readonly key_type: string;
  /** Always a list, although old files hold a single string. */
  readonly webroot_path: readonly string[];
  /** Name → folder. */
  readonly webroot_map: ReadonlyMap<string, string>;
  /** Every key that begins with the name of an authenticator, those of `authenticator_map` included, or installer (dashes as underscores) and `_`. */
  readonly plugin: ReadonlyMap<string, PluginOptionValue>;
}

/** Options to store, under their names on disk; a map becomes the sub-section `[[webroot_map]]`. */
export type ParamsToStore = ReadonlyMap<string, WritableOption | ReadonlyMap<string, string>>;

const kinds: ReadonlyMap<string, OptionKind> = new Map(Object.entries(storedOptions));

const defaultServer = 'https://acme-v02.api.letsencrypt.org/directory';

/** ACME v1 was switched off; files that still name it mean its successor. */
const successors = new Map([
  ['https://acme-v01.api.letsencrypt.org/directory', defaultServer],
  ['https://acme-staging.api.letsencrypt.org/directory', 'https://acme-staging-v02.api.letsencrypt.org/directory'],
]);

/**
 * Reads the section. Unknown keys are ignored, as old writers stored everything they knew.
 * Throws `confMalformed` for a number that is none, a boolean other than True and False, a list where a string is due.
 */
export function parseRenewalParams(section: ConfigSection): RenewalParams {
  const options: Record<string, unknown> = {};
  for (const name of section.keys()) {
    const kind = kinds.get(name);
    const value = kind === undefined ? undefined : section.get(name);
    const parsed = kind === undefined || value === undefined ? undefined : parseOption(value, { name, kind });
    if (parsed !== undefined) options[name] = parsed;
  }
  const typed = options as StoredOptionValues;
  return {
    ...typed,
    server: serverOf(typed.server),
    // Until 1.25 nothing but RSA existed and nothing was stored.
    key_type: typed.key_type ?? 'rsa',
    webroot_path: asList(section.get('webroot_path')),
    webroot_map: parseWebrootMap(section.section('webroot_map')),
    plugin: parsePluginOptions(section, [typed.authenticator, typed.installer, ...(typed.authenticator_map ?? []).map((entry) => entry.slice(entry.lastIndexOf('=') + 1).trim())]),
  };
}

/** The directory URL that a stored server means today. */
export function serverOf(stored: string | undefined): string {
  return stored === undefined ? defaultServer : (successors.get(stored) ?? stored);
}

function parseOption(value: ConfigValue, { name, kind }: { name: string; kind: OptionKind }): unknown {
  if (kind === 'list') return asList(value);
  if (typeof value !== 'string') {
    // An unquoted comma makes any value a list; for text the writer meant the comma.
    if (kind === 'string') return value.join(', ');
    throw invalid(name, kind);
  }
  if (kind === 'boolean') return parseBoolean(value, name);
  if (kind === 'integer') return parseInteger(value, name);
  return value === 'None' ? undefined : value;
}

function parseInteger(value: string, name: string): number | undefined {
  if (value === 'None') return undefined;
  if (!/^\s*[+-]?\d{1,9}\s*$/.test(value)) throw invalid(name, 'integer');
  return Number(value);
}

function parseBoolean(value: string, name: string): boolean {
  const word = value.toLowerCase();
  if (word !== 'true' && word !== 'false') throw invalid(name, 'boolean');
  return word === 'true';
}

function invalid(name: string, kind: OptionKind): StoreError {
  const expected = kind === 'boolean' ? 'True or False' : 'a number';
  return new StoreError('confMalformed', `"${name}" in [renewalparams] is not ${expected}`, { details: { key: name } });
}

function asList(value: ConfigValue | undefined): readonly string[] {
  if (value === undefined || value === 'None' || value === '') return [];
  return typeof value === 'string' ? [value] : value;
}

function parseWebrootMap(section: ConfigSection | undefined): ReadonlyMap<string, string> {
  const map = new Map<string, string>();
  for (const name of section?.keys() ?? []) {
    const folder = section?.get(name);
    if (folder !== undefined) map.set(name, typeof folder === 'string' ? folder : folder.join(', '));
  }
  return map;
}

function parsePluginOptions(
  section: ConfigSection,
  plugins: readonly (string | undefined)[],
): ReadonlyMap<string, PluginOptionValue> {
  const prefixes = plugins.filter((name) => name !== undefined).map((name) => `${name.replaceAll('-', '_')}_`);
  const found = new Map<string, PluginOptionValue>();
  for (const key of section.keys()) {
    if (key === 'webroot_path' || !prefixes.some((prefix) => key.startsWith(prefix))) continue;
    const value = section.get(key);
    if (value !== undefined) found.set(key, typeof value === 'string' ? parsePluginOption(value) : value);
  }
  return found;
}

function parsePluginOption(value: string): PluginOptionValue {
  if (value === 'None') return null;
  if (value === 'True' || value === 'False') return value === 'True';
  return value;
}

/** Makes the section hold exactly `params`: changed values are replaced, missing keys removed, comments kept. */
export function storeRenewalParams(section: ConfigSection, params: ParamsToStore): void {
  for (const name of [...section.keys(), ...section.sections().map((one) => one.name)]) {
    if (!params.has(name)) section.delete(name);
  }
  for (const [name, value] of params) {
    if (value instanceof Map) storeMap(section, { name, map: value as ReadonlyMap<string, string> });
    else section.set(name, optionToText(value as WritableOption));
  }
}

function storeMap(section: ConfigSection, { name, map }: { name: string; map: ReadonlyMap<string, string> }): void {
  const sub = section.addSection(name);
  for (const key of sub.keys()) if (!map.has(key)) sub.delete(key);
  for (const [key, value] of map) sub.set(key, value);
}

function optionToText(value: WritableOption): ConfigValue {
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'number') return String(value);
  return value;
}
