// A change of a file in unified diff format, for `--show-changes`. `patch` can apply it where the file is UTF-8.
import type { FileChange } from '@certward/engine';

import { type DiffLine, diffLines } from './line-diff.ts';

const contextLines = 3;

/**
 * The change as a unified diff with three lines of context; empty where content does not change. Lines are compared byte
 * by byte; bytes that are not UTF-8 are shown as U+FFFD.
 */
export function unifiedDiff({ path, before, after }: FileChange): string {
  const lines = diffLines(splitLines(before), splitLines(after));
  const hunks = formatHunks(lines);
  if (hunks === '' && (before === undefined) === (after === undefined)) return '';
  const name = (content: Uint8Array | undefined) => (content === undefined ? '/dev/null' : path);
  return `--- ${name(before)}\n+++ ${name(after)}\n${hunks}`;
}

/** Lines with their ends, one character per byte, so that different bytes are never equal. */
function splitLines(content: Uint8Array | undefined): string[] {
  if (content === undefined) return [];
  return Buffer.from(content).toString('latin1').match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

function formatHunks(lines: readonly DiffLine[]): string {
  let text = '';
  let oldLine = 1;
  let newLine = 1;
  let at = 0;
  for (const [start, end] of hunkRanges(lines)) {
    const skipped = start - at;
    const hunk = lines.slice(start, end);
    const oldCount = hunk.filter(({ kind }) => kind !== '+').length;
    const newCount = hunk.filter(({ kind }) => kind !== '-').length;
    oldLine += skipped;
    newLine += skipped;
    text += `@@ -${formatRange(oldLine, oldCount)} +${formatRange(newLine, newCount)} @@\n${hunk.map(formatLine).join('')}`;
    oldLine += oldCount;
    newLine += newCount;
    at = end;
  }
  return text;
}

/** Where the hunks start and end: each change with its context, joined where contexts touch. */
function hunkRanges(lines: readonly DiffLine[]): [number, number][] {
  const ranges: [number, number][] = [];
  for (const [index, { kind }] of lines.entries()) {
    if (kind === ' ') continue;
    const end = Math.min(lines.length, index + contextLines + 1);
    const start = Math.max(0, index - contextLines);
    const last = ranges.at(-1);
    if (last !== undefined && start <= last[1]) last[1] = end;
    else ranges.push([start, end]);
  }
  return ranges;
}

/** An empty range is named by the line before it. */
function formatRange(line: number, count: number): string {
  if (count === 1) return String(line);
  return `${count === 0 ? line - 1 : line},${count}`;
}

function formatLine({ kind, text }: DiffLine): string {
  const shown = Buffer.from(text, 'latin1').toString('utf8');
  return shown.endsWith('\n') ? `${kind}${shown}` : `${kind}${shown}\n\\ No newline at end of file\n`;
}
