import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NginxError } from '../errors.ts';
import { type Node, nameOf, printBody } from './nodes.ts';
import { parseNginx } from './parse.ts';

const folder = join(import.meta.dirname, '../testdata');
const corpus = readdirSync(folder).filter((name) => name.endsWith('.conf')).map((name) => ({ name, text: readFileSync(join(folder, name), 'latin1') }));

function words(node: Node | undefined): string[] {
  return node === undefined || node.kind === 'comment' ? [] : node.words.map((word) => word.value);
}

function first(text: string): Node | undefined {
  return parseNginx(text, 'test.conf').nodes[0];
}

describe('every file of the corpus', () => {
  test('is one of at least forty', () => expect(corpus.length).toBeGreaterThanOrEqual(40));
  test.each(corpus)('prints as it was read: $name', ({ name, text }) => expect(printBody(parseNginx(text, name))).toBe(text));
});

describe('words', () => {
  test.each([
    ['bare', 'listen 80;', ['listen', '80']],
    ['in double quotes', 'set $a "b c";', ['set', '$a', 'b c']],
    ['in single quotes', "set $a 'b;{}#c';", ['set', '$a', 'b;{}#c']],
    ['with escapes', String.raw`set $a "\"\\\t\n\d";`, ['set', '$a', '"\\\t\n\\d']],
    ['with a variable in braces', 'root /srv/${host}/x;', ['root', '/srv/${host}/x']],
    ['with a line break in quotes', 'set $a "b\nc";', ['set', '$a', 'b\nc']],
    ['side by side in quotes', 'set $a "b""c";', ['set', '$a', 'b', 'c']],
    ['with a parenthesis behind a quote', 'if ($a = "test")red;', ['if', '($a', '=', 'test', ')red']],
    ['with a hash inside', 'root /srv/c#;', ['root', '/srv/c#']],
    ['with a closing brace inside', 'set $a b}c;', ['set', '$a', 'b}c']],
    ['with an escaped semicolon', String.raw`set $a b\;c;`, ['set', '$a', String.raw`b\;c`]],
    ['with comments between them', 'server_name a # b;\n c;', ['server_name', 'a', 'c']],
  ])('%s are read as nginx reads them', (_, text, expected) => expect(words(first(text))).toEqual(expected));
});

describe('blocks', () => {
  test('need no space before the brace', () => {
    const block = first('location /x{return 204;}');
    expect(words(block)).toEqual(['location', '/x']);
    expect(block?.kind === 'block' && block.body.nodes.map(nameOf)).toEqual(['return']);
  });

  test('of Lua stay closed, whatever braces their strings and comments hold', () => {
    const text = 'content_by_lua_block { a = "}" -- }\n b = [[ } ]] c = { d = \'}\' } } listen 80;';
    const { nodes } = parseNginx(text, 'test.conf');
    expect(nodes.map((node) => node.kind)).toEqual(['opaque', 'directive']);
  });
});

describe('errors', () => {
  test.each([
    ['a brace too many', 'a 1;\n}\n', 'unexpected "}" in test.conf:2'],
    ['a brace too few', 'server {\n  listen 80;\n', 'unexpected end of file, expecting "}" in test.conf:3'],
    ['an open quote', 'a;\nb "c\n;', 'a quote is not closed in test.conf:2'],
    ['a missing semicolon', 'server {\n listen 80\n}\n', 'unexpected "}", expecting ";" in test.conf:3'],
    ['a directive that does not end', 'listen 80', 'unexpected end of file, expecting ";" or "}" in test.conf:1'],
    ['an empty directive', 'a 1;\n;', 'unexpected ";" in test.conf:2'],
    ['a block without a name', '{ }', 'unexpected "{" in test.conf:1'],
    ['an open Lua block', 'a_by_lua_block {\n "}" ', 'a Lua block is not closed in test.conf:1'],
    ['endless nesting', 'a{'.repeat(100_000), 'blocks are nested too deeply in test.conf:1'],
  ])('%s is named with file and line', (_, text, message) => {
    expect(() => parseNginx(text, 'test.conf')).toThrow(expect.objectContaining({ code: 'syntax', message }));
  });
});

/** Either our error, or the same bytes again. */
function expectLossless(text: string): void {
  try {
    expect(printBody(parseNginx(text, 'fuzz.conf'))).toBe(text);
  } catch (error) {
    if (!(error instanceof NginxError)) throw error;
    expect(error.code).toBe('syntax');
  }
}

describe('fuzzed input', () => {
  test('of random bytes is refused with our error or printed as read', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => expectLossless(Buffer.from(bytes).toString('latin1'))), { numRuns: 3000 });
  });

  test('of the characters that matter is refused with our error or printed as read', () => {
    const piece = fc.constantFrom('{', '}', ';', '"', "'", '\\', '#', '$', '${', ' ', '\n', '\r\n', '\t', 'a', 'listen', 'x_by_lua_block', '--', '[[', ']]', '[=[', ']=]', '(', ')', '\u00a0', '\u00ff');
    fc.assert(fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => expectLossless(pieces.join(''))), { numRuns: 10_000 });
  });

  test('of damaged configurations is refused with our error or printed as read', () => {
    const damage = fc.record({ file: fc.nat(corpus.length - 1), at: fc.nat(4000), remove: fc.nat(20), insert: fc.constantFrom('', '{', '}', '"', "'", ';', '#', '\\', '\r') });
    fc.assert(
      fc.property(damage, ({ file, at, remove, insert }) => {
        const text = corpus[file]?.text ?? '';
        const position = text.length === 0 ? 0 : at % text.length;
        expectLossless(text.slice(0, position) + insert + text.slice(position + remove));
      }),
      { numRuns: 5000 },
    );
  });

  test.each([
    ['quotes', '"a\\'.repeat(200_000)],
    ['comments', '#\n'.repeat(400_000)],
    ['Lua brackets that do not end', `x_by_lua_block {${'[[ ]] [=[ ]=] --x\n"a"'.repeat(40_000)}`],
    ['words', `a ${'b '.repeat(400_000)};`],
    ['hashes in a statement', `a ${'#\n'.repeat(400_000)};`],
  ])('of many %s ends: quadratic work would not within the test\'s time', (_, text) => expectLossless(text));
});
