import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { importedSpecifiers, objection } from './check-layers.mjs';

const folderOf = (name: string) => path.resolve('/project/packages', name);
const fakePackage = (name: string, declared: string[] = []) => ({
  name,
  folder: folderOf(name),
  declared: new Set(declared),
  exports: new Set(['.', './package.json']),
});
const packages = new Map(
  [
    fakePackage('base'),
    fakePackage('acme', ['@certward/base']),
    fakePackage('engine', ['@certward/acme', '@certward/ca']),
    fakePackage('ca', ['@certward/acme']),
    fakePackage('testing'),
  ].map((one) => [one.name, one]),
);
const objectionTo = (importer: string, specifier: string, file = 'src/x.ts') =>
  objection(packages.get(importer) ?? fakePackage(importer), path.join(folderOf(importer), file), specifier, packages);

describe('layers', () => {
  test('finds static, type-only, re-exported and dynamic imports', () => {
    const source = `import a from 'one'; import type { B } from 'two'; export { c } from 'three'; const d = () => import('four');`;
    expect(importedSpecifiers(source)).toEqual(['one', 'two', 'three', 'four']);
  });

  test.each([
    { name: 'a lower layer that is declared', importer: 'acme', specifier: '@certward/base', says: undefined },
    { name: 'an undeclared package', importer: 'base', specifier: '@certward/acme', says: 'not declared' },
    { name: 'the same layer', importer: 'engine', specifier: '@certward/ca', says: 'must not import layer 3' },
    { name: 'the client from the CA', importer: 'ca', specifier: '@certward/acme', says: 'never logic' },
    { name: 'a path inside another package', importer: 'acme', specifier: '@certward/base/src/clock.ts', says: 'exports map' },
    { name: 'a relative path out of the package', importer: 'acme', specifier: '../../base/src/clock.ts', says: 'leaves its package' },
    { name: 'an undeclared library', importer: 'acme', specifier: 'left-pad', says: 'not declared' },
    { name: 'a built-in without its prefix', importer: 'acme', specifier: 'fs', says: 'node:fs' },
    { name: 'the testing package in shipped code', importer: 'acme', specifier: '@certward/testing', says: 'only tests' },
    { name: 'an unknown package', importer: 'acme', specifier: '@certward/nothing', says: 'no package' },
  ])('judges $name', ({ importer, specifier, says }) => {
    const answer = objectionTo(importer, specifier);
    if (says === undefined) expect(answer).toBeUndefined();
    else expect(answer).toContain(says);
  });

  test('lets a test use the testing package', () => {
    expect(objectionTo('acme', '@certward/testing', 'src/x.test.ts')).toBeUndefined();
  });
});
