// Settings to and from `[renewalparams]` of a renewal configuration: which options are kept, and under which key.
// Reading and writing the file is the engine's.
import { cliError } from '../errors.ts';
import { type OptionName, optionNames, optionOf, type Values } from '../args/table.ts';
import { isSetNow, type Settings, withValues } from './settings.ts';

/** A value of the file: text of a plug-in's option, or what the engine has typed already. */
export type StoredValue = string | number | boolean | null | readonly string[];

/** What a renewal configuration says about options. */
export interface StoredSettings {
  readonly parameters: ReadonlyMap<string, StoredValue>;
  readonly webrootMap: ReadonlyMap<string, string>;
}

/** The engine's typed view of `[renewalparams]`, as far as it matters here. */
export interface TypedParameters {
  readonly webroot_map: ReadonlyMap<string, string>;
  readonly plugin: ReadonlyMap<string, StoredValue>;
}

const alwaysStored: readonly OptionName[] = ['server', 'keyType'];

/** Folders are where this run found the configuration; a copied tree must not lead it elsewhere. */
const neverRestored: readonly OptionName[] = ['configDir', 'workDir', 'logsDir'];

const storedNames = optionNames.filter((name) => optionOf(name).saved !== undefined);

/** Brings the engine's view into one map. */
export function storedSettingsOf(params: TypedParameters): StoredSettings {
  const { webroot_map: webrootMap, plugin, ...options } = params;
  return { parameters: new Map([...plugin, ...Object.entries<StoredValue>(options)]), webrootMap };
}

/**
 * Lays the stored parameters of a lineage under what this run was told.
 * Throws `argumentInvalid` for numbers and booleans that are none: the lineage's configuration is then invalid.
 */
export function restoreSettings(now: Settings, { parameters, webrootMap }: StoredSettings): Settings {
  let settings: Settings = { ...now, foreign: foreignParameters(parameters) };
  for (const name of storedNames) {
    const value = parameters.get(optionOf(name).saved ?? '');
    if (value === undefined || value === null || isSetNow(now, name) || neverRestored.includes(name)) continue;
    if (Array.isArray(value) && value.length === 0) continue;
    settings = withValues(settings, { [name]: castStored(name, value) }, 'stored');
  }
  return isSetNow(now, 'webrootPath') || now.webrootMap.size > 0 ? settings : { ...settings, webrootMap };
}

function castStored(name: OptionName, value: Exclude<StoredValue, null>): unknown {
  const { kind, saved = '' } = optionOf(name);
  const text = Array.isArray(value) ? value.join(', ') : String(value);
  switch (kind) {
    case 'flag':
    case 'pair':
      return name === 'noAutorenew' ? !castBoolean(saved, text) : castBoolean(saved, text);
    case 'integer':
    case 'count':
      if (/^[+-]?\d+$/.test(text.trim())) return Number(text);
      throw cliError('argumentInvalid', `Expected a numeric value for ${saved}`, { details: { value: text } });
    case 'list':
      return Array.isArray(value) ? value : [text];
    case 'text':
    default:
      return text;
  }
}

function castBoolean(key: string, text: string): boolean {
  const word = text.toLowerCase();
  if (word === 'true') return true;
  if (word === 'false') return false;
  throw cliError('argumentInvalid', `Expected True or False for ${key} but found ${text}`);
}

/** Options that a plugin of Certbot may have stored and that we do not have; they must survive a rewrite. */
function foreignParameters(parameters: StoredSettings['parameters']): Settings['foreign'] {
  const known = new Set(storedNames.map((name) => optionOf(name).saved));
  const plugins = ['authenticator', 'installer'].flatMap((key) => {
    const name = parameters.get(key);
    return typeof name === 'string' ? [`${name.replace(/^.*:/, '').replaceAll('-', '_')}_`] : [];
  });
  return new Map([...parameters].filter(([key]) => !known.has(key) && plugins.some((prefix) => key.startsWith(prefix))));
}

/** The parameters to store: what was set by anybody, plus `server` and `key_type` always, in table order. */
export function storedParameters(settings: Settings): ReadonlyMap<string, StoredValue | ReadonlyMap<string, string>> {
  const { values, sources, foreign, webrootMap } = settings;
  const parameters = new Map<string, StoredValue | ReadonlyMap<string, string>>();
  for (const name of storedNames) {
    const { saved = '' } = optionOf(name);
    const isSet = (sources.get(name) ?? 'default') !== 'default';
    if (isSet || alwaysStored.includes(name)) setParameter(parameters, saved, storedValue(name, values[name]));
  }
  for (const [key, value] of foreign) parameters.set(key, value);
  const usesWebroot = values.authenticator === 'webroot' || values.authenticatorMap.some((entry) => entry.includes('=webroot'));
  if (usesWebroot && webrootMap.size > 0) parameters.set('webroot_map', webrootMap);
  return parameters;
}

function setParameter(parameters: Map<string, unknown>, key: string, value: StoredValue | undefined): void {
  const isEmpty = value === undefined || (Array.isArray(value) && value.length === 0);
  if (!isEmpty) parameters.set(key, value);
}

function storedValue(name: OptionName, value: Values[OptionName]): StoredValue | undefined {
  return name === 'noAutorenew' ? value !== true : value;
}
