// An esbuild plugin: named imports from a workspace package go straight to the file that defines them.
// esbuild splits code by files, and everything that an index file re-exports would land in one part: listing
// certificates would load the DNS code. Relies on what lint demands of index files: named re-exports only.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { root } from './run.mjs';

const packages = path.join(root, 'packages');

/** @typedef {{ readonly file: string, readonly name: string }} Origin */

/**
 * Exported name → where it is defined, for one package.
 * @param {string} packageName
 * @returns {ReadonlyMap<string, Origin>}
 */
function readIndex(packageName) {
  const folder = path.join(packages, packageName, 'src');
  /** @type {Map<string, Origin>} */
  const origins = new Map();
  for (const [, list = '', from = ''] of readFileSync(path.join(folder, 'index.ts'), 'utf8').matchAll(/export \{([^}]*)\} from '([^']+)'/g)) {
    for (const { name, alias } of specifiers(list)) origins.set(alias, { file: path.join(folder, from), name });
  }
  return origins;
}

/**
 * The values (not types) of a list such as `a, type B, c as d`.
 * @param {string} list
 */
function specifiers(list) {
  return list
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '' && !one.startsWith('type '))
    .map((one) => {
      const [name = '', alias = name] = one.split(' as ').map((part) => part.trim());
      return { name, alias };
    });
}

/**
 * Rewrites the imports of one source text.
 * @param {string} text
 * @param {(packageName: string) => ReadonlyMap<string, Origin>} indexOf
 */
export function redirectImports(text, indexOf) {
  return text.replaceAll(/^(import|export) \{([^}]*)\} from '@certward\/(\w+)';/gm, (statement, keyword, list, packageName) => {
    const index = indexOf(packageName);
    const wanted = specifiers(list);
    if (wanted.some(({ name }) => !index.has(name))) return statement;
    const lines = wanted.map(({ name, alias }) => {
      const origin = index.get(name);
      return `${keyword} { ${origin?.name} as ${alias} } from ${JSON.stringify(origin?.file)};`;
    });
    // As many line breaks as before, so that source maps stay right.
    return lines.join(' ') + '\n'.repeat(statement.split('\n').length - 1);
  });
}

/** @returns {import('esbuild').Plugin} */
export function unbarrel() {
  const names = new Set(readdirSync(packages));
  /** @type {Map<string, ReadonlyMap<string, Origin>>} */
  const indexes = new Map();
  const indexOf = (/** @type {string} */ packageName) => {
    const known = indexes.get(packageName) ?? (names.has(packageName) ? readIndex(packageName) : new Map());
    indexes.set(packageName, known);
    return known;
  };
  return {
    name: 'unbarrel',
    setup(build) {
      build.onLoad({ filter: /packages\/\w+\/src\/.*\.ts$/ }, ({ path: file }) => ({
        contents: redirectImports(readFileSync(file, 'utf8'), indexOf),
        loader: 'ts',
      }));
    },
  };
}
