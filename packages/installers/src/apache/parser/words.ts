// The words of a directive: cut and unquoted by httpd's own rules, with their places, so that one can be replaced alone.
import { joinLine } from './lines.ts';

/** One word of a line. */
export interface Word {
  /** Without quotes and escapes. */
  readonly value: string;
  /** Offsets in the raw line, quotes included. */
  readonly start: number;
  readonly end: number;
  readonly quote: '"' | "'" | '';
}

const isSpace = (character: string | undefined) =>
  character === ' ' || (character !== undefined && character >= '\t' && character <= '\r');

/** The words of a logical line, the directive's name first. */
export function readWords(raw: string): Word[] {
  const joined = joinLine(raw);
  return wordsOf(joined.text).map((word) => ({ ...word, start: joined.at(word.start), end: joined.at(word.end - 1) + 1 }));
}

/** The words of a section's opening line: `<Name`, then the arguments up to the last `>` (httpd looks for the last one). */
export function readSectionWords(raw: string): Word[] {
  const joined = joinLine(raw);
  const close = joined.text.lastIndexOf('>');
  const words = wordsOf(close === -1 ? joined.text : joined.text.slice(0, close));
  return words.map((word) => ({ ...word, start: joined.at(word.start), end: joined.at(word.end - 1) + 1 }));
}

function wordsOf(text: string): Word[] {
  const words: Word[] = [];
  for (let position = skipSpace(text, 0); position < text.length; ) {
    const word = readWord(text, position);
    words.push(word);
    position = skipSpace(text, word.end);
  }
  return words;
}

function readWord(text: string, start: number): Word {
  const first = text[start];
  if (first !== '"' && first !== "'") {
    let end = start;
    while (end < text.length && !isSpace(text[end])) end += 1;
    return { value: unescape(text.slice(start, end), ''), start, end, quote: '' };
  }
  let end = start + 1;
  while (end < text.length && text[end] !== first) end += isEscape(text, end, first) ? 2 : 1;
  const value = unescape(text.slice(start + 1, end), first);
  // A quote that is never closed reaches to the end of the line, less the blanks that httpd trims.
  if (end >= text.length) return { value: value.trimEnd(), start, end: text.length, quote: first };
  return { value, start, end: end + 1, quote: first };
}

function isEscape(text: string, index: number, quote: string): boolean {
  const next = text[index + 1];
  return text[index] === '\\' && next !== undefined && (next === '\\' || next === quote);
}

function unescape(text: string, quote: string): string {
  if (!text.includes('\\')) return text;
  return text.replace(/\\(.)/gs, (pair, next: string) => (next === '\\' || (quote !== '' && next === quote) ? next : pair));
}

function skipSpace(text: string, from: number): number {
  let position = from;
  while (isSpace(text[position])) position += 1;
  return position;
}

/** A value as one word: quoted only where httpd would cut it or take it for something else, or where it was quoted before. */
export function quoteWord(value: string, quote: Word['quote'] = ''): string {
  const chosen = quote !== '' ? quote : /^$|[\s"'<>\\]|^#/.test(value) ? '"' : '';
  return chosen === '' ? value : `${chosen}${value.replaceAll('\\', '\\\\').replaceAll(chosen, `\\${chosen}`)}${chosen}`;
}
