// Which files an Include names: a file, a folder with everything below it, or a pattern, relative to ServerRoot.
import { join, resolve } from 'node:path';
import type { ConfigFiles } from './config-files.ts';
import { hasWildcard, wildcardMatch } from './wildcard.ts';

/** The files that `Include argument` reads, in httpd's order. */
export function includedPaths(argument: string, { serverRoot, files }: { readonly serverRoot: string; readonly files: ConfigFiles }): string[] {
  const path = resolve(serverRoot, argument);
  const paths = hasWildcard(path) ? expand(path, files) : [path];
  return paths.flatMap((one) => (files.isFolder(one) ? filesBelow(one, files) : [one]));
}

/** Patterns are matched folder by folder. */
function expand(pattern: string, files: ConfigFiles): string[] {
  let found = ['/'];
  for (const segment of pattern.split('/').filter((part) => part !== '')) {
    found = found.flatMap((folder) => {
      if (!hasWildcard(segment)) return [join(folder, segment)];
      return files.list(folder).filter((name) => wildcardMatch(segment, name, { file: true })).map((name) => join(folder, name));
    });
  }
  return found;
}

function filesBelow(folder: string, files: ConfigFiles, depth = 0): string[] {
  if (depth > 20) return [];
  return files.list(folder).flatMap((name) => {
    const path = join(folder, name);
    return files.isFolder(path) ? filesBelow(path, files, depth + 1) : [path];
  });
}

/** True when `Include argument` reads `path`, which need not exist yet. */
export function includeCovers(argument: string, path: string, serverRoot: string): boolean {
  const wanted = resolve(serverRoot, argument).split('/');
  const given = path.split('/');
  if (wanted.length > given.length) return false;
  return given.every((segment, index) => (wanted[index] === undefined ? true : wildcardMatch(wanted[index], segment, { file: true })));
}
