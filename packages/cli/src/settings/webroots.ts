// Which web root belongs to which name: the order of -w and -d, and --webroot-map.
import { statSync } from 'node:fs';
import path from 'node:path';
import { parseDnsName } from '@certward/pki';
import type { Arguments } from '../args/parse.ts';
import { cliError } from '../errors.ts';

/**
 * The map that the command line makes. Each `-d` takes the last `-w` before it; a single `-w` anywhere serves all.
 * `--webroot-map` beats both. Throws `argumentConflict` when several `-w` leave an earlier `-d` without one.
 */
export function typedWebrootMap({ ordered, values }: Pick<Arguments, 'ordered' | 'values'>): ReadonlyMap<string, string> {
  const map = new Map<string, string>();
  const roots = values.webrootPath;
  const names = (text: string) => text.split(',').map((name) => parseDnsName(name.trim()));
  let current: string | undefined;
  for (const { name, value = '' } of ordered) {
    if (name === 'webrootPath') current = checkRoot(value);
    if (name !== 'domains') continue;
    if (current === undefined && roots.length > 1) {
      throw cliError('argumentConflict', 'If you specify multiple webroot paths, one of them must precede all domain flags');
    }
    const root = current ?? roots[0];
    if (root !== undefined) for (const one of names(value)) map.set(one, checkRoot(root));
  }
  // Names of cli.ini have no place in the order: they take the last one.
  const last = roots.at(-1);
  for (const one of values.domains.flatMap(names)) if (last !== undefined && !map.has(one)) map.set(one, checkRoot(last));
  for (const [one, root] of parseWebrootMap(values.webrootMap)) map.set(one, checkRoot(root));
  return map;
}

/** The map for a set of names: what is known, then for the rest the last `-w`. Names without any are left out. */
export function completeWebrootMap(known: ReadonlyMap<string, string>, names: readonly string[], roots: readonly string[]): ReadonlyMap<string, string> {
  const last = roots.at(-1);
  const entries = names.flatMap((name) => {
    const root = known.get(name) ?? (last === undefined ? undefined : checkRoot(last));
    return root === undefined ? [] : [[name, root] as const];
  });
  return new Map(entries);
}

/** Parses `--webroot-map`. Throws `argumentInvalid` for anything but an object from names to folders. */
export function parseWebrootMap(text: string): ReadonlyMap<string, string> {
  if (text === '') return new Map();
  const refuse = (cause?: unknown) =>
    cliError('argumentInvalid', `--webroot-map is not a JSON object from names to folders: "${text}"`, {
      cause,
      hint: `it looks like '{"a.example,b.example":"/srv/www"}'`,
    });
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw refuse(cause);
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) throw refuse();
  const map = new Map<string, string>();
  for (const [names, root] of Object.entries(parsed)) {
    if (typeof root !== 'string') throw refuse();
    for (const name of names.split(',')) map.set(parseDnsName(name.trim()), root);
  }
  return map;
}

/** A web root as it is stored: absolute, an existing folder. */
export function checkRoot(folder: string): string {
  const absolute = path.resolve(folder);
  if (statSync(absolute, { throwIfNoEntry: false })?.isDirectory() === true) return absolute;
  throw cliError('pluginMisconfigured', `${absolute} does not exist or is not a directory`, {
    hint: '-w names the folder that the web server serves for the names after it',
  });
}
