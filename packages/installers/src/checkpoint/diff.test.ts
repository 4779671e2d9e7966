// Diffs that people read and that `patch` can apply.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';

import { findBinary, temporaryFolder, tryFindBinary } from '@certward/testing';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { unifiedDiff } from './diff.ts';
import { diffLines } from './line-diff.ts';

const change = (before: string | undefined, after: string | undefined) => ({
  path: 'site.conf',
  before: before === undefined ? undefined : Buffer.from(before, 'latin1'),
  after: after === undefined ? undefined : Buffer.from(after, 'latin1'),
});
const numbered = (count: number) => Array.from({ length: count }, (_, index) => `line ${index + 1}\n`);

describe('a unified diff', () => {
  test('shows a change with its context', () => {
    const before = numbered(9);
    const after = before.with(4, 'changed\n').toSpliced(5, 0, 'added\n');
    expect(unifiedDiff(change(before.join(''), after.join('')))).toBe(
      ['--- site.conf', '+++ site.conf', '@@ -2,7 +2,8 @@', ' line 2', ' line 3', ' line 4', '-line 5', '+changed', '+added', ' line 6', ' line 7', ' line 8', ''].join('\n'),
    );
  });

  test('far changes are hunks of their own', () => {
    const before = numbered(30);
    const diff = unifiedDiff(change(before.join(''), before.with(1, 'x\n').with(27, 'y\n').join('')));
    expect(diff.match(/^@@.*@@$/gm)).toEqual(['@@ -1,5 +1,5 @@', '@@ -25,6 +25,6 @@']);
  });

  test('files that come and go', () => {
    expect(unifiedDiff(change(undefined, 'a\n'))).toBe('--- /dev/null\n+++ site.conf\n@@ -0,0 +1 @@\n+a\n');
    expect(unifiedDiff(change('a\n', undefined))).toBe('--- site.conf\n+++ /dev/null\n@@ -1 +0,0 @@\n-a\n');
    expect(unifiedDiff(change(undefined, ''))).toBe('--- /dev/null\n+++ site.conf\n');
  });

  test('nothing for no change; a missing newline is said; different bad bytes differ', () => {
    expect(unifiedDiff(change('a\n', 'a\n'))).toBe('');
    expect(unifiedDiff(change('a', 'a\n'))).toContain('-a\n\\ No newline at end of file\n+a\n');
    expect(unifiedDiff(change('\xfe\n', '\xff\n'))).toContain('-\u{fffd}\n+\u{fffd}\n');
  });

  // Needs a program that a machine may lack.
  test.runIf(tryFindBinary('patch'))('is what patch needs to get from one text to the other', async () => {
    await using folder = await temporaryFolder('diff');
    const line = fc.constantFrom('a\n', 'b\n', 'c\n', '\n', 'd\r\n');
    const text = fc.tuple(fc.array(line, { maxLength: 30 }), fc.constantFrom('', 'end')).map(([lines, end]) => lines.join('') + end);
    await fc.assert(
      fc.asyncProperty(text, text, async (before, after) => {
        fc.pre(before !== after && before !== '' && after !== '');
        writeFileSync(folder.join('site.conf'), before);
        execFileSync(findBinary('patch'), ['--binary', '-s', folder.join('site.conf')], { input: unifiedDiff(change(before, after)) });
        expect(readFileSync(folder.join('site.conf'), 'utf8')).toBe(after);
        await Promise.resolve();
      }),
      { numRuns: 60 },
    );
  });
});

describe('the comparison of lines', () => {
  const lines = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 40 });

  test('gives back both lists', () => {
    fc.assert(
      fc.property(lines, lines, (before, after) => {
        const diff = diffLines(before, after);
        expect(diff.filter(({ kind }) => kind !== '+').map(({ text }) => text)).toEqual(before);
        expect(diff.filter(({ kind }) => kind !== '-').map(({ text }) => text)).toEqual(after);
      }),
    );
  });

  test('is the shortest one', () => {
    const common = (a: readonly string[], b: readonly string[]) => {
      const lengths = Array.from({ length: b.length + 1 }, () => 0);
      for (const left of a) {
        let diagonal = 0;
        for (const [index, right] of b.entries()) {
          const above = lengths[index + 1] ?? 0;
          lengths[index + 1] = left === right ? diagonal + 1 : Math.max(above, lengths[index] ?? 0);
          diagonal = above;
        }
      }
      return lengths[b.length] ?? 0;
    };
    fc.assert(fc.property(lines, lines, (before, after) => {
      expect(diffLines(before, after).filter(({ kind }) => kind === ' ')).toHaveLength(common(before, after));
    }));
  });

  test('texts that have nothing in common are replaced whole, in bounded time', () => {
    const diff = diffLines(Array.from({ length: 5_000 }, (_, index) => `a${index}`), Array.from({ length: 5_000 }, (_, index) => `b${index}`));
    expect(diff).toHaveLength(10_000);
  });
});
