// A section of a ConfigObj document: reading with interpolation, editing that leaves every other byte alone.
import { interpolate } from './interpolate.ts';
import { endsWithLineBreak } from './line-breaks.ts';
import { quoteKey, quoteValue } from './quote.ts';
import type { ConfigValue } from './value.ts';

/**
 * One `key = value`, as places in the text it came from: thousands of files are parsed for a listing, and almost no
 * entry is ever written again.
 */
export interface Entry {
  readonly key: string;
  readonly value: ConfigValue;
  readonly source: string;
  /** Where its line begins: indentation, key, `=` and blanks up to {@link valueStart}. */
  readonly start: number;
  readonly valueStart: number;
  /** Where inline comment and line end begin. */
  readonly valueEnd: number;
  readonly end: number;
}

/** What sections share with their document. */
export interface DocumentState {
  edited: boolean;
  /** The line end for new lines. */
  readonly eol: string;
}

/** A section; the document's root is one of depth 0. Values and sub-sections share one name space, as in ConfigObj. */
export class ConfigSection {
  readonly name: string;
  readonly depth: number;
  readonly parent: ConfigSection | undefined;
  readonly #state: DocumentState;
  /** The header line as written; empty for the root. */
  readonly #header: string;
  /** Entries, and the comment and blank lines between them. */
  readonly #body: (Entry | string)[] = [];
  readonly #entries = new Map<string, Entry>();
  readonly #sections = new Map<string, ConfigSection>();

  /** Sections come from `parseConfigObj` and {@link ConfigSection.addSection}. */
  constructor(place: Pick<ConfigSection, 'name' | 'depth' | 'parent'>, { state, header }: { state: DocumentState; header: string }) {
    this.name = place.name;
    this.depth = place.depth;
    this.parent = place.parent;
    this.#state = state;
    this.#header = header;
  }

