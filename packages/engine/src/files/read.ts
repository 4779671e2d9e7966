// Reading whole small text files with our errors. One open, one read, one close: node's readFileSync makes about twice as
// many system calls, which counts where thousands of files are read.
import { isUtf8 } from 'node:buffer';
import { closeSync, openSync, readFileSync, readSync } from 'node:fs';

import { errnoOf, fileError, StoreError } from './errors.ts';

/** Large enough for every conf and certificate chain in practice; larger files take the ordinary way. */
const bufferSize = 65_536;
let buffer: Buffer | undefined;

/** The text of a UTF-8 file. Throws `notFound`, `notReadable`, `fileFailed`, or `confMalformed` for bytes that are not UTF-8. */
export function readTextFile(path: string): string {
  const text = tryReadTextFile(path);
  if (text === undefined) throw new StoreError('notFound', `cannot read "${path}": no such file or folder`, { details: { path } });
  return text;
}

/** Like {@link readTextFile}, but undefined where there is no such file (or a dangling link). */
export function tryReadTextFile(path: string): string | undefined {
  const text = tryReadLatin1File(path);
  if (text === undefined || isAscii(text)) return text;
  // Decoding would replace bad bytes, and a rewrite would make that permanent.
  const bytes = Buffer.from(text, 'latin1');
  if (!isUtf8(bytes)) throw new StoreError('confMalformed', `"${path}" is not UTF-8 text`, { details: { path } });
  return bytes.toString('utf8');
}

/** The bytes of a file as one character each, for PEM; undefined where there is no such file. Throws as {@link readTextFile}. */
export function tryReadLatin1File(path: string): string | undefined {
  try {
    return readLatin1(path);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw fileError(error, 'read', path);
  }
}

function readLatin1(path: string): string {
  buffer ??= Buffer.allocUnsafeSlow(bufferSize);
  const descriptor = openSync(path, 'r');
  try {
    const length = readSync(descriptor, buffer, 0, bufferSize, null);
    return length < bufferSize ? buffer.toString('latin1', 0, length) : readFileSync(path, 'latin1');
  } finally {
    closeSync(descriptor);
  }
}

function isAscii(text: string): boolean {
  return !/[\u0080-\u00ff]/.test(text);
}
