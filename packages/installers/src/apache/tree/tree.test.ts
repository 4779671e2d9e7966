// Includes, conditions and names as httpd sees them, on real folders.
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { temporaryFolder } from '@certward/testing';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatAddress, parseAddress, parseListen, servesPort } from './address.ts';
import { moduleIdentifier } from './conditions.ts';
import { ConfigFiles } from './config-files.ts';
import { includedPaths } from './includes.ts';
import { namesOf } from './virtual-host.ts';
import { walkConfig } from './walk.ts';
import { wildcardMatch } from './wildcard.ts';

async function treeOf(contents: Readonly<Record<string, string>>, { modules = [], defines = {} }: { modules?: readonly string[]; defines?: Record<string, string> } = {}) {
  const folder = await temporaryFolder('apache-tree');
  for (const [name, text] of Object.entries(contents)) {
    mkdirSync(dirname(folder.join(name)), { recursive: true });
    if (text.startsWith('->')) symlinkSync(text.slice(2), folder.join(name));
    else writeFileSync(folder.join(name), text);
  }
  const files = new ConfigFiles();
  const conditions = { serverRoot: folder.path, version: [2, 4, 60], modules: new Set(modules), defines: new Map(Object.entries(defines)), environment: { FROM_ENV: 'env' } };
  const walk = () => walkConfig({ files, mainFile: folder.join('main.conf'), reported: [], conditions, httpsPort: '443' });
  return { folder, files, walk, tree: walk(), [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
}

const host = (name: string, rest = '') => `<VirtualHost *:80>\nServerName ${name}\n${rest}</VirtualHost>\n`;
const serverNames = ({ hosts }: { hosts: readonly { serverName: string | undefined }[] }) => hosts.map(({ serverName }) => serverName);

describe('includes', () => {
  test('patterns, folders and links are followed, each host once, hidden files never', async () => {
    await using world = await treeOf({
      'main.conf': 'Include sites/*.conf\nIncludeOptional none/*.conf\nInclude folder\nInclude sites/b.con[a-f]\nInclude "with space/[!x]*"\n',
      'sites/b.conf': host('b.test'),
      'sites/a.conf': '->../real/a.conf',
      'sites/.hidden.conf': host('hidden.test'),
      'real/a.conf': host('a.test'),
      'folder/deep/c': host('c.test'),
      'with space/d': host('d.test'),
      'with space/x': host('x.test'),
    });
    expect(serverNames(world.tree)).toEqual(['a.test', 'b.test', 'c.test', 'd.test']);
    expect(world.tree.hosts[0]?.file.path).toBe(world.folder.join('real/a.conf'));
  });

  test('an include that includes itself ends', async () => {
    await using world = await treeOf({ 'main.conf': `Include main.conf\n${host('a.test')}` });
    expect(serverNames(world.tree)).toEqual(['a.test']);
  });

  test('what a host includes counts as its own; a broken file is left out and named', async () => {
    await using world = await treeOf({
      'main.conf': host('a.test', 'Include snippets/tls.conf\nInclude broken.conf\n<Location />\nSSLEngine off\n</Location>\n'),
      'snippets/tls.conf': 'SSLEngine on\nServerAlias B.test *.c.test\n',
      'broken.conf': '<Directory />\n',
    });
    const [found] = world.tree.hosts;
    expect(found).toMatchObject({ ssl: true, aliases: ['b.test', '*.c.test'] });
    expect(world.files.skipped).toMatchObject([{ path: world.folder.join('broken.conf'), reason: expect.stringContaining('line 1') }]);
  });

  test('new files and links are seen before they are written', async () => {
    await using world = await treeOf({ 'main.conf': 'IncludeOptional enabled/*.conf\n', 'enabled/a.conf': host('a.test') });
    world.files.create(world.folder.join('new.conf'), { text: host('new.test') });
    world.files.link({ path: world.folder.join('enabled/n.conf'), target: '../new.conf', madeByProgram: false });
    expect(includedPaths('enabled/*.conf', { serverRoot: world.folder.path, files: world.files })).toHaveLength(2);
    expect(serverNames(world.walk())).toEqual(['a.test', 'new.test']);
    expect(world.files.changes()).toMatchObject([{ path: world.folder.join('new.conf'), before: undefined }]);
  });
});

describe('conditions and definitions', () => {
  test('decide what counts, in the order of the file', async () => {
    await using world = await treeOf(
      {
        'main.conf': [
          'Define NAME defined.test',
          host('${NAME}', 'ServerAlias ${FROM_ENV}.test ${UNKNOWN}.test\n'),
          `<IfModule mod_ssl.c>\n${host('ssl.test')}</IfModule>`,
          `<IfModule !ssl_module>\n${host('no-ssl.test')}</IfModule>`,
          'LoadModule rewrite_module modules/mod_rewrite.so',
          `<IfModule rewrite_module>\n${host('rewrite.test')}</IfModule>`,
          `<IfDefine GIVEN>\n${host('given.test')}</IfDefine>`,
          'UnDefine NAME',
          `<IfDefine !NAME>\n${host('undefined.test')}</IfDefine>`,
          `<IfVersion < 2.4>\n${host('old.test')}</IfVersion>`,
          `<IfVersion >= 2.4.10>\n${host('version.test')}</IfVersion>`,
          `<IfFile main.conf>\n${host('file.test')}</IfFile>`,
          `<IfFile none.conf>\n${host('no-file.test')}</IfFile>`,
        ].join('\n'),
      },
      { modules: ['ssl_module'], defines: { GIVEN: '' } },
    );
    expect(serverNames(world.tree)).toEqual(['defined.test', 'ssl.test', 'rewrite.test', 'given.test', 'undefined.test', 'version.test', 'file.test']);
    expect(world.tree.hosts[0]?.aliases).toEqual(['env.test', '${unknown}.test']);
  });

  test('a host in a macro has no name that counts; a name is taken without scheme and port', async () => {
    await using world = await treeOf({ 'main.conf': `<Macro M $n>\n${host('$n')}</Macro>\n${host('https://Some.TEST:8443')}` });
    expect(world.tree.hosts.map((one) => [one.inMacro, namesOf(one)])).toEqual([[true, []], [false, ['some.test']]]);
  });

  test('modules go by the name of their source file, too', () => {
    expect(['mod_ssl.c', 'ssl_module', 'prefork.c', 'core.c', 'http_core.c', 'mod_rewrite.c'].map(moduleIdentifier)).toEqual(['ssl_module', 'ssl_module', 'mpm_prefork_module', 'core_module', 'http_module', 'rewrite_module']);
  });
});

describe('addresses', () => {
  test.each(['*:80', '*', '_default_:443', '[2001:db8::1]:443', '[::1]', '192.0.2.1', 'name.test:80', '*:*', '*:${PORT}'])('%s comes back as it was', (text) => {
    expect(formatAddress(parseAddress(text))).toBe(text);
  });

  test('tell which port they serve', () => {
    expect(['*:80', '*', '*:*', '*:8080', '[::1]:80'].map((text) => servesPort(parseAddress(text), '80'))).toEqual([true, true, true, false, true]);
    expect([parseListen('443'), parseListen('[::]:443')]).toEqual([{ host: '*', port: '443' }, { host: '[::]', port: '443' }]);
  });
});

describe('wildcards', () => {
  test.each([
    ['*.conf', 'a.conf', true],
    ['*.conf', '.a.conf', false],
    ['.*', '.a', true],
    ['[!.]*', 'a', true],
    ['[a-c]?', 'b1', true],
    ['[^a-c]*', 'b1', false],
    ['a\\*b', 'a*b', true],
    ['[', '[', true],
    ['**a*', 'bbba', true],
    ['', '', true],
  ])('%s and %s: %s', (pattern, text, matches) => {
    expect(wildcardMatch(pattern, text, { file: true })).toBe(matches);
  });

  test('agree with a regular expression on names', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', '.', '*', '?'), maxLength: 12 });
    fc.assert(
      fc.property(letters, letters, (pattern, text) => {
        const expression = new RegExp(`^${pattern.replaceAll('.', '[.]').replaceAll('?', '.').replaceAll(/\*+/g, '.*')}$`);
        expect(wildcardMatch(pattern, text)).toBe(expression.test(text));
      }),
      { numRuns: 2_000 },
    );
  });
});
