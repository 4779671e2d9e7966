// `npm run check`: every gate, each with the time it took. All of them run even after one failed, so that one run tells all.
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { binaryOf, installPackages, root, run, runQuietly } from './run.mjs';

installPackages();

const node = process.execPath;
const tool = (/** @type {string} */ name) => path.join(root, 'tools', name);
const published = readdirSync(path.join(root, 'packages')).filter((name) => !['testing', 'cli'].includes(name));

/** @type {{ name: string, run: () => number }[]} */
const gates = [
  { name: 'build', run: () => run(node, [tool('build.mjs')]) },
  { name: 'types', run: () => run(node, [binaryOf('typescript-native', 'tsc'), '-p', 'tsconfig.json']) },
  { name: 'lint', run: () => run(node, [binaryOf('oxlint', 'oxlint'), '--type-aware', '--deny-warnings']) },
  { name: 'layers', run: () => run(node, [tool('check-layers.mjs')]) },
  { name: 'unused code and dependencies', run: () => run(node, [binaryOf('knip', 'knip'), '--no-config-hints']) },
  { name: 'generated files', run: () => run(node, [tool('gen.mjs'), '--check']) },
  { name: 'snippets', run: () => run(node, [tool('check-snippets.mjs')]) },
  { name: 'words', run: () => run(node, [tool('check-words.mjs')]) },
  { name: 'package exports', run: () => worst(published.map(checkExports)) },
];

/** @param {string} name */
function checkExports(name) {
  const folder = path.join('packages', name);
  const problems = [
    runQuietly(node, [binaryOf('publint', 'publint'), folder, '--strict']),
    runQuietly(node, [binaryOf('@arethetypeswrong/cli', 'attw'), '--pack', folder, '--profile', 'esm-only', '--quiet']),
  ];
  return worst(problems);
}

/** @param {readonly number[]} statuses */
function worst(statuses) {
  return Math.max(...statuses);
}

let failures = 0;
for (const gate of gates) {
  const startedAt = performance.now();
  const status = gate.run();
  if (status !== 0) failures++;
  console.log(`${status === 0 ? 'ok  ' : 'FAIL'} ${gate.name} (${((performance.now() - startedAt) / 1000).toFixed(1)} s)`);
}
console.log(failures === 0 ? 'all gates passed' : `${failures} of ${gates.length} gates failed`);
process.exitCode = failures === 0 ? 0 : 1;
