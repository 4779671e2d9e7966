// `npm run gen`: writes the reference pages from the tables in the code. `--check` only says which ones are stale.
// Reads the built packages: run `npm run build` first (`npm run check` does).
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { commandLinePage } from './reference/command-line.mjs';
import { problemsPage } from './reference/problems.mjs';
import { root } from './run.mjs';

/** @type {Record<string, () => Promise<string>>} */
const pages = {
  'docs/reference/command-line.md': commandLinePage,
  'docs/reference/acme-problems.md': problemsPage,
};

const checking = process.argv.includes('--check');
for (const [file, make] of Object.entries(pages)) {
  const wanted = await make();
  const target = path.join(root, file);
  if (wanted === readIfThere(target)) continue;
  if (checking) {
    console.error(`${file} is stale: run \`npm run build && npm run gen\``);
    process.exitCode = 1;
    continue;
  }
  mkdirSync(path.dirname(target), { recursive: true });
  writeFileSync(target, wanted);
  console.log(`wrote ${file}`);
}

/** @param {string} file */
function readIfThere(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
