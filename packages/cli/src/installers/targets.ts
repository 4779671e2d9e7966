// `--target`: files that any other program gets, and how it is told. Definitions are read, applied, and applied again at
// each renewal; what a definition may say is the installers package's.
import { existsSync } from 'node:fs';
import type { CertificatePaths } from '@certward/engine';
import { type FileTarget, installFileTarget, parseFileTarget, presets } from '@certward/installers';
import type { Context } from '../context.ts';
import { cliError } from '../errors.ts';
import { parseJsonFile, readStoredTargets, type StoredTargets } from './stored-targets.ts';

/** Reads the targets of the command line: each a file in JSON, or the name of a preset. Throws `definitionInvalid`, `fileUnreadable`. */
export function readTypedTargets({ arguments: { values } }: Context): StoredTargets {
  return Object.fromEntries(values.targets.map(readTarget));
}

function readTarget(value: string): readonly [string, unknown] {
  const isPreset = Object.hasOwn(presets, value) && !existsSync(value);
  if (!isPreset && !existsSync(value)) {
    throw cliError('fileUnreadable', `there is no target "${value}"`, { hint: `name a file in JSON, or one of ${Object.keys(presets).join(', ')}` });
  }
  const definition = isPreset ? { preset: value } : parseJsonFile(value);
  return [parseFileTarget(definition).name, definition];
}

/** What became of one target. */
export interface AppliedTarget {
  readonly name: string;
  readonly files: readonly string[];
  readonly changed: readonly string[];
}

/** Brings a certificate to targets. A program that does not take it has its former files back, and the error is thrown. */
export async function applyTargets(targets: StoredTargets, paths: CertificatePaths, context: Context): Promise<readonly AppliedTarget[]> {
  const applied: AppliedTarget[] = [];
  for (const definition of Object.values(targets)) applied.push(await applyOne(parseFileTarget(definition), paths, context));
  return applied;
}

async function applyOne(target: FileTarget, paths: CertificatePaths, { environment, terminal, log, clock, signal }: Context): Promise<AppliedTarget> {
  const { changed, commandRan, checked } = await installFileTarget(target, paths, { env: environment, log, clock, signal });
  const files = target.outputs.map(({ path }) => path);
  const what = changed.length === 0 && !commandRan ? 'is up to date' : `has the certificate${checked ? ' and serves it' : ''}`;
  terminal.result(`${target.name} ${what}: ${files.join(', ')}`);
  return { name: target.name, files, changed };
}

/** Applies the targets that a lineage has. */
export async function applyStoredTargets(lineage: { readonly name: string; readonly links: CertificatePaths }, context: Context): Promise<readonly AppliedTarget[]> {
  return await applyTargets(readStoredTargets(lineage.name, context), lineage.links, context);
}
