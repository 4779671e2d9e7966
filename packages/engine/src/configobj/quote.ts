// How values and keys are written so that every reader of the dialect gets them back unchanged.
import { StoreError } from '../files/errors.ts';
import { lineBreak, unusualLineBreak } from './line-breaks.ts';
import { type ConfigValue, isBlank } from './value.ts';

/**
 * The text of a value: bare if possible; quoted where it contains `,` or `#` or begins or ends with a blank or a quote;
 * triple-quoted where it holds both kinds of quotes or a line feed. Lists are comma-separated, `x,` for one, `,` for none.
 * Throws `confUnwritable` for what no quoting can express.
 */
export function quoteValue(value: ConfigValue): string {
  if (typeof value === 'string') return needsTriple(value) ? tripleQuote(value) : quoteWord(value);
  const [only] = value;
  if (only === undefined) return ',';
  return value.length === 1 ? `${quoteWord(only)},` : value.map(quoteWord).join(', ');
}

/** The text of a key, a section name or a list item: one line, so never triple-quoted. */
export function quoteWord(word: string): string {
  if (word === '') return '""';
  if (lineBreak.test(word)) throw unwritable('a line break');
  if (isBareWord(word)) return word;
  if (!word.includes('"')) return `"${word}"`;
  if (!word.includes("'")) return `'${word}'`;
  throw unwritable('both kinds of quotes');
}

/** The text of a key or section name; those that would read as something else without quotes get them. */
export function quoteKey(key: string): string {
  const word = quoteWord(key);
  return word === key && /[=[\]]/.test(key) ? (key.includes('"') ? `'${key}'` : `"${key}"`) : word;
}

function isBareWord(word: string): boolean {
  return !word.includes(',') && !word.includes('#') && !isEdge(word, 0) && !isEdge(word, word.length - 1);
}

/** Blanks and quotes at either end would be taken off on reading. */
function isEdge(word: string, at: number): boolean {
  return word[at] === '"' || word[at] === "'" || isBlank(word.charCodeAt(at));
}

function needsTriple(value: string): boolean {
  return value.includes('\n') || (value.includes('"') && value.includes("'"));
}

function tripleQuote(value: string): string {
  const quote = ["'''", '"""'].find((candidate) => survives(value, candidate));
  if (quote === undefined) throw unwritable('both kinds of triple quotes');
  return `${quote}${value}${quote}`;
}

/** Line feeds are kept inside triple quotes; other line breaks would come back as line feeds. */
function survives(value: string, quote: string): boolean {
  if (unusualLineBreak.test(value)) throw unwritable('a line break other than a line feed');
  return !value.includes(quote);
}

function unwritable(what: string): StoreError {
  return new StoreError('confUnwritable', `a value with ${what} cannot be written into a renewal configuration`, {
    hint: 'put the command into a script and name the script instead',
  });
}
