// The line level of the ConfigObj dialect: comments, section headers, keys, values over several lines.
import { lineWithBreak, unusualLineBreak } from './line-breaks.ts';
import { malformed } from './malformed.ts';
import { ConfigSection, type DocumentState, type Entry } from './section.ts';
import { type ConfigValue, parseValue, skipBlanks, trimEndIndex, unquote } from './value.ts';

/** Parses a text without byte order mark into a root section. Throws `confMalformed`. */
export function parseInto(text: string, state: DocumentState): ConfigSection {
  return new Parser(text, state).parse();
}

class Parser {
  readonly #text: string;
  readonly #lines: Lines;
  readonly #state: DocumentState;
  readonly #root: ConfigSection;
  #current: ConfigSection;

  constructor(text: string, state: DocumentState) {
    this.#text = text;
    this.#lines = new Lines(text);
    this.#state = state;
    this.#root = new ConfigSection({ name: '', depth: 0, parent: undefined }, { state, header: '' });
    this.#current = this.#root;
  }

  parse(): ConfigSection {
    while (this.#lines.next()) {
      const simple = simpleEntry(this.#text, this.#lines);
      if (simple === undefined) this.#parseLine();
      else this.#adoptEntry(simple, this.#lines.number);
    }
    return this.#root;
  }

  #parseLine(): void {
    const content = this.#lines.content();
    const first = content[skipBlanks(content, 0)];
    if (first === undefined || first === '#') this.#current.adopt(this.#lines.whole());
    else if (first !== '[' || !this.#parseHeader(content)) this.#parseEntry(content);
  }

  /** False where the line is not a section header after all (it may be a key that begins with a bracket). */
  #parseHeader(content: string): boolean {
    const match = simpleHeader.exec(content) ?? headerPattern.exec(content);
    if (match === null) return false;
    const depth = count(match[1] ?? '', '[');
    if (depth !== count(match[3] ?? '', ']')) throw malformed('unequal brackets around a section name', this.#lines.number);
    if (depth > this.#current.depth + 1) throw malformed('a section nested too deeply', this.#lines.number);
    let parent = this.#current;
    while (parent.depth >= depth && parent.parent !== undefined) parent = parent.parent;
    const name = unquote(match[2] ?? '');
    const section = new ConfigSection({ name, depth, parent }, { state: this.#state, header: this.#lines.whole() });
    if (!parent.adopt(section)) throw malformed(`the name "${name}" twice in one section, the second time`, this.#lines.number);
    this.#current = section;
    return true;
  }

  #parseEntry(content: string): void {
    const { start, number } = this.#lines;
    const key = findKey(content);
    if (key === undefined) throw malformed('neither a section nor a key', number);
    const valueStart = start + key.valueStart;
    const written = content.slice(key.valueStart);
    const triple = written.slice(0, 3);
    const isTriple = triple === '"""' || triple === "'''";
    const found = isTriple ? this.#parseTriple(triple, written) : singleLine(written);
    if (found === undefined) throw malformed('a value that cannot be read', number);
    // A value over several lines ends in a later line, whose start counts then.
    const valueEnd = (found.lastLine ? this.#lines.start : valueStart) + found.length;
    this.#adoptEntry({ key: key.name, value: found.value, source: this.#text, start, valueStart, valueEnd, end: this.#lines.end }, number);
  }

  #adoptEntry(entry: Entry, number: number): void {
    if (!this.#current.adopt(entry)) throw malformed(`the key "${entry.key}" twice in one section, the second time`, number);
  }

  #parseTriple(quote: string, written: string): FoundValue | undefined {
    const onOne = closeTriple(written.slice(3), quote);
    if (onOne !== undefined) return { value: onOne.value, length: 3 + onOne.end, lastLine: false };
    if (written.includes(quote, 3)) return undefined;
    let value = written.slice(3);
    while (this.#lines.next()) {
      const content = this.#lines.content();
      value += '\n';
      if (content.includes(quote)) {
        const close = closeTriple(content, quote);
        return close === undefined ? undefined : { value: value + close.value, length: close.end, lastLine: true };
      }
      value += content;
    }
    return undefined;
  }
}

interface FoundValue {
  readonly value: ConfigValue;
  /** Of the value as written, within the line where it begins or, if `lastLine`, where it ends. */
  readonly length: number;
  readonly lastLine: boolean;
}

function singleLine(written: string): FoundValue | undefined {
  const parsed = parseValue(written);
  return parsed === undefined ? undefined : { value: parsed.value, length: written.length - parsed.comment.length, lastLine: false };
}

/**
 * The entry of a line of the common form, `word = plain ASCII text`, without building any intermediate text; undefined for
 * every other line. More than nine lines in ten are of this form.
 */
function simpleEntry(source: string, { start, contentEnd, end }: Lines): Entry | undefined {
  let at = start;
  while (at < contentEnd && isWordCharacter(source.charCodeAt(at))) at += 1;
  const keyEnd = at;
  while (at < contentEnd && source.charCodeAt(at) === space) at += 1;
  if (keyEnd === start || source.charCodeAt(at) !== equalsSign || at >= contentEnd) return undefined;
  at += 1;
  while (at < contentEnd && source.charCodeAt(at) === space) at += 1;
  const valueStart = at;
  let valueEnd = at;
  for (; at < contentEnd; at += 1) {
    const code = source.charCodeAt(at);
    if (code < space || code > 0x7e || code === 0x22 || code === 0x23 || code === 0x27 || code === 0x2c) return undefined;
    if (code !== space) valueEnd = at + 1;
  }
  return { key: source.slice(start, keyEnd), value: source.slice(valueStart, valueEnd), source, start, valueStart, valueEnd, end };
}

const space = 0x20;
const equalsSign = 0x3d;

/** Letters, digits, `_`, `-`, `.`: what the keys of a renewal configuration consist of. */
function isWordCharacter(code: number): boolean {
  return (code >= 0x61 && code <= 0x7a) || code === 0x5f || (code >= 0x30 && code <= 0x39) || (code >= 0x41 && code <= 0x5a) || code === 0x2d || code === 0x2e;
}

/** The first closing quote after which only blanks or a comment follow. */
function closeTriple(text: string, quote: string): { readonly value: string; readonly end: number } | undefined {
  for (let at = text.indexOf(quote); at !== -1; at = text.indexOf(quote, at + 1)) {
    const rest = skipBlanks(text, at + 3);
    if (rest === text.length || text[rest] === '#') return { value: text.slice(0, at), end: at + 3 };
  }
  return undefined;
}

/** The common form of what `headerPattern` matches, with the same groups, and much cheaper. */
const simpleHeader = /^(\[+)([\w.-]+)(\]+)$/;

/** Opening brackets, name (quoted or not, at least one visible character), closing brackets, comment. */
const headerPattern = /^\s*((?:\[\s*)+)("\s*\S.*?"|'\s*\S.*?'|[^'"\s].*?)((?:\s*\])+)\s*(?:#.*)?$/su;

function count(text: string, character: string): number {
  let found = 0;
  for (const one of text) if (one === character) found += 1;
  return found;
}

/** Divides a line at its `=`. A quoted key may hold one; it ends at the first closing quote that `=` follows. */
function findKey(line: string): { readonly name: string; readonly valueStart: number } | undefined {
  const start = skipBlanks(line, 0);
  const quote = line[start];
  if (quote === '"' || quote === "'") {
    for (let at = line.indexOf(quote, start + 1); at !== -1; at = line.indexOf(quote, at + 1)) {
      const equals = skipBlanks(line, at + 1);
      if (line[equals] === '=') return { name: line.slice(start + 1, at), valueStart: skipBlanks(line, equals + 1) };
    }
  }
  // Where the first visible character cannot begin a key, a blank before it may: ` = x` has the key ` `.
  const from = quote === '"' || quote === "'" || quote === '=' ? start - 1 : start;
  const equals = line.indexOf('=', from + 1);
  if (from < 0 || equals === -1) return undefined;
  const end = trimEndIndex(line, { from: from + 1, to: equals });
  return { name: unquote(line.slice(from, end)), valueStart: skipBlanks(line, equals + 1) };
}

/** Walks through the lines of a text; `start`, `contentEnd` and `end` are places in it. */
class Lines {
  readonly #text: string;
  readonly #plain: boolean;
  /** Of the current line, counted from 1. */
  number = 0;
  start = 0;
  /** Where LF, CRLF or CR begin. The rarer separators count as content, as the dialect's reader keeps them. */
  contentEnd = 0;
  end = 0;

  constructor(text: string) {
    this.#text = text;
    this.#plain = !unusualLineBreak.test(text);
  }

  /** Goes to the next line; false at the end. */
  next(): boolean {
    const text = this.#text;
    if (this.end >= text.length) return false;
    this.number += 1;
    this.start = this.end;
    if (this.#plain) {
      const lineFeed = text.indexOf('\n', this.start);
      this.contentEnd = lineFeed === -1 ? text.length : lineFeed;
      this.end = lineFeed === -1 ? text.length : lineFeed + 1;
      return true;
    }
    lineWithBreak.lastIndex = this.start;
    const whole = lineWithBreak.exec(text)?.[0] ?? text.slice(this.start);
    this.end = this.start + whole.length;
    this.contentEnd = this.end - (/\r?\n$|\r$/.exec(whole)?.[0].length ?? 0);
    return true;
  }

  /** The current line without its line end. */
  content(): string {
    return this.#text.slice(this.start, this.contentEnd);
  }

  /** The current line with its line end. */
  whole(): string {
    return this.#text.slice(this.start, this.end);
  }
}
