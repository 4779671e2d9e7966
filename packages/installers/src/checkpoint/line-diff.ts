// The shortest way from one list of lines to another (Myers' greedy algorithm).

/** One line of a comparison: in both, only in the old list, or only in the new one. */
export interface DiffLine {
  readonly kind: ' ' | '-' | '+';
  readonly text: string;
}

/** More differences than this are shown as a whole replacement: the search costs their square in memory. */
const mostEdits = 2_000;

/** Compares two lists of lines. */
export function diffLines(before: readonly string[], after: readonly string[]): DiffLine[] {
  const start = commonStart(before, after);
  const end = commonEnd(before.slice(start), after.slice(start));
  const middle = diffMiddle(before.slice(start, before.length - end), after.slice(start, after.length - end));
  return [
    ...before.slice(0, start).map((text) => ({ kind: ' ' as const, text })),
    ...middle,
    ...before.slice(before.length - end).map((text) => ({ kind: ' ' as const, text })),
  ];
}

function diffMiddle(before: readonly string[], after: readonly string[]): DiffLine[] {
  const trace = before.length === 0 || after.length === 0 ? undefined : searchPath(before, after);
  if (trace !== undefined) return walkBack(trace, before, after);
  return [...before.map((text) => ({ kind: '-' as const, text })), ...after.map((text) => ({ kind: '+' as const, text }))];
}

/** The furthest positions per diagonal after each number of edits; undefined when there are too many. */
function searchPath(before: readonly string[], after: readonly string[]): ReadonlyMap<number, number>[] | undefined {
  const trace: ReadonlyMap<number, number>[] = [];
  let furthest = new Map([[1, 0]]);
  for (let edits = 0; edits <= Math.min(before.length + after.length, mostEdits); edits += 1) {
    trace.push(furthest);
    furthest = new Map(furthest);
    for (let diagonal = -edits; diagonal <= edits; diagonal += 2) {
      let x = stepFrom(furthest, diagonal, edits).x;
      while (x < before.length && x - diagonal < after.length && before[x] === after[x - diagonal]) x += 1;
      furthest.set(diagonal, x);
      if (x >= before.length && x - diagonal >= after.length) return trace;
    }
  }
  return undefined;
}

/** Where the edit number `edits` on `diagonal` comes from: an insertion (from above) or a deletion (from the left). */
function stepFrom(furthest: ReadonlyMap<number, number>, diagonal: number, edits: number): { readonly from: number; readonly x: number } {
  const above = furthest.get(diagonal + 1) ?? -1;
  const left = furthest.get(diagonal - 1) ?? -1;
  const insertion = diagonal === -edits || (diagonal !== edits && left < above);
  return insertion ? { from: diagonal + 1, x: above } : { from: diagonal - 1, x: left + 1 };
}

function walkBack(trace: readonly ReadonlyMap<number, number>[], before: readonly string[], after: readonly string[]): DiffLine[] {
  const lines: DiffLine[] = [];
  let x = before.length;
  let y = after.length;
  for (let edits = trace.length - 1; edits >= 0; edits -= 1) {
    const furthest = trace[edits] ?? new Map<number, number>();
    const { from } = stepFrom(furthest, x - y, edits);
    const fromX = edits === 0 ? 0 : (furthest.get(from) ?? 0);
    const fromY = edits === 0 ? 0 : fromX - from;
    while (x > fromX && y > fromY) {
      x -= 1;
      y -= 1;
      lines.push({ kind: ' ', text: before[x] ?? '' });
    }
    if (edits === 0) break;
    if (x > fromX) lines.push({ kind: '-', text: before[(x -= 1)] ?? '' });
    else lines.push({ kind: '+', text: after[(y -= 1)] ?? '' });
  }
  return lines.reverse();
}

function commonStart(before: readonly string[], after: readonly string[]): number {
  let count = 0;
  while (count < before.length && count < after.length && before[count] === after[count]) count += 1;
  return count;
}

function commonEnd(before: readonly string[], after: readonly string[]): number {
  let count = 0;
  while (count < before.length && count < after.length && before.at(-1 - count) === after.at(-1 - count)) count += 1;
  return count;
}
