// Runs a TypeScript file of the project as a program of its own, for tests that kill, trace or race processes.
import { createHash } from 'node:crypto';
import { mkdir, rename } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { type Plugin, build } from 'esbuild';
import { cachePath, projectRoot } from './project.ts';
import { type RunningProcess, startProcess } from './process.ts';

/** How a script is run. */
export interface ScriptOptions {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** Arguments for Node itself, before the script. */
  readonly nodeArgs?: readonly string[];
  /** For {@link startScript}: says when the script is ready to be worked with. */
  readonly ready?: (output: string) => boolean | Promise<boolean>;
  readonly signal?: AbortSignal | undefined;
}

/** What a script left when it ended. */
export interface ScriptResult {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Sources of the workspace go into the bundle; npm packages stay where they are. */
const npmPackagesStay: Plugin = {
  name: 'npm-packages-stay',
  setup(builder) {
    builder.onResolve({ filter: /^[^./]/ }, ({ path, kind }) =>
      kind === 'entry-point' || path.startsWith('@certward/') ? undefined : { path, external: true },
    );
  },
};

let bundles = 0;

/** Bundles a TypeScript entry with the workspace sources it imports. Returns the path of a module that Node runs. */
export async function bundleScript(entry: string): Promise<string> {
  const source = resolve(entry);
  const id = createHash('sha256').update(source).digest('hex').slice(0, 12);
  const target = cachePath('scripts', `${basename(source, '.ts')}-${id}.mjs`);
  const staged = `${target}.${process.pid}-${bundles++}`;
  await mkdir(cachePath('scripts'), { recursive: true });
  await build({
    entryPoints: [source],
    outfile: staged,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    conditions: ['@certward/source'],
    // Also for an entry that lies in a temporary folder.
    nodePaths: [join(projectRoot(), 'node_modules')],
    sourcemap: 'inline',
    logLevel: 'silent',
    plugins: [npmPackagesStay],
  });
  // Renamed into place, because two tests may bundle the same entry at once.
  await rename(staged, target);
  return target;
}

/** Bundles and starts a script, and lets it run. */
export async function startScript(entry: string, options: ScriptOptions = {}): Promise<RunningProcess> {
  const { args = [], nodeArgs = [], ...rest } = options;
  const script = await bundleScript(entry);
  return startProcess({
    command: process.execPath,
    args: ['--enable-source-maps', ...nodeArgs, script, ...args],
    name: basename(entry),
    ...rest,
  });
}

/** Bundles and runs a script to its end, whatever its exit code. */
export async function runScript(entry: string, options: ScriptOptions = {}): Promise<ScriptResult> {
  await using script = await startScript(entry, options);
  const { code, signal } = await script.exited;
  return { exitCode: code, signal, stdout: script.stdout(), stderr: script.stderr() };
}
