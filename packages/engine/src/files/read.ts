// Reading whole text files with our errors.
import { isUtf8 } from 'node:buffer';
import { readFileSync } from 'node:fs';

import { errnoOf, fileError, StoreError } from './errors.ts';

/** The text of a UTF-8 file. Throws `notFound`, `notReadable`, `fileFailed`, or `confMalformed` for bytes that are not UTF-8. */
export function readTextFile(path: string): string {
  const text = tryReadTextFile(path);
  if (text === undefined) throw new StoreError('notFound', `cannot read "${path}": no such file or folder`, { details: { path } });
  return text;
}

/** Like {@link readTextFile}, but undefined where there is no such file (or a dangling link). */
export function tryReadTextFile(path: string): string | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw fileError(error, 'read', path);
  }
  // Decoding replaces bad bytes by U+FFFD, which would reach the disk again on a rewrite; only then is a second look worth it.
  if (text.includes('\uFFFD') && !isUtf8(readFileSync(path))) {
    throw new StoreError('confMalformed', `"${path}" is not UTF-8 text`, { details: { path } });
  }
  return text;
}
