import { mkdirSync, writeFileSync } from 'node:fs';
import { temporaryFolder } from '@certward/testing';
import { describe, expect, test } from 'vitest';
import { resolveInclude } from './glob.ts';

describe('an include', () => {
  test.each([
    ['a file', 'mime.types', ['mime.types']],
    ['a file that is not there', 'missing.conf', []],
    ['a folder', 'conf.d', []],
    ['every visible file, sorted', 'conf.d/*', ['conf.d/a.conf', 'conf.d/b.conf', 'conf.d/c.bak']],
    ['files of an ending', 'conf.d/*.conf', ['conf.d/a.conf', 'conf.d/b.conf']],
    ['hidden files when asked for', 'conf.d/.*.conf', ['conf.d/.hidden.conf']],
    ['one character', 'conf.d/?.conf', ['conf.d/a.conf', 'conf.d/b.conf']],
    ['a set', 'conf.d/[b-z].conf', ['conf.d/b.conf']],
    ['what is not in a set', 'conf.d/[!b].conf', ['conf.d/a.conf']],
    ['a set that is none', 'conf.d/[z-a].conf', []],
    ['folders by pattern', 'sites-*/*/nginx.conf', ['sites-1/x/nginx.conf', 'sites-2/y/nginx.conf']],
    ['a dot for a dot', 'conf.d/a?conf', ['conf.d/a.conf']],
    ['through a parent', 'conf.d/../mime.types', ['mime.types']],
  ])('names %s', async (_, pattern, expected) => {
    await using folder = await temporaryFolder('glob');
    for (const name of ['conf.d', 'sites-1/x', 'sites-2/y']) mkdirSync(folder.join(name), { recursive: true });
    const files = ['mime.types', 'conf.d/b.conf', 'conf.d/a.conf', 'conf.d/c.bak', 'conf.d/.hidden.conf', 'sites-1/x/nginx.conf', 'sites-2/y/nginx.conf'];
    for (const name of files) writeFileSync(folder.join(name), '');
    expect(resolveInclude(pattern, folder.path)).toEqual(expected.map((name) => folder.join(name)));
    expect(resolveInclude(folder.join(pattern), '/')).toEqual(expected.map((name) => folder.join(name)));
  });
});
