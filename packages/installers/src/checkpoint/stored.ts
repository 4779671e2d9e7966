// A checkpoint folder as it lies on the disk, in the format of Certbot's reverter, and reading it.
//
//   FILEPATHS       absolute paths, one per line; line i belongs to the copy <basename>_<i>
//   <basename>_<i>  the content before the change
//   NEW_FILES       paths to delete on the way back
//   COMMANDS        rows of arguments to run on the way back, the last row first
//   CHANGES_SINCE   the title once finalized, then notes
import { basename, isAbsolute, join } from 'node:path';

import { tryReadTextFile } from '@certward/engine';

import { parseCsv } from './csv.ts';
import { CheckpointError } from './errors.ts';

/** Names inside a checkpoint folder. */
export const entryNames = {
  files: 'FILEPATHS',
  newFiles: 'NEW_FILES',
  commands: 'COMMANDS',
  changes: 'CHANGES_SINCE',
} as const;

/** What a checkpoint folder says. */
export interface StoredCheckpoint {
  readonly folder: string;
  /** Paths of changed files; the index is part of the copy's name. */
  readonly files: readonly string[];
  readonly newFiles: readonly string[];
  readonly commands: readonly (readonly string[])[];
  readonly changes: string;
}

/** Where Python's `splitlines` breaks, since that is how the other tool reads these lists. */
const lineBreaks = ['\n', '\r', '\v', '\f', '\u{1c}', '\u{1d}', '\u{1e}', '\u{85}', '\u{2028}', '\u{2029}'] as const;

/** Reads a checkpoint folder. Missing lists are empty ones. */
export function readCheckpoint(folder: string): StoredCheckpoint {
  const text = (name: string) => tryReadTextFile(join(folder, name)) ?? '';
  return {
    folder,
    files: splitLines(text(entryNames.files)),
    newFiles: splitLines(text(entryNames.newFiles)),
    commands: parseCsv(text(entryNames.commands)),
    changes: text(entryNames.changes),
  };
}

/** Paths as the lists hold them. */
export function formatPaths(paths: readonly string[]): string {
  return paths.map((path) => `${path}\n`).join('');
}

/** Where the copy of file number `index` lies. */
export function copyPath(folder: string, path: string, index: number): string {
  return join(folder, `${basename(path)}_${index}`);
}

/** Throws `pathUnusable` for a path that the line-based lists cannot hold. */
export function checkPath(path: string): void {
  if (isAbsolute(path) && ![...lineBreaks, '\0'].some((one) => path.includes(one))) return;
  throw new CheckpointError('pathUnusable', `cannot record a change of ${JSON.stringify(path)}: checkpoints need absolute paths without line breaks`, {
    details: { path },
    hint: 'rename the file, or include it under another path',
  });
}

function splitLines(text: string): string[] {
  const lines = lineBreaks.reduce((joined, one) => joined.replaceAll(one, '\n'), text.replaceAll('\r\n', '\n')).split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines;
}
