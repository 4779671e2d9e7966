// Include patterns as nginx resolves them: glob(3) with `*`, `?` and `[…]`, sorted, hidden files only when asked for.
import { readdirSync, statSync } from 'node:fs';
import { isAbsolute, join, normalize } from 'node:path';

/** The files that an `include` names, absolute and sorted. A pattern that matches nothing is no error. */
export function resolveInclude(pattern: string, root: string): string[] {
  const absolute = normalize(isAbsolute(pattern) ? pattern : join(root, pattern));
  if (!/[*?[]/.test(absolute)) return isFile(absolute) ? [absolute] : [];
  let found = ['/'];
  for (const part of absolute.split('/').filter((one) => one !== '')) found = found.flatMap((folder) => expand(folder, part));
  return found.filter(isFile);
}

function expand(folder: string, part: string): string[] {
  if (!/[*?[]/.test(part)) return [join(folder, part)];
  const expression = partExpression(part);
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    return [];
  }
  return names.filter((name) => (part.startsWith('.') || !name.startsWith('.')) && expression.test(name)).sort().map((name) => join(folder, name));
}

/** One path component as a regular expression. Runs of `*` are one, so that matching stays fast. */
function partExpression(part: string): RegExp {
  const source = part.replaceAll(/\[(!|\^)?([^\]]+)\]|\*+|\?|[^]/g, (token, negated: string | undefined, set: string | undefined) => {
    if (set !== undefined) return `[${negated === undefined ? '' : '^'}${set.replaceAll(/[\\\]^]/g, String.raw`\$&`)}]`;
    if (token.startsWith('*')) return '.*';
    return token === '?' ? '.' : token.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);
  });
  try {
    return new RegExp(`^${source}$`, 's');
  } catch {
    // A set that is none, such as `[z-a]`, matches nothing.
    return /(?!)/;
  }
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}
