// Listing folders for checkpoints.
import { readdirSync, statSync } from 'node:fs';

/** Names of the folders in `path`; none where that does not exist. */
export function listFolders(path: string): string[] {
  if (!isFolder(path)) return [];
  return readdirSync(path, { withFileTypes: true }).filter((entry) => entry.isDirectory()).map((entry) => entry.name);
}

/** Whether the path is a folder. */
export function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
