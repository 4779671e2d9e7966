import { afterEach, expect, test, vi } from 'vitest';
import { race } from './harness.mjs';

afterEach(() => vi.restoreAllMocks());

const node = (code: string) => ({ argv: [process.execPath, '-e', code] });

test('runs competitors in turns, takes medians, and says what it could not run and why', async () => {
  const printed: string[] = [];
  vi.spyOn(console, 'log').mockImplementation((line: string) => void printed.push(line));
  const turns: string[] = [];
  const competitor = (name: string, code: string) => ({
    name,
    command: () => {
      turns.push(name);
      return node(code);
    },
    requests: () => 8,
  });
  const rows = await race(
    'title',
    [competitor('ours', ''), competitor('theirs', 'let sum = 0; for (let i = 0; i < 4e8; i++) sum += i;'), { name: 'absent', unavailable: 'not installed' }, { name: 'broken', command: () => node('console.log("why"); process.exit(3)') }],
    { rounds: 2 },
  );
  expect(turns).toEqual(['ours', 'theirs', 'ours', 'theirs', 'ours', 'theirs']);
  const [ours, theirs, absent, broken] = rows;
  expect(ours).toMatchObject({ rounds: 2, requests: 8, median: { status: 0 } });
  expect(theirs?.median?.cpu).toBeGreaterThan(ours?.median?.cpu ?? Infinity);
  expect(ours?.median?.memoryMb).toBeGreaterThan(10);
  expect(absent).toMatchObject({ rounds: 0, note: 'not installed' });
  expect(broken).toMatchObject({ rounds: 0, note: expect.stringMatching(/^exit 3: why/) as string });
  expect(printed.join('\n')).toContain('| absent | not run: not installed |');
});

test('runs a slow competitor fewer times', async () => {
  vi.spyOn(console, 'log').mockImplementation(() => undefined);
  const rows = await race('title', [{ name: 'ours', command: () => node('') }, { name: 'slow', rounds: 1, command: () => node('') }], { rounds: 3 });
  expect(rows.map(({ rounds }) => rounds)).toEqual([3, 1]);
});
