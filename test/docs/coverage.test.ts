// The coverage table names tests; this keeps it true.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { projectRoot } from '@certward/testing';
import { expect, test } from 'vitest';

const page = readFileSync(path.join(projectRoot(), 'docs', 'design', 'coverage.md'), 'utf8');
const rows = page.split('\n').filter((line) => line.startsWith('| ') && !line.startsWith('| Requirement ') && !line.startsWith('| ---'));
const named = [...page.matchAll(/`([\w./-]+\.test\.ts)`: (.+?)(?=<br>| \|)/g)].map(([, file = '', name = '']) => ({ file, name: name.replaceAll('\\|', '|') }));

test('every row has a proof, a part for later, or the word "missing"', () => {
  const empty = rows.filter((row) => (row.split(' | ')[1] ?? '').replace(/\|$/, '').trim() === '');
  expect(empty).toEqual([]);
});

test('the counts at the top are true', () => {
  const [, total, missing] = /Of (\d+) rows, (\d+) have something missing/.exec(page) ?? [];
  expect([Number(total), Number(missing)]).toEqual([rows.length, rows.filter((row) => row.includes('**missing**')).length]);
});

test.each(named)('$file has "$name"', ({ file, name }) => {
  const full = path.join(projectRoot(), file);
  expect(existsSync(full)).toBe(true);
  const source = readFileSync(full, 'utf8');
  expect(source.includes(name) || source.includes(name.replaceAll("'", "\\'"))).toBe(true);
});
