// Gate: an import points to a lower layer only, is declared in its package's package.json and goes through the exports
// map. Covers `import`, `export … from`, `import type` and `import()`. TypeScript's project references do not enforce
// this under npm workspaces, because every package is reachable through node_modules.
import { readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

/** A package may import packages of a smaller number only. `testing` is for tests and may be imported by tests alone. */
const layers = new Map(
  Object.entries({ base: 0, pki: 1, acme: 2, engine: 3, ca: 3, dns: 4, installers: 4, server: 5, dashboard: 5, cli: 6 }),
);

/** Walls that the numbers do not say, each with its reason. */
const walls = [
  { from: 'ca', to: 'acme', because: 'client and CA share encoders with published vectors, never logic: else both make the same mistake' },
  { from: 'dashboard', to: 'server', because: 'the dashboard takes API types only' },
];

/**
 * @typedef {{ name: string, folder: string, declared: Set<string>, exports: Set<string> }} WorkspacePackage
 */

/**
 * Reads one workspace package.
 * @param {string} folder
 * @returns {WorkspacePackage}
 */
export function readPackage(folder) {
  const manifest = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
  const declared = new Set(
    ['dependencies', 'optionalDependencies', 'peerDependencies'].flatMap((kind) => Object.keys(manifest[kind] ?? {})),
  );
  return { name: path.basename(folder), folder, declared, exports: new Set(Object.keys(manifest.exports ?? {})) };
}

/**
 * The specifiers that a source file imports, `import()` and `import type` included.
 * @param {string} text
 */
export function importedSpecifiers(text) {
  return ts.preProcessFile(text, true, true).importedFiles.map((file) => file.fileName);
}

/**
 * Why a package must not import `specifier` from `file`, or undefined when it may.
 * @param {WorkspacePackage} importer
 * @param {string} file absolute path of the importing file
 * @param {string} specifier
 * @param {ReadonlyMap<string, WorkspacePackage>} packages
 */
export function objection(importer, file, specifier, packages) {
  const isTest = /\.test\.tsx?$/.test(file);
  if (specifier.startsWith('.')) {
    const target = path.resolve(path.dirname(file), specifier);
    const inside = target.startsWith(importer.folder + path.sep);
    return inside ? undefined : 'leaves its package: import the other package by name';
  }
  if (specifier.startsWith('node:')) return undefined;
  if (builtinModules.includes(specifier)) return `write node:${specifier}`;
  const [scope, base, ...rest] = specifier.split('/');
  const packageName = specifier.startsWith('@') ? `${scope}/${base}` : (scope ?? '');
  const subpath = specifier.startsWith('@') ? rest : [base, ...rest].filter((part) => part !== undefined);
  if (scope !== '@certward') {
    if (isTest || importer.name === 'testing' || importer.declared.has(packageName)) return undefined;
    return `"${packageName}" is not declared in the package.json of ${importer.name}`;
  }
  const target = packages.get(base ?? '');
  if (target === undefined) return `there is no package "${packageName}"`;
  if (!target.exports.has(['.', ...subpath].join('/'))) return `is not in the exports map of ${target.name}`;
  if (target.name === 'testing') return isTest ? undefined : 'only tests may import testing';
  if (!importer.declared.has(packageName)) return `"${packageName}" is not declared in the package.json of ${importer.name}`;
  const wall = walls.find(({ from, to }) => from === importer.name && to === target.name);
  if (wall !== undefined) return wall.because;
  if (importer.name === 'testing') return undefined;
  const from = layers.get(importer.name);
  const to = layers.get(target.name);
  if (from === undefined || to === undefined) return `give ${from === undefined ? importer.name : target.name} a layer in tools/check-layers.mjs`;
  return to < from ? undefined : `layer ${from} (${importer.name}) must not import layer ${to} (${target.name})`;
}

/**
 * All violations below `root`, one line each.
 * @param {string} root
 */
export function checkLayers(root) {
  const folder = path.join(root, 'packages');
  const packages = new Map(readdirSync(folder).map((name) => [name, readPackage(path.join(folder, name))]));
  /** @type {string[]} */
  const violations = [];
  for (const one of packages.values()) {
    for (const entry of readdirSync(path.join(one.folder, 'src'), { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || !/\.tsx?$/.test(entry.name) || entry.parentPath.includes('testdata')) continue;
      const file = path.join(entry.parentPath, entry.name);
      for (const specifier of importedSpecifiers(readFileSync(file, 'utf8'))) {
        const why = objection(one, file, specifier, packages);
        if (why !== undefined) violations.push(`${path.relative(root, file)}: import of "${specifier}" ${why}`);
      }
    }
  }
  return violations;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const violations = checkLayers(path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..'));
  for (const line of violations) console.error(line);
  process.exitCode = violations.length > 0 ? 1 : 0;
}
