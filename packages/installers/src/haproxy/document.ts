// A HAProxy configuration (or crt-list) file as lines that print back byte for byte, with the few edits we make.
import { endOfCode, quoteWord, splitWords, toFileText, type Word } from './words.ts';

/** One line with its end, which is empty only after the last one. */
interface Line {
  readonly text: string;
  readonly end: string;
}

/** A section of a configuration: from its keyword to the next one. */
export interface Section {
  /** `global`, `defaults`, `frontend`, `backend`, `listen`, … */
  readonly kind: string;
  readonly name: string;
  /** The named `defaults` that this one follows, if it says so. */
  readonly from: string | undefined;
  /** Line number of the keyword, from 0. */
  readonly start: number;
  /** Line number after its last line. */
  readonly end: number;
}

const sectionKeywords = new Set([
  'cache', 'crt-store', 'defaults', 'dynamic-update', 'fcgi-app', 'frontend', 'backend', 'global', 'http-errors', 'listen',
  'log-forward', 'log-profile', 'mailers', 'peers', 'program', 'resolvers', 'ring', 'traces', 'userlist', 'acme',
]);

/** Reads bytes; every input is accepted, and printing gives it back unless it is edited. */
export class HaproxyDocument {
  #lines: Line[];
  readonly #lineEnd: string;

  constructor(content: Uint8Array) {
    const text = Buffer.from(content).toString('latin1');
    this.#lines = (text.match(/[^\n]*\n|[^\n]+$/g) ?? []).map((line) => {
      const end = line.endsWith('\r\n') ? '\r\n' : line.endsWith('\n') ? '\n' : '';
      return { text: line.slice(0, line.length - end.length), end };
    });
    this.#lineEnd = this.#lines[0]?.end === '\r\n' ? '\r\n' : '\n';
  }

  toBytes(): Uint8Array {
    return Buffer.from(this.#lines.map(({ text, end }) => text + end).join(''), 'latin1');
  }

  get lineCount(): number {
    return this.#lines.length;
  }

  words(line: number): readonly Word[] {
    return splitWords(this.#lines[line]?.text ?? '');
  }

  /** The values of the words of a line. */
  values(line: number): readonly string[] {
    return this.words(line).map(({ value }) => value);
  }

  sections(): readonly Section[] {
    const starts = this.#lines.flatMap((_, line) => (sectionKeywords.has(this.values(line)[0] ?? '') ? [line] : []));
    return starts.map((start, index) => {
      const [kind = '', name = '', ...rest] = this.values(start);
      // `defaults from base` has no name of its own.
      const from = rest[rest.indexOf('from') + 1];
      return { kind, name, from: rest.includes('from') ? from : undefined, start, end: starts[index + 1] ?? this.#lines.length };
    });
  }

  /** Line numbers of a section's own lines. */
  linesOf({ start, end }: Section): number[] {
    return Array.from({ length: end - start - 1 }, (_, index) => start + 1 + index);
  }

  /** Puts a line of ours before line number `line`, indented as the lines around it. */
  insertLine(line: number, text: string): void {
    const before = this.#lines[line - 1];
    // The last line may lack its end.
    if (before !== undefined && before.end === '') this.#lines[line - 1] = { text: before.text, end: this.#lineEnd };
    this.#lines.splice(line, 0, { text: toFileText(text), end: this.#lineEnd });
  }

  /** Replaces one word. */
  replaceWord(line: number, index: number, value: string): void {
    const word = this.words(line)[index];
    if (word !== undefined) this.#edit(line, word.start, word.end, quoteWord(toFileText(value)));
  }

  /** Adds words before the word number `index`, or at the end of the code, before a comment. */
  insertWords(line: number, index: number, values: readonly string[]): void {
    const text = values.map((value) => quoteWord(toFileText(value))).join(' ');
    const word = this.words(line)[index];
    if (word !== undefined) this.#edit(line, word.start, word.start, `${text} `);
    else {
      const at = endOfCode(this.#lines[line]?.text ?? '');
      this.#edit(line, at, at, ` ${text}`);
    }
  }

  /** The blank space at the start of a section's lines. */
  indentOf(section: Section): string {
    const first = this.linesOf(section).find((line) => this.words(line).length > 0);
    return first === undefined ? '    ' : (/^[ \t]*/.exec(this.#lines[first]?.text ?? '')?.[0] ?? '');
  }

  #edit(line: number, start: number, end: number, replacement: string): void {
    const old = this.#lines[line];
    if (old !== undefined) this.#lines[line] = { text: old.text.slice(0, start) + replacement + old.text.slice(end), end: old.end };
  }
}
