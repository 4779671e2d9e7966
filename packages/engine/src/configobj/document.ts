// A whole ConfigObj file, lossless: what is not edited comes back byte for byte.
import { type ConfigSection, type DocumentState } from './section.ts';
import { parseInto } from './parse.ts';

/**
 * A parsed ConfigObj document. Read and edit through {@link root}; {@link toString} gives the text to write,
 * identical to the text read as long as nothing was edited.
 */
export class ConfigObjDocument {
  readonly root: ConfigSection;
  readonly #text: string;
  readonly #state: DocumentState;

  /** Use {@link parseConfigObj}. */
  constructor(parsed: { readonly root: ConfigSection; readonly text: string; readonly state: DocumentState }) {
    this.root = parsed.root;
    this.#text = parsed.text;
    this.#state = parsed.state;
  }

  /** Whether an edit changed anything. */
  get edited(): boolean {
    return this.#state.edited;
  }

  toString(): string {
    if (!this.#state.edited) return this.#text;
    return (this.#text.startsWith(byteOrderMark) ? byteOrderMark : '') + this.root.render();
  }
}

const byteOrderMark = '\uFEFF';

/**
 * Parses text in the ConfigObj dialect: `key = value`, lists, quotes, triple quotes, nested sections, comments.
 *
 * Throws `confMalformed` with `details.line` for a duplicate key or section, a line that is neither, a bad or
 * unterminated quote, and impossible nesting: in all these cases Certbot refuses the file as well.
 */
export function parseConfigObj(text: string): ConfigObjDocument {
  const body = text.startsWith(byteOrderMark) ? text.slice(1) : text;
  const state: DocumentState = { edited: false, eol: lineEndOf(body) };
  return new ConfigObjDocument({ root: parseInto(body, state), text, state });
}

/** An empty document. */
export function createConfigObj(): ConfigObjDocument {
  return parseConfigObj('');
}

function lineEndOf(text: string): string {
  const at = text.search(/[\r\n]/);
  if (at === -1 || text[at] === '\n') return '\n';
  return text[at + 1] === '\n' ? '\r\n' : '\r';
}
