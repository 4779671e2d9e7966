// `npm run build`: compiles the packages for publishing and bundles the command that `bin/certward` runs.
// The bundle is split: each verb loads what it needs. Its first file is CommonJS, which Node starts fastest.
import { readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import { binaryOf, root, run } from './run.mjs';
import { unbarrel } from './unbarrel.mjs';

const source = path.join(root, 'packages', 'cli', 'src');
const out = path.join(root, 'packages', 'cli', 'dist', 'command');

/** Loaded from node_modules when needed: native code, and what only some machines have. */
const external = ['koffi', '@photostructure/sqlite', 'node:sqlite'];

/** Compiles every package to its `dist`. */
function compilePackages() {
  return run(process.execPath, [binaryOf('typescript-native', 'tsc'), '-b', 'tsconfig.build.json']);
}

/**
 * The entry loads `main` as a module beside it.
 * @type {import('esbuild').Plugin}
 */
const mainBesideEntry = {
  name: 'main-beside-entry',
  setup(build) {
    build.onResolve({ filter: /^\.\/main\.ts$/ }, () => ({ path: './main.js', external: true }));
  },
};

/** @satisfies {import('esbuild').BuildOptions} */
const common = {
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  conditions: ['@certward/source'],
  external,
  minifyWhitespace: true,
  minifySyntax: true,
  keepNames: false,
  legalComments: 'none',
  sourcemap: 'linked',
  sourcesContent: false,
  logLevel: 'warning',
};

async function bundleCommand() {
  rmSync(out, { recursive: true, force: true });
  await build({ ...common, entryPoints: [path.join(source, 'entry.ts')], outdir: out, format: 'cjs', outExtension: { '.js': '.cjs' }, plugins: [mainBesideEntry] });
  await build({
    ...common,
    entryPoints: [path.join(source, 'main.ts')],
    outdir: out,
    format: 'esm',
    splitting: true,
    plugins: [unbarrel()],
    chunkNames: 'parts/[name]-[hash]',
    // CommonJS dependencies in the bundle call require() for Node's own modules.
    banner: { js: "import{createRequire as __makeRequire}from'node:module';const require=__makeRequire(import.meta.url);" },
  });
}

/** The version stands in one place that the fastest path can read without parsing JSON; this keeps it honest. */
function checkVersion() {
  const { version } = JSON.parse(readFileSync(path.join(root, 'packages', 'cli', 'package.json'), 'utf8'));
  const text = readFileSync(path.join(source, 'version.ts'), 'utf8');
  if (text.includes(`version = '${version}'`)) return 0;
  console.error(`packages/cli/src/version.ts does not say ${version}, the version in package.json`);
  return 1;
}

const status = checkVersion() || compilePackages();
if (status === 0) await bundleCommand();
process.exitCode = status;
