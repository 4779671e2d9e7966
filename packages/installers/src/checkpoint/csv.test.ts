// The rows of undo commands, beside Python's own reader and writer.
import { execFileSync } from 'node:child_process';

import { tryFindBinary } from '@certward/testing';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { formatCsv, parseCsv } from './csv.ts';

const field = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r', ' ', 'é', '\'') });
const rows = fc.array(fc.array(field, { minLength: 1, maxLength: 4 }), { maxLength: 5 });
const python = (script: string, input: string) =>
  JSON.parse(execFileSync('/usr/bin/python3', ['-c', `import csv, io, json, sys\n${script}`], { input, encoding: 'utf8' })) as unknown;

describe('rows of commands', () => {
  test('come back as they were', () => {
    fc.assert(fc.property(rows, (table) => {
      expect(parseCsv(formatCsv(table))).toEqual(table);
    }));
  });

  test('any text is read', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(parseCsv(text)).toBeInstanceOf(Array);
    }));
  });

  // Needs a program that a machine may lack.
  test.runIf(tryFindBinary('python3'))('are written as Python writes them, and read as Python reads them', () => {
    const tables = fc.sample(rows, { numRuns: 200, seed: 7 });
    const texts = fc.sample(fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r\n') }), { numRuns: 300, seed: 7 });
    const written = python('def w(t):\n  f = io.StringIO(newline=""); csv.writer(f).writerows(t); return f.getvalue()\nprint(json.dumps([w(t) for t in json.load(sys.stdin)]))', JSON.stringify(tables));
    expect(tables.map(formatCsv)).toEqual(written);
    const read = python('print(json.dumps([[r for r in csv.reader(io.StringIO(t, newline="")) if r] for t in json.load(sys.stdin)]))', JSON.stringify(texts));
    expect(texts.map(parseCsv)).toEqual(read);
  });
});
