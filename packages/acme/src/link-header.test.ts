import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { linkTargets, parseLinks } from './link-header.ts';

const base = 'https://ca.example/acme/cert/7';

describe('linkTargets', () => {
  test.each([
    { name: 'one link', header: '<https://ca.example/cert/7/1>; rel="alternate"', expected: ['https://ca.example/cert/7/1'] },
    { name: 'a token instead of a quoted relation', header: '<https://ca.example/a>;rel=alternate', expected: ['https://ca.example/a'] },
    { name: 'several in one header', header: '<https://ca.example/dir>;rel="index", </cert/7/1>;rel="alternate",<2>; rel="alternate"', expected: ['https://ca.example/cert/7/1', 'https://ca.example/acme/cert/2'] },
    { name: 'several headers', header: ['</a>;rel="alternate"', '</b>;rel="alternate"'], expected: ['https://ca.example/a', 'https://ca.example/b'] },
    { name: 'several relations of one link', header: '</a>; rel="up alternate"', expected: ['https://ca.example/a'] },
    { name: 'upper case', header: '</a>; REL="Alternate"', expected: ['https://ca.example/a'] },
    { name: 'other parameters, with commas and semicolons in quotes', header: '</a>; title="x, <y>"; rel="alternate", </b>;rel="up"', expected: ['https://ca.example/a'] },
    { name: 'a comma inside the target', header: '</a,b>;rel="alternate"', expected: ['https://ca.example/a,b'] },
    { name: 'the same link twice', header: '</a>;rel="alternate", </a>;rel="alternate"', expected: ['https://ca.example/a'] },
    { name: 'no relation', header: '</a>', expected: [] },
    { name: 'an unclosed target', header: '</a;rel="alternate"', expected: [] },
    { name: 'nothing', header: undefined, expected: [] },
  ])('finds $name', ({ header, expected }) => {
    expect(linkTargets(header, 'alternate', base)).toEqual(expected);
  });
});

test('parseLinks never throws, whatever the header, and bounds what it returns', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.array(fc.constantFrom('<', '>', ',', ';', '"', '\\', 'rel=', 'a', ' ')).map((parts) => parts.join(''))), (header) => {
      expect(parseLinks(header, base).length).toBeLessThanOrEqual(64);
    }),
  );
  expect(parseLinks('</a>;rel="alternate",'.repeat(10_000), base)).toHaveLength(64);
});
