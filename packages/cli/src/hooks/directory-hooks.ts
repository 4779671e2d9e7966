// Hooks that lie in folders: CFG/renewal-hooks/{pre,deploy,post}.
import { accessSync, constants, mkdirSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';

/** The three folders. */
export type HookKind = 'pre' | 'deploy' | 'post';

/** The executables of a folder, sorted by the bytes of their path; names that end in `~` are editors' backups. */
export function directoryHooks(folder: string): readonly string[] {
  let names: readonly string[];
  try {
    names = readdirSync(folder);
  } catch {
    return [];
  }
  return names
    .filter((name) => !name.endsWith('~'))
    .map((name) => path.join(folder, name))
    .filter(isExecutableFile)
    .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

function isExecutableFile(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

/** Makes the folders, as Certbot does at every start, so that an administrator finds them. */
export function createHookFolders(configFolder: string): void {
  for (const kind of ['pre', 'deploy', 'post']) mkdirSync(path.join(configFolder, 'renewal-hooks', kind), { recursive: true, mode: 0o755 });
}
