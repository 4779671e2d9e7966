// Words of the nginx language: where one ends, what it means, and how a value is written.
// The rules are those of nginx's own reader (ngx_conf_read_token); where nginx refuses two quoted words without space
// between them, we read two words, because a parser that is for editing loses nothing by it.
import { NginxError } from '../errors.ts';

const tab = 9;
const lineFeed = 10;
const carriageReturn = 13;
const space = 32;
const doubleQuote = 34;
const dollar = 36;
const singleQuote = 39;
const semicolon = 59;
const backslash = 92;
const openBrace = 123;

/** Whether nginx takes this byte for blank space. A non-breaking space is none to nginx. */
export function isBlank(code: number): boolean {
  return code === space || code === lineFeed || code === tab || code === carriageReturn;
}

/** The first position at or after `start` that is not blank. */
export function skipBlank(text: string, start: number): number {
  let at = start;
  while (at < text.length && isBlank(text.charCodeAt(at))) at++;
  return at;
}

/** The end of the word that starts at `start`, or -1 when a quote is not closed. */
export function endOfWord(text: string, start: number): number {
  const first = text.charCodeAt(start);
  return first === doubleQuote || first === singleQuote ? endOfQuoted(text, start + 1, first) : endOfBare(text, start);
}

function endOfQuoted(text: string, start: number, quote: number): number {
  for (let at = start; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === backslash) at++;
    else if (code === quote) return at + 1;
  }
  return -1;
}

function endOfBare(text: string, start: number): number {
  let afterDollar = false;
  for (let at = start; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === openBrace && afterDollar) continue;
    afterDollar = code === dollar;
    if (code === backslash) at++;
    else if (isBlank(code) || code === semicolon || code === openBrace) return at;
  }
  return text.length;
}

const escapes: Readonly<Record<string, string>> = { t: '\t', r: '\r', n: '\n', '"': '"', "'": "'", '\\': '\\' };

/** What nginx makes of a word: quotes off, `\"`, `\'`, `\\`, `\t`, `\r`, `\n` undone, other backslashes kept. */
export function valueOfWord(raw: string): string {
  const quote = raw[0];
  const inner = raw.length >= 2 && (quote === '"' || quote === "'") && raw.endsWith(quote) ? raw.slice(1, -1) : raw;
  if (!inner.includes('\\')) return inner;
  return inner.replaceAll(/\\([trn"'\\])/g, (_, escaped: string) => escapes[escaped] ?? escaped);
}

/**
 * Writes a value from outside, such as a path, as one word: bare where it can be, otherwise in double quotes.
 * `$` cannot be escaped in nginx, nor may a control character slip in: such values throw `valueInvalid`.
 */
export function wordFor(value: string): string {
  if (/[\p{Cc}$]/u.test(value)) {
    throw new NginxError('valueInvalid', `"${value.replaceAll(/\p{Cc}/gu, '?')}" cannot be written into an nginx configuration`, {
      hint: 'nginx has no way to write a dollar sign or a control character in a path; use another path',
    });
  }
  const bytes = Buffer.from(value, 'utf8').toString('latin1');
  return /^[^\s;{}'"\\#]+$/.test(bytes) ? bytes : `"${bytes.replaceAll(/["\\]/g, String.raw`\$&`)}"`;
}

/** A value of the tree as text of ours: the bytes read as UTF-8. */
export function textOf(value: string): string {
  return Buffer.from(value, 'latin1').toString('utf8');
}
