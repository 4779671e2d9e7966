// Where the project lies, for what tests keep in its cache.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TestbedError } from './errors.ts';

/** The folder of the workspace. Found by walking up, because a bundled script runs from the cache. */
export function projectRoot(): string {
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    const manifest = join(folder, 'package.json');
    if (existsSync(manifest) && readFileSync(manifest, 'utf8').includes('"workspaces"')) return folder;
    if (folder === dirname(folder)) throw new TestbedError('programMissing', 'no workspace lies above the test-bed');
  }
}

/** A path in the cache of the project, which git ignores. */
export function cachePath(...parts: string[]): string {
  return join(projectRoot(), '.cache', ...parts);
}
