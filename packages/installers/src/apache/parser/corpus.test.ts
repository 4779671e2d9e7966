// Round trips: every configuration of the corpus, everything that this machine's Apache has, and whatever fast-check thinks of.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { AppError } from '@certward/base';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bytesOfText, textOfBytes } from './bytes.ts';
import { parseConfig } from './parse.ts';
import { printConfig } from './print.ts';
import { readWords } from './words.ts';

const corpus = new URL('../testdata/', import.meta.url);

function roundTrip(bytes: Uint8Array, path: string): Uint8Array {
  return bytesOfText(printConfig(parseConfig(textOfBytes(bytes), path)));
}

describe('the corpus', () => {
  const names = readdirSync(corpus);

  test('has at least thirty configurations', () => {
    expect(names.length).toBeGreaterThanOrEqual(30);
  });

  test.each(names)('%s comes back byte for byte', (name) => {
    const bytes = readFileSync(new URL(name, corpus));
    expect(Buffer.from(roundTrip(bytes, name)).equals(bytes)).toBe(true);
  });

  test("everything in this machine's /etc/apache2 comes back byte for byte", () => {
    const root = '/etc/apache2';
    if (statSync(root, { throwIfNoEntry: false }) === undefined) console.log('not run: no /etc/apache2 here');
    const changed = configurationsBelow(root).filter((path) => !readFileSync(path).equals(roundTrip(readFileSync(path), path)));
    expect(changed).toEqual([]);
  });
});

function configurationsBelow(root: string): string[] {
  if (statSync(root, { throwIfNoEntry: false }) === undefined) return [];
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .map((name) => join(root, name))
    .filter((path) => /\.(?:conf|load)$/.test(path) && statSync(path, { throwIfNoEntry: false })?.isFile() === true);
}

/** Lines that look like configuration more often than chance would. */
const line = fc.oneof(
  fc.constantFrom('<VirtualHost *:80>', '</VirtualHost>', '<If "a > b">', '</if>', 'ServerName a.test', '# remark \\', '', '\t', '<Perl>', '</Perl>', 'Include "a b"', '<', '</', '<>', '</>', '"', "'", '\\'),
  fc.string({ unit: 'binary', maxLength: 20 }).map((text) => textOfBytes(Buffer.from(text))),
);
const text = fc.array(fc.tuple(line, fc.constantFrom('\n', '\r\n', '\\\n', ' ', '\\\r\n', '\r')), { maxLength: 30 }).map((lines) => lines.flat().join(''));

describe('arbitrary text', () => {
  test('either comes back byte for byte or is refused with our error, naming file and line', () => {
    fc.assert(
      fc.property(text, (source) => {
        try {
          expect(printConfig(parseConfig(source, 'fuzz.conf'))).toBe(source);
        } catch (error) {
          if (!(error instanceof AppError)) throw error;
          expect(error.code).toBe('configMalformed');
          expect(error.message).toMatch(/^"fuzz\.conf", line \d+: /);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  test('has words that lie where they say', () => {
    fc.assert(
      fc.property(text, (source) => {
        let end = 0;
        for (const word of readWords(source)) {
          expect(word.start).toBeGreaterThanOrEqual(end);
          expect(word.end).toBeGreaterThan(word.start);
          if (word.quote === '' && !word.value.includes('\\')) expect(source.slice(word.start, word.end).replace(/\\\r?\n/g, '')).toContain(word.value);
          ({ end } = word);
        }
        expect(end).toBeLessThanOrEqual(source.length);
      }),
    );
  });

  test('a file of twenty thousand hosts is read and printed like a short one', () => {
    const host = '<VirtualHost *:80>\n  ServerName a.test\n  ServerAlias b.test \\\n   c.test\n  <Directory "/srv">\n  Require all granted\n  </Directory>\n</VirtualHost>\n';
    const source = host.repeat(20_000);
    const document = parseConfig(source, 'large.conf');
    expect(document.children).toHaveLength(20_000);
    expect(printConfig(document) === source).toBe(true);
  });
});
