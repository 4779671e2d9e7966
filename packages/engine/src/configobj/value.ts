// The right-hand side of a ConfigObj line: scalars, quoted strings, comma-separated lists, inline comments.
//
// The dialect is defined by a backtracking pattern; a quoted token may end at any later quote of its kind if only then the
// rest fits ('it''s' is one token). We follow the same choices in the same order, but remember dead ends, so that hostile
// input costs quadratic time at most instead of exponential.

/** A value as ConfigObj knows it: one string, or a list (which may be empty). */
export type ConfigValue = string | readonly string[];

/** A parsed right-hand side. `comment` is what follows the value: blanks and `# …`, or nothing. */
export interface ParsedValue {
  readonly value: ConfigValue;
  readonly comment: string;
}

interface Tail {
  /** Where the list items end, the last comma and its blanks included. */
  readonly itemsEnd: number;
  readonly single: string | undefined;
  readonly commentStart: number;
}

const special = /[,#'"]/;

/**
 * What the dialect counts as a blank: more than JavaScript's \s (the separators 1C-1F, NEL) and less (no BOM).
 */
export function isBlank(code: number): boolean {
  if (code <= 0x20) return code === 0x20 || (code >= 0x09 && code <= 0x0d) || code >= 0x1c;
  if (code < 0x85) return false;
  return (
    code === 0x85 || code === 0xa0 || code === 0x1680 || (code >= 0x2000 && code <= 0x200a) ||
    code === 0x2028 || code === 0x2029 || code === 0x202f || code === 0x205f || code === 0x3000
  );
}

/** Index of the first character at or after `from` that is not blank. */
export function skipBlanks(text: string, from: number): number {
  let at = from;
  while (at < text.length && isBlank(text.charCodeAt(at))) at += 1;
  return at;
}

/** End of `text[from, to)` without trailing blanks. */
export function trimEndIndex(text: string, { from, to }: { readonly from: number; readonly to: number }): number {
  let end = to;
  while (end > from && isBlank(text.charCodeAt(end - 1))) end -= 1;
  return end;
}

/** Takes one pair of equal quotes off. */
export function unquote(text: string): string {
  const first = text[0];
  return (first === '"' || first === "'") && text.endsWith(first) ? text.slice(1, -1) : text;
}

/** Parses what follows `key =` on one line, leading blanks removed. Undefined where the dialect calls it an error. */
export function parseValue(text: string): ParsedValue | undefined {
  if (!special.test(text)) {
    const end = trimEndIndex(text, { from: 0, to: text.length });
    return { value: text.slice(0, end), comment: text.slice(end) };
  }
  const plainList = parsePlainList(text);
  if (plainList !== undefined) return plainList;
  const tail = new ValueMatcher(text).match(0);
  if (tail !== undefined) return valueOf(text, tail);
  // A comma alone is the empty list.
  if (text.startsWith(',') && isComment(text, 1)) return { value: [], comment: text.slice(1) };
  return undefined;
}

/** Lists without quotes and comments, which is what lists look like, need no matching; undefined for everything else. */
function parsePlainList(text: string): ParsedValue | undefined {
  if (!/^[\w/.:-][\w/.: -]*,[\w/.:, -]*$/.test(text)) return undefined;
  const items = text.split(',').map((item) => item.trim());
  if (items.at(-1) === '') items.pop();
  if (items.includes('')) return undefined;
  const end = trimEndIndex(text, { from: 0, to: text.length });
  return { value: items, comment: text.slice(end) };
}

function valueOf(text: string, { itemsEnd, single, commentStart }: Tail): ParsedValue | undefined {
  const comment = text.slice(commentStart);
  if (itemsEnd === 0) return single === undefined ? undefined : { value: unquote(single), comment };
  const items = splitItems(text.slice(0, itemsEnd));
  if (items === undefined) return undefined;
  if (single !== undefined && single !== '') items.push(unquote(single));
  return { value: items, comment };
}

/** Whether only blanks, or blanks and a comment, are left. */
function isComment(text: string, from: number): boolean {
  const at = skipBlanks(text, from);
  return at === text.length || text[at] === '#';
}

/** Positions after each later quote of the kind that opens at `from`. */
function* closings(text: string, from: number): Generator<number> {
  const quote = text[from];
  if (quote !== '"' && quote !== "'") return;
  for (let at = text.indexOf(quote, from + 1); at !== -1; at = text.indexOf(quote, at + 1)) yield at + 1;
}

/** Finds how the text divides into list items, last value and comment. */
class ValueMatcher {
  readonly #text: string;
  readonly #deadEnds = new Set<number>();

  constructor(text: string) {
    this.#text = text;
  }

  match(from: number): Tail | undefined {
    if (this.#deadEnds.has(from)) return undefined;
    const found = this.#matchItem(from) ?? this.#matchLast(from);
    if (found === undefined) this.#deadEnds.add(from);
    return found;
  }

  #matchItem(from: number): Tail | undefined {
    for (const end of closings(this.#text, from)) {
      const comma = skipBlanks(this.#text, end);
      const found = this.#text[comma] === ',' ? this.#afterComma(comma) : undefined;
      if (found !== undefined) return found;
    }
    const first = this.#text[from];
    if (first === undefined || first === '"' || first === "'" || first === ',' || first === '#') return undefined;
    const comma = this.#text.indexOf(',', from);
    const hash = this.#text.indexOf('#', from);
    return comma === -1 || (hash !== -1 && hash < comma) ? undefined : this.#afterComma(comma);
  }

  /** Blanks after a comma belong to it if they can; otherwise they begin the next item. */
  #afterComma(comma: number): Tail | undefined {
    for (let at = skipBlanks(this.#text, comma + 1); at > comma; at -= 1) {
      const found = this.match(at);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #matchLast(from: number): Tail | undefined {
    const text = this.#text;
    const tail = (end: number | undefined): Tail => ({
      itemsEnd: from,
      single: end === undefined ? undefined : text.slice(from, end),
      commentStart: end ?? from,
    });
    for (const end of closings(text, from)) if (isComment(text, end)) return tail(end);
    const bareEnd = this.#bareEnd(from);
    if (bareEnd !== undefined) return tail(bareEnd);
    if (!isComment(text, from)) return undefined;
    return tail(from > 0 && text[from - 1] === ',' ? undefined : from);
  }

  /** End of an unquoted last value: before the first `#`, without a comma, without trailing blanks. */
  #bareEnd(from: number): number | undefined {
    const text = this.#text;
    const first = text[from];
    if (first === undefined || special.test(first) || isBlank(text.charCodeAt(from))) return undefined;
    const hash = text.indexOf('#', from);
    const end = trimEndIndex(text, { from, to: hash === -1 ? text.length : hash });
    const comma = text.indexOf(',', from);
    return comma !== -1 && comma < end ? undefined : end;
  }
}

/** The items of a list text that ends in a comma. Undefined where an item is empty without being quoted. */
function splitItems(text: string): string[] | undefined {
  const items: string[] = [];
  for (let at = 0; at < text.length; ) {
    const end = itemEnd(text, at);
    if (end === at) return undefined;
    items.push(unquote(text.slice(at, end)));
    at = skipBlanks(text, text.indexOf(',', end) + 1);
  }
  return items;
}

function itemEnd(text: string, from: number): number {
  for (const end of closings(text, from)) if (text[skipBlanks(text, end)] === ',') return end;
  const comma = text.indexOf(',', from);
  const atLeast = comma > from && text[from] !== '"' && text[from] !== "'" ? from + 1 : from;
  return trimEndIndex(text, { from: atLeast, to: comma });
}
