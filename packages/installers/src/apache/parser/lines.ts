// Cuts a file into logical lines: physical lines joined where one ends in a backslash, as httpd joins them.

/** One logical line with its end-of-line characters. */
export interface LogicalLine {
  readonly raw: string;
  /** Number of its first physical line, from 1. */
  readonly line: number;
}

/** The logical lines of a text; their `raw` parts, joined, are the text. */
export function splitLogicalLines(text: string): LogicalLine[] {
  const lines: LogicalLine[] = [];
  let start = 0;
  let line = 1;
  let firstLine = 1;
  for (let position = 0; position < text.length; ) {
    const newline = text.indexOf('\n', position);
    const end = newline === -1 ? text.length : newline + 1;
    if (newline !== -1) line += 1;
    if (!isContinued(text, position, newline)) {
      lines.push({ raw: text.slice(start, end), line: firstLine });
      start = end;
      firstLine = line;
    }
    position = end;
  }
  if (start < text.length) lines.push({ raw: text.slice(start), line: firstLine });
  return lines;
}

/** httpd joins on any backslash before the line end, also on a doubled one and in comments. */
function isContinued(text: string, start: number, newline: number): boolean {
  if (newline === -1) return false;
  const last = newline > start && text[newline - 1] === '\r' ? newline - 2 : newline - 1;
  return last >= start && text[last] === '\\';
}

/** A logical line as httpd sees it, and where each of its characters stands in `raw`. */
export interface JoinedLine {
  readonly text: string;
  /** Offset in `raw` of a character of `text`; also defined for the end. */
  at(index: number): number;
}

/** Takes the continuations out of a logical line. */
export function joinLine(raw: string): JoinedLine {
  const first = raw.indexOf('\n');
  if (first === -1 || first === raw.length - 1) return { text: raw, at: (index) => index };
  let text = '';
  const cuts: { readonly from: number; readonly offset: number }[] = [{ from: 0, offset: 0 }];
  let position = 0;
  for (const match of raw.matchAll(/\\\r?\n/g)) {
    text += raw.slice(position, match.index);
    position = match.index + match[0].length;
    cuts.push({ from: text.length, offset: position - text.length });
  }
  text += raw.slice(position);
  return { text, at: (index) => index + (cuts.findLast((cut) => cut.from <= index)?.offset ?? 0) };
}
