// The command line as a whole: arguments, the cli.ini files and defaults, with where each value came from.
import path from 'node:path';
import { addOccurrence, interpretSetting } from './convert.ts';
import { defaultIniFiles, readIniFile } from './ini.ts';
import type { Source } from './option.ts';
import { type OptionName, optionNames, optionOf, type Values } from './table.ts';
import { type Occurrence, tokenize } from './tokens.ts';
import type { Verb } from './verbs.ts';

/** What the command was asked to do. */
export interface Arguments {
  readonly verb: Verb;
  readonly values: Values;
  /** Where the value of an option came from; options that are not in it have their default. */
  readonly sources: ReadonlyMap<OptionName, Source>;
  /** `-w`, `-d` and `--webroot-map` in the order given, for the rule that a `-d` takes the `-w` before it. */
  readonly ordered: readonly Occurrence[];
  readonly help: { readonly topic: string | undefined } | undefined;
  readonly version: boolean;
  /** Sentences about options without effect, one per option. */
  readonly warnings: readonly string[];
}

/** Options of {@link parseArguments}. */
export interface ParseOptions {
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** The files that are read without being asked for. Default: Certbot's two places. */
  readonly iniFiles?: readonly string[] | undefined;
}

/**
 * Parses the words after the program name.
 * Typed options beat the file of `-c`, which beats the user's cli.ini, which beats the system's; lists are not merged.
 * Throws `argumentSyntax`, for which the exit status is 2.
 */
export function parseArguments(words: readonly string[], options: ParseOptions = {}): Arguments {
  const tokens = tokenize(words);
  const verb = tokens.verb ?? 'run';
  const typed = fold(tokens.occurrences);
  const askedOnly = tokens.help !== undefined || tokens.version;
  const fromFiles = askedOnly ? new Map<OptionName, unknown>() : readFiles(typed, verb, options);
  const given = new Map([...fromFiles, ...typed]);
  const below = foldersBelow(given.get('prefix'));
  const values = Object.fromEntries(
    optionNames.map((name) => [name, given.has(name) ? given.get(name) : (below.get(name) ?? optionOf(name).defaultValue)]),
  ) as unknown as Values;
  const sources = new Map<OptionName, Source>();
  for (const name of fromFiles.keys()) sources.set(name, 'file');
  for (const name of typed.keys()) sources.set(name, 'typed');
  return {
    verb,
    values,
    sources,
    ordered: tokens.occurrences.filter(({ name }) => name === 'webrootPath' || name === 'domains' || name === 'webrootMap'),
    help: tokens.help,
    version: tokens.version,
    warnings: [...sources.keys()].filter((name) => optionOf(name).tier === 'dead').map((name) => `Use of ${optionOf(name).flags[0]} is deprecated.`),
  };
}

/** `--prefix` stands for the three folders that are not named themselves. */
function foldersBelow(prefix: unknown): ReadonlyMap<OptionName, string> {
  if (typeof prefix !== 'string') return new Map();
  const folder = path.resolve(prefix);
  return new Map([['configDir', path.join(folder, 'config')], ['workDir', path.join(folder, 'work')], ['logsDir', path.join(folder, 'logs')]]);
}

function fold(occurrences: readonly Occurrence[]): Map<OptionName, unknown> {
  const values = new Map<OptionName, unknown>();
  for (const one of occurrences) values.set(one.name, addOccurrence(values.get(one.name), one));
  return values;
}

function readFiles(typed: ReadonlyMap<OptionName, unknown>, verb: Verb, options: ParseOptions): Map<OptionName, unknown> {
  const extra = typed.get('configFile');
  const files = [...(options.iniFiles ?? defaultIniFiles(options.environment ?? process.env)), ...(typeof extra === 'string' ? [extra] : [])];
  const merged = new Map<OptionName, unknown>();
  for (const file of files) {
    const settings = readIniFile(file).map(interpretSetting);
    for (const { name } of settings) merged.delete(name);
    for (const [name, value] of fold(settings.flatMap(({ occurrences }) => occurrences))) if (!typed.has(name)) merged.set(name, value);
  }
  // Names in cli.ini would make every renewal fail; Certbot drops them for this verb alone.
  if (verb === 'renew') merged.delete('domains');
  return merged;
}
