// The file targets of a lineage: `renewal/NAME.targets.json`, beside its renewal configuration, which Certbot passes over.
// Definitions are kept as they were given; reading and applying them is in `targets.ts`.
import { existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { writeFileAtomic } from '@certward/engine';
import type { Context } from '../context.ts';
import { cliError } from '../errors.ts';

/** Definitions by the name of the target. */
export type StoredTargets = Readonly<Record<string, unknown>>;

/** Where the targets of a lineage are kept. */
export function targetsPath(lineage: string, { folders }: Pick<Context, 'folders'>): string {
  return path.join(folders.config, 'renewal', `${lineage}.targets.json`);
}

/** Whether a lineage has targets. */
export function hasTargets(lineage: string, context: Pick<Context, 'folders'>): boolean {
  return existsSync(targetsPath(lineage, context));
}

/** The targets of a lineage. Throws `fileUnreadable` for a file that is not as we write it. */
export function readStoredTargets(lineage: string, context: Pick<Context, 'folders'>): StoredTargets {
  const file = targetsPath(lineage, context);
  if (!existsSync(file)) return {};
  const content = parseJsonFile(file);
  if (typeof content === 'object' && content !== null && !Array.isArray(content)) return content as StoredTargets;
  throw cliError('fileUnreadable', `"${file}" is not an object from names to targets`, { hint: 'delete it, and install again with --target' });
}

/** Adds targets to those of a lineage; one of the same name is replaced. */
export async function storeTargets(lineage: string, targets: StoredTargets, context: Pick<Context, 'folders'>): Promise<void> {
  const all = { ...readStoredTargets(lineage, context), ...targets };
  await writeFileAtomic(targetsPath(lineage, context), `${JSON.stringify(all, undefined, 2)}\n`, { mode: 0o600 });
}

/** Takes the targets of a lineage along to its new name. */
export function renameTargets(from: string, to: string, context: Pick<Context, 'folders'>): void {
  if (hasTargets(from, context)) renameSync(targetsPath(from, context), targetsPath(to, context));
}

/** Forgets the targets of a lineage that is deleted. The files that programs have stay. */
export function forgetTargets(lineage: string, context: Pick<Context, 'folders'>): void {
  rmSync(targetsPath(lineage, context), { force: true });
}

/** The content of a JSON file. Throws `fileUnreadable`. */
export function parseJsonFile(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as unknown;
  } catch (cause) {
    throw cliError('fileUnreadable', `"${file}" cannot be read as JSON`, { cause });
  }
}
