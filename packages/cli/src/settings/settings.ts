// The settings of one issuance: option values with where each came from, and the map from names to web roots.
// Values of a renewal come from what is typed, then from cli.ini, then from the stored parameters, then defaults.
import type { Arguments } from '../args/parse.ts';
import type { Source } from '../args/option.ts';
import type { OptionName, Values } from '../args/table.ts';
import type { StoredValue } from './stored.ts';

/** Immutable; {@link withValues} makes changed copies. */
export interface Settings {
  readonly values: Values;
  readonly sources: ReadonlyMap<OptionName, Source>;
  /** Name → folder that its web server serves, as far as it is known. */
  readonly webrootMap: ReadonlyMap<string, string>;
  /** Stored parameters that we do not know but must keep: those of foreign plugins. */
  readonly foreign: ReadonlyMap<string, StoredValue>;
}

/** The settings that the command line alone makes. */
export function settingsOf({ values, sources }: Arguments, webrootMap: ReadonlyMap<string, string>): Settings {
  return { values, sources, webrootMap, foreign: new Map() };
}

/** A copy with other values, all from `source`. */
export function withValues(settings: Settings, changes: Partial<Values>, source: Source): Settings {
  const names = Object.keys(changes) as OptionName[];
  return {
    ...settings,
    values: { ...settings.values, ...changes },
    sources: new Map([...settings.sources, ...names.map((name) => [name, source] as const)]),
  };
}

/** Whether somebody said this on the command line or in cli.ini of this run. */
export function isSetNow(settings: Pick<Settings, 'sources'>, name: OptionName): boolean {
  const source = settings.sources.get(name);
  return source === 'typed' || source === 'file';
}
