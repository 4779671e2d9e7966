// Reads an nginx configuration file into its lossless tree. One pass, linear time, no backtracking.
import { NginxError } from '../errors.ts';
import { endOfLua } from './lua.ts';
import type { BlockNode, Body, Word } from './nodes.ts';
import { endOfWord, skipBlank, valueOfWord } from './words.ts';

/** Deeper than any configuration that a person writes, and shallow enough to print by recursion. */
const maximumDepth = 200;

const byteOrderMark = '\u00ef\u00bb\u00bf';

/**
 * Parses the text of a file, given one character per byte. Throws {@link NginxError} `syntax` naming `path` and the line.
 * `printBody` of the result is `text` again.
 */
export function parseNginx(text: string, path: string): Body {
  const root: Body = { nodes: [], tail: '' };
  const open: Body[] = [root];
  let at = 0;
  for (;;) {
    const start = at;
    const body = open.at(-1) ?? root;
    at = skipBlank(text, start === 0 && text.startsWith(byteOrderMark) ? byteOrderMark.length : start);
    const before = text.slice(start, at);
    if (at >= text.length) {
      if (open.length > 1) throw syntaxError({ text, path, at }, 'unexpected end of file, expecting "}"');
      body.tail = before;
      return root;
    }
    const first = text[at];
    if (first === '#') {
      const end = endOfComment(text, at);
      body.nodes.push({ kind: 'comment', before, text: text.slice(at, end) });
      at = end;
    } else if (first === '}') {
      if (open.length === 1) throw syntaxError({ text, path, at }, 'unexpected "}"');
      body.tail = before;
      open.pop();
      at++;
    } else {
      const statement = readStatement({ text, path, at }, before);
      at = statement.end;
      body.nodes.push(statement.node);
      if (statement.node.kind === 'block') open.push(statement.node.body);
      if (open.length > maximumDepth) throw syntaxError({ text, path, at: at - 1 }, 'blocks are nested too deeply');
    }
  }
}

interface Place {
  readonly text: string;
  readonly path: string;
  readonly at: number;
}

/** Reads words up to `;` or `{`. Of a block only the head is read. */
function readStatement({ text, path, at }: Place, before: string) {
  const words: Word[] = [];
  let trivia = before;
  let position = at;
  for (;;) {
    const next = text[position];
    if (next === undefined) throw syntaxError({ text, path, at: position }, 'unexpected end of file, expecting ";" or "}"');
    if (next === ';' || next === '{') {
      if (words.length === 0) throw syntaxError({ text, path, at: position }, `unexpected "${next}"`);
      if (next === ';') return { node: { kind: 'directive', words, beforeEnd: trivia } as const, end: position + 1 };
      return readOpening({ text, path, at: position }, words, trivia);
    }
    // A brace at the start of a word closes a block; nginx refuses it here as well.
    if (next === '}') throw syntaxError({ text, path, at: position }, 'unexpected "}", expecting ";"');
    const end = endOfWord(text, position);
    if (end < 0) throw syntaxError({ text, path, at: position }, 'a quote is not closed');
    const raw = text.slice(position, end);
    words.push({ before: trivia, raw, value: valueOfWord(raw) });
    position = endOfTrivia(text, end);
    trivia = text.slice(end, position);
  }
}

function readOpening({ text, path, at }: Place, words: readonly Word[], beforeOpen: string) {
  if (words[0]?.value.endsWith('_by_lua_block') !== true) {
    const node: BlockNode = { kind: 'block', words, beforeOpen, body: { nodes: [], tail: '' } };
    return { node, end: at + 1 };
  }
  const end = endOfLua(text, at + 1);
  if (end < 0) throw syntaxError({ text, path, at }, 'a Lua block is not closed');
  return { node: { kind: 'opaque', words, beforeOpen, text: text.slice(at + 1, end) } as const, end: end + 1 };
}

/** Skips blank space and comments between the words of a directive. */
function endOfTrivia(text: string, start: number): number {
  let at = skipBlank(text, start);
  while (text[at] === '#') at = skipBlank(text, endOfComment(text, at));
  return at;
}

/** The end of a comment; its line end, of either kind, is not part of it. */
function endOfComment(text: string, start: number): number {
  const end = text.indexOf('\n', start);
  if (end < 0) return text.length;
  return text[end - 1] === '\r' ? end - 1 : end;
}

function syntaxError({ text, path, at }: Place, message: string): NginxError {
  let line = 1;
  for (let next = text.indexOf('\n'); next >= 0 && next < at; next = text.indexOf('\n', next + 1)) line++;
  return new NginxError('syntax', `${message} in ${path}:${line}`, { details: { path, line } });
}
