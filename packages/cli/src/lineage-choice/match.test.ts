import { describe, expect, test } from 'vitest';
import { matchLineage } from './match.ts';

const lineage = (name: string, ...names: readonly string[]) => ({ name, identifiers: names.map((value) => ({ type: 'dns' as const, value })) });
const request = (...names: readonly string[]) => lineage('', ...names).identifiers;

describe('matchLineage', () => {
  const all = [lineage('one', 'a.test'), lineage('two', 'a.test', 'b.test'), lineage('other', 'x.test', 'y.test')];

  test.each([
    ['the same names in another order are identical', ['b.test', 'a.test'], 'identical', 'two'],
    ['the largest subset wins', ['a.test', 'b.test', 'c.test'], 'subset', 'two'],
    ['a smaller subset counts, too', ['a.test', 'c.test'], 'subset', 'one'],
  ])('%s', (_, names, kind, name) => {
    expect(matchLineage(request(...names), all)).toMatchObject({ kind, lineage: { name } });
  });

  test.each([
    ['a superset', ['x.test']],
    ['a partial overlap', ['y.test', 'z.test']],
    ['no overlap', ['n.test']],
  ])('%s does not match', (_, names) => {
    expect(matchLineage(request(...names), all)).toEqual({ kind: 'none' });
  });
});