  /** The keys of values in file order. */
  keys(): string[] {
    return [...this.#entries.keys()];
  }

  /** The sub-sections in file order. */
  sections(): ConfigSection[] {
    return [...this.#sections.values()];
  }

  /** Whether there is a value or a sub-section of that name. */
  has(key: string): boolean {
    return this.#entries.has(key) || this.#sections.has(key);
  }

  /** A sub-section by name. */
  section(name: string): ConfigSection | undefined {
    return this.#sections.get(name);
  }

  /**
   * The value of a key with `%(name)s` replaced from this section, its parents and their DEFAULT sections.
   * Where a name is unknown the value comes back as written: a stray `%(x)s` in a stored hook must not break a lineage.
   */
  get(key: string): ConfigValue | undefined {
    const value = this.getLiteral(key);
    if (value === undefined) return undefined;
    if (typeof value !== 'string') return value.map((text) => interpolate(this, { key, text }));
    return value.includes('%(') ? interpolate(this, { key, text: value }) : value;
  }

  /** The value of a key without interpolation. */
  getLiteral(key: string): ConfigValue | undefined {
    return this.#entries.get(key)?.value;
  }

  /** The value of a key if it is a single string. */
  getString(key: string): string | undefined {
    const value = this.get(key);
    return typeof value === 'string' ? value : undefined;
  }

  /**
   * Sets a value. An equal value leaves the file as it is; a new key goes after the last key of the section.
   * Throws `confUnwritable` for values that the dialect cannot express; then nothing is changed.
   */
  set(key: string, value: ConfigValue): void {
    const entry = this.#entries.get(key);
    if (entry !== undefined && sameValue(entry.value, value)) return;
    const text = quoteValue(value).replaceAll('\n', this.#state.eol);
    if (entry === undefined) this.#insert(entryOf(`${this.#indent()}${quoteKey(key)} = `, { key, value, text, after: this.#state.eol }));
    else this.#replace(entry, entryOf(spaced(textBefore(entry)), { key, value, text, after: textAfter(entry) }));
    this.#state.edited = true;
  }

  /** Removes a value or a sub-section; comment lines above it stay. Returns whether there was one. */
  delete(key: string): boolean {
    const entry = this.#entries.get(key);
    const section = this.#sections.get(key);
    if (entry !== undefined) {
      this.#entries.delete(key);
      this.#body.splice(this.#body.indexOf(entry), 1);
    } else if (section !== undefined) {
      const comments = section.#lastDescendant().#takeTrailingLines();
      this.#sections.delete(key);
      this.#lastDescendant().#body.push(...comments);
    } else {
      return false;
    }
    this.#state.edited = true;
    return true;
  }

  /** Adds an empty sub-section at the end, or returns the one that is there. A value of that name is replaced. */
  addSection(name: string): ConfigSection {
    const present = this.#sections.get(name);
    if (present !== undefined) return present;
    this.delete(name);
    const depth = this.depth + 1;
    const header = `${'['.repeat(depth)}${quoteKey(name)}${']'.repeat(depth)}${this.#state.eol}`;
    const section = new ConfigSection({ name, depth, parent: this }, { state: this.#state, header });
    // Lines at the very end belong to what follows this section.
    section.#body.push(...this.#lastDescendant().#takeTrailingLines());
    this.#sections.set(name, section);
    this.#state.edited = true;
    return section;
  }

  /** The section as text, sub-sections included. */
  render(): string {
    let text = this.#header;
    const add = (part: string) => {
      // The last line of a file may have lacked its line end.
      if (text !== '' && part !== '' && !endsWithLineBreak.test(text)) text += this.#state.eol;
      text += part;
    };
    for (const part of this.#body) add(typeof part === 'string' ? part : part.source.slice(part.start, part.end));
    for (const section of this.#sections.values()) add(section.render());
    return text;
  }

  /** For the parser: adds what it read without marking the document as edited. False where the name is taken. */
  adopt(part: Entry | ConfigSection | string): boolean {
    if (typeof part === 'string') {
      this.#body.push(part);
    } else if (part instanceof ConfigSection) {
      if (this.has(part.name)) return false;
      this.#sections.set(part.name, part);
    } else {
      if (this.#entries.has(part.key) || (this.#sections.size > 0 && this.#sections.has(part.key))) return false;
      this.#entries.set(part.key, part);
      this.#body.push(part);
    }
    return true;
  }

  #insert(entry: Entry): void {
    this.delete(entry.key);
    const last = this.#body.findLastIndex((part) => typeof part !== 'string');
    this.#body.splice(last === -1 ? this.#body.length - this.#trailingLines() : last + 1, 0, entry);
    this.#entries.set(entry.key, entry);
  }

  #replace(old: Entry, entry: Entry): void {
    this.#body[this.#body.indexOf(old)] = entry;
    this.#entries.set(entry.key, entry);
  }

  #indent(): string {
    const last = this.#body.findLast((part) => typeof part !== 'string');
    return last === undefined ? '' : (/^[ \t]*/.exec(textBefore(last))?.[0] ?? '');
  }

  /** How many lines at the end of the body belong to the following header rather than to this section. */
  #trailingLines(): number {
    const last = this.#body.findLastIndex((part) => typeof part !== 'string');
    // Above the first section of a file a lone comment is the file's own heading.
    return last === -1 && this.depth === 0 ? 0 : this.#body.length - last - 1;
  }

  #takeTrailingLines(): (Entry | string)[] {
    const count = this.#trailingLines();
    return count === 0 ? [] : this.#body.splice(-count);
  }

  #lastDescendant(): ConfigSection {
    const last = [...this.#sections.values()].at(-1);
    return last === undefined ? this : last.#lastDescendant();
  }
}

function entryOf(before: string, { key, value, text, after }: { key: string; value: ConfigValue; text: string; after: string }): Entry {
  const source = before + text + after;
  return { key, value, source, start: 0, valueStart: before.length, valueEnd: before.length + text.length, end: source.length };
}

function textBefore({ source, start, valueStart }: Entry): string {
  return source.slice(start, valueStart);
}

function textAfter({ source, valueEnd, end }: Entry): string {
  return source.slice(valueEnd, end);
}

/** `h =` has nothing between `=` and the value to come. */
function spaced(before: string): string {
  return before.endsWith('=') ? `${before} ` : before;
}

function sameValue(a: ConfigValue, b: ConfigValue): boolean {
  if (typeof a === 'string' || typeof b === 'string') return a === b;
  return a.length === b.length && a.every((item, index) => item === b[index]);
}
