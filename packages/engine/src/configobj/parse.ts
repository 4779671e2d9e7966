// The line level of the ConfigObj dialect: comments, section headers, keys, values over several lines.
import { lineWithBreak, unusualLineBreak } from './line-breaks.ts';
import { malformed } from './malformed.ts';
import { ConfigSection, type DocumentState } from './section.ts';
import { type ParsedValue, parseValue, skipBlanks, trimEndIndex, unquote } from './value.ts';

/** Parses a text without byte order mark into a root section. Throws `confMalformed`. */
export function parseInto(text: string, state: DocumentState): ConfigSection {
  return new Parser(text, state).parse();
}

class Parser {
  readonly #lines: Lines;
  readonly #state: DocumentState;
  readonly #root: ConfigSection;
  #current: ConfigSection;

  constructor(text: string, state: DocumentState) {
    this.#lines = new Lines(text);
    this.#state = state;
    this.#root = new ConfigSection({ name: '', depth: 0, parent: undefined }, { state, header: '' });
    this.#current = this.#root;
  }

  parse(): ConfigSection {
    for (let line = this.#lines.next(); line !== undefined; line = this.#lines.next()) {
      const start = skipBlanks(line.content, 0);
      const first = line.content[start];
      if (first === undefined || first === '#') this.#current.adopt(line.content + line.eol);
      else if (first !== '[' || !this.#parseHeader(line)) this.#parseEntry(line);
    }
    return this.#root;
  }

  /** False where the line is not a section header after all (it may be a key that begins with a bracket). */
  #parseHeader(line: Line): boolean {
    const match = headerPattern.exec(line.content);
    if (match === null) return false;
    const depth = count(match[1] ?? '', '[');
    if (depth !== count(match[3] ?? '', ']')) throw malformed('unequal brackets around a section name', this.#lines.number);
    if (depth > this.#current.depth + 1) throw malformed('a section nested too deeply', this.#lines.number);
    let parent = this.#current;
    while (parent.depth >= depth && parent.parent !== undefined) parent = parent.parent;
    const name = unquote(match[2] ?? '');
    const section = new ConfigSection({ name, depth, parent }, { state: this.#state, header: line.content + line.eol });
    if (!parent.adopt(section)) throw malformed(`the name "${name}" twice in one section, the second time`, this.#lines.number);
    this.#current = section;
    return true;
  }

  #parseEntry(line: Line): void {
    const key = findKey(line.content);
    if (key === undefined) throw malformed('neither a section nor a key', this.#lines.number);
    const number = this.#lines.number;
    const before = line.content.slice(0, key.valueStart);
    const written = line.content.slice(key.valueStart);
    const triple = written.slice(0, 3);
    const isTriple = triple === '"""' || triple === "'''";
    const parsed = isTriple ? this.#parseTriple(triple, { written, eol: line.eol }) : singleLine(written, line.eol);
    if (parsed === undefined) throw malformed('a value that cannot be read', number);
    if (!this.#current.adopt({ key: key.name, before, text: parsed.text, after: parsed.after, value: parsed.value })) {
      throw malformed(`the key "${key.name}" twice in one section, the second time`, number);
    }
  }

  #parseTriple(quote: string, first: { readonly written: string; readonly eol: string }): WrittenValue | undefined {
    const onOne = closeTriple(first.written.slice(3), quote);
    if (onOne !== undefined) return { value: onOne.value, text: first.written.slice(0, 3 + onOne.end), after: first.written.slice(3 + onOne.end) + first.eol };
    if (first.written.includes(quote, 3)) return undefined;
    let value = first.written.slice(3);
    let text = first.written + first.eol;
    for (let line = this.#lines.next(); line !== undefined; line = this.#lines.next()) {
      value += '\n';
      if (line.content.includes(quote)) {
        const close = closeTriple(line.content, quote);
        if (close === undefined) return undefined;
        return { value: value + close.value, text: text + line.content.slice(0, close.end), after: line.content.slice(close.end) + line.eol };
      }
      value += line.content;
      text += line.content + line.eol;
    }
    return undefined;
  }
}

interface WrittenValue {
  readonly value: ParsedValue['value'];
  readonly text: string;
  readonly after: string;
}

function singleLine(written: string, eol: string): WrittenValue | undefined {
  const parsed = parseValue(written);
  if (parsed === undefined) return undefined;
  const end = written.length - parsed.comment.length;
  return { value: parsed.value, text: written.slice(0, end), after: parsed.comment + eol };
}

/** The first closing quote after which only blanks or a comment follow. */
function closeTriple(text: string, quote: string): { readonly value: string; readonly end: number } | undefined {
  for (let at = text.indexOf(quote); at !== -1; at = text.indexOf(quote, at + 1)) {
    const rest = skipBlanks(text, at + 3);
    if (rest === text.length || text[rest] === '#') return { value: text.slice(0, at), end: at + 3 };
  }
  return undefined;
}

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

interface Line {
  readonly content: string;
  /** `\n`, `\r\n`, `\r`, or nothing: at the end of the text, and after the rarer separators, which stay in the content. */
  readonly eol: string;
}

/** Walks through the lines of a text. */
class Lines {
  readonly #text: string;
  readonly #plain: boolean;
  #at = 0;
  #number = 0;

  constructor(text: string) {
    this.#text = text;
    this.#plain = !unusualLineBreak.test(text);
  }

  /** Of the line that `next` gave last, counted from 1. */
  get number(): number {
    return this.#number;
  }

  next(): Line | undefined {
    const text = this.#text;
    const start = this.#at;
    if (start >= text.length) return undefined;
    this.#number += 1;
    if (this.#plain) {
      const end = text.indexOf('\n', start);
      this.#at = end === -1 ? text.length : end + 1;
      return end === -1 ? { content: text.slice(start), eol: '' } : { content: text.slice(start, end), eol: '\n' };
    }
    lineWithBreak.lastIndex = start;
    const match = lineWithBreak.exec(text);
    const whole = match?.[0] ?? text.slice(start);
    this.#at = start + whole.length;
    const eol = /\r?\n$|\r$/.exec(whole)?.[0] ?? '';
    return { content: whole.slice(0, whole.length - eol.length), eol };
  }
}
