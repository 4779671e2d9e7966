// What the parser makes of lines: names, arguments, sections, and the places of errors.
import { describe, expect, test } from 'vitest';
import { argumentsOf, type ConfigNode } from './nodes.ts';
import { parseConfig } from './parse.ts';
import { quoteWord, readWords } from './words.ts';

const parse = (text: string) => parseConfig(text, '/etc/apache2/a.conf').children;
const shape = (node: ConfigNode): unknown =>
  node.kind === 'text' ? '#' : node.kind === 'directive' ? [node.name, ...argumentsOf(node)] : { [node.name]: argumentsOf(node), in: node.children.map(shape) };

describe('directives', () => {
  test.each([
    { name: 'plain', raw: 'ServerName a.test\n', words: ['ServerName', 'a.test'] },
    { name: 'quoted', raw: `A "b c" 'd e' f\n`, words: ['A', 'b c', 'd e', 'f'] },
    { name: 'with escapes', raw: String.raw`A "say \"x\" \\ \n" 'it\'s' a\\b a\b`, words: ['A', String.raw`say "x" \ \n`, "it's", String.raw`a\b`, String.raw`a\b`] },
    { name: 'quotes that touch', raw: 'A "b""c" d"e f"\n', words: ['A', 'b', 'c', 'd"e', 'f"'] },
    { name: 'a quote never closed', raw: 'A "b c  \n', words: ['A', 'b c'] },
    { name: 'continued in a word', raw: 'Server\\\nName a.\\\r\ntest\n', words: ['ServerName', 'a.test'] },
  ])('$name', ({ raw, words }) => {
    expect(readWords(raw).map((word) => word.value)).toEqual(words);
  });

  test('quoting a value gives a word that reads as the value', () => {
    for (const value of ['plain', 'with space', '', String.raw`back\slash`, 'quo"te', "'", '#hash', String.raw`\\ "both" '`]) {
      for (const quote of ['', '"', "'"] as const) expect(readWords(`A ${quoteWord(value, quote)}`)[1]?.value).toBe(value);
    }
  });
});

describe('sections', () => {
  test('nest, in any case, with arguments up to the last ">"', () => {
    expect(parse('<IFModule mod_ssl.c>\n<VirtualHost *:80 *:81>\n<If "1 > 0">\nA b\n</IF>\n</virtualhost>\n</IfModule>\n# end').map(shape)).toEqual([
      { ifmodule: ['mod_ssl.c'], in: [{ virtualhost: ['*:80', '*:81'], in: [{ if: ['1 > 0'], in: [['a', 'b']] }] }] },
      '#',
    ]);
  });

  test('a comment that ends in a backslash takes the next line with it, as in httpd', () => {
    expect(parse('# a \\\n<VirtualHost *:80>\nA b\n').map(shape)).toEqual(['#', ['a', 'b']]);
  });

  test('Perl is left alone', () => {
    expect(parse('<Perl>\n  <STDIN>\n </Foo>\n</perl>\n').map(shape)).toEqual([{ perl: [], in: ['#', '#'] }]);
  });

  test.each([
    { name: 'never closed', text: 'A b\n<Directory />\n', message: '"/etc/apache2/a.conf", line 2: section <directory> is never closed' },
    { name: 'closing nothing', text: 'A \\\n b\n</Directory>\n', message: '"/etc/apache2/a.conf", line 3: </Directory> closes nothing' },
    { name: 'crossed', text: '<A>\n<B>\n</A>\n</B>\n', message: '"/etc/apache2/a.conf", line 3: </A> stands where <b> of line 2 has to be closed' },
    { name: 'too deep', text: '<A>\n'.repeat(200), message: '"/etc/apache2/a.conf", line 101: sections are nested too deeply' },
  ])('$name: the error names file and line', ({ text, message }) => {
    expect(() => parse(text)).toThrow(expect.objectContaining({ code: 'configMalformed', message }));
  });
});
