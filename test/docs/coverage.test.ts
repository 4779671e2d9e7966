// The coverage tables name tests; this keeps them true.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { projectRoot } from '@certward/testing';
import { describe, expect, test } from 'vitest';

describe.each(['coverage.md', 'coverage-certbot.md'])('%s', (file) => {
  const page = readFileSync(path.join(projectRoot(), 'docs', 'design', file), 'utf8');
  const rows = page.split('\n').filter((line) => line.startsWith('| ') && !line.startsWith('| Requirement ') && !line.startsWith('| ---'));
  const named = [...page.matchAll(/`([\w./-]+\.test\.ts)`: (.+?)(?=<br>| \|)/g)].map(([, source = '', name = '']) => ({ source, name: name.replaceAll('\\|', '|') }));

  test('every row has a proof, a part for later, or the word "missing"', () => {
    const empty = rows.filter((row) => (row.split(' | ')[1] ?? '').replace(/\|$/, '').trim() === '');
    expect(empty).toEqual([]);
  });

  test('the counts at the top are true', () => {
    const [, total, missing] = /Of (\d+) rows, (\d+) have something missing/.exec(page) ?? [];
    expect([Number(total), Number(missing)]).toEqual([rows.length, rows.filter((row) => row.includes('**missing**')).length]);
  });

  test.each(named)('$source has "$name"', ({ source, name }) => {
    const full = path.join(projectRoot(), source);
    expect(existsSync(full)).toBe(true);
    const text = readFileSync(full, 'utf8');
    expect(text.includes(name) || text.includes(name.replaceAll("'", "\\'"))).toBe(true);
  });
});
