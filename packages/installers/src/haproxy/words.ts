// The words of one line as HAProxy splits it: blank space separates, quotes and backslashes join, `#` starts a comment.
// Text is one character per byte (Latin-1), so that every file comes back as it was.

/** One word of a line. */
export interface Word {
  readonly start: number;
  readonly end: number;
  /** Without quotes and escapes; references to the environment are left as they are. */
  readonly value: string;
}

const escapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };

/** Splits a line. A quote that is never closed reaches to the end of the line. */
export function splitWords(line: string): readonly Word[] {
  const words: Word[] = [];
  let at = 0;
  while (at < line.length) {
    const character = line.charAt(at);
    if (character === ' ' || character === '\t' || character === '\r') at += 1;
    else if (character === '#') break;
    else {
      const word = readWord(line, at);
      words.push(word);
      at = word.end;
    }
  }
  return words;
}

/** Where a comment starts; the length of the line where there is none. */
export function endOfCode(line: string): number {
  return splitWords(line).at(-1)?.end ?? 0;
}

function readWord(line: string, start: number): Word {
  let value = '';
  let quote: string | undefined;
  let at = start;
  for (; at < line.length; at += 1) {
    const character = line.charAt(at);
    if (quote === "'") {
      if (character === "'") quote = undefined;
      else value += character;
    } else if (character === '\\') {
      at += 1;
      value += unescape(line, at);
      if (line.charAt(at) === 'x' && isHexPair(line, at)) at += 2;
    } else if (character === quote) quote = undefined;
    else if (quote === undefined && (character === '"' || character === "'")) quote = character;
    else if (quote === undefined && /[ \t\r#]/.test(character)) break;
    else value += character;
  }
  return { start, end: Math.min(at, line.length), value };
}

function unescape(line: string, at: number): string {
  const character = line.charAt(at);
  if (character === 'x' && isHexPair(line, at)) return String.fromCharCode(Number.parseInt(line.slice(at + 1, at + 3), 16));
  return escapes[character] ?? character;
}

function isHexPair(line: string, at: number): boolean {
  return /^[\da-f]{2}$/i.test(line.slice(at + 1, at + 3));
}

/** A value as one word; quoted only where it must be. `value` has no line breaks or control characters. */
export function quoteWord(value: string): string {
  if (/^[\w./:@%+=,~-]+$/.test(value)) return value;
  return `'${value.replaceAll("'", `'\\''`)}'`;
}

/** Text of ours as file content: the bytes of its UTF-8 form, one character each. */
export function toFileText(text: string): string {
  return Buffer.from(text).toString('latin1');
}

/** A word of a file as text of ours. */
export function fromFileText(text: string): string {
  return Buffer.from(text, 'latin1').toString('utf8');
}
