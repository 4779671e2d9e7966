// The table of advisories names tests; this keeps it true.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { projectRoot } from '@certward/testing';
import { expect, test } from 'vitest';

const table = readFileSync(path.join(projectRoot(), 'docs', 'design', 'security.md'), 'utf8');
const named = [...table.matchAll(/`([\w./-]+\.test\.ts)`: (.+?)(?=<br>| \|)/g)].map(([, file = '', name = '']) => ({ file, name }));

test('the table names tests', () => {
  expect(named.length).toBeGreaterThan(50);
});

test.each(named)('$file has "$name"', ({ file, name }) => {
  const full = path.join(projectRoot(), file);
  expect(existsSync(full)).toBe(true);
  expect(readFileSync(full, 'utf8')).toContain(name);
});
