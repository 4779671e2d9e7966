// The store in Certbot's layout: creating, adding versions, pruning, deleting.
import { existsSync, linkSync, lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync, symlinkSync, writeFileSync, chmodSync, copyFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';

import { temporaryFolder } from '@certward/testing';
import { describe, expect, test } from 'vitest';

import { openLineageStore } from './store.ts';
import { material } from './testdata/material.ts';

const params = new Map([['server', 'https://ca.test/directory'], ['key_type', 'ecdsa']]);

async function openTemporary() {
  const folder = await temporaryFolder('lineages');
  const configDir = folder.join('config');
  const store = openLineageStore({ configDir });
  return { store, configDir, in: (...parts: string[]) => join(configDir, ...parts), [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
}

const mode = (path: string) => (statSync(path).mode & 0o777).toString(8);

describe('creating', () => {
  test('makes the files, links, modes and conf that Certbot makes', async () => {
    await using at = await openTemporary();
    const made = material(['a.test', 'b.test']);
    const lineage = await at.store.create({ ...made, name: 'a.test', params });
    expect(lineage).toMatchObject({ name: 'a.test', version: 1, completeVersions: [1], archiveDir: at.in('archive/a.test') });
    expect(readdirSync(at.in('live/a.test')).sort()).toEqual(['README', 'cert.pem', 'chain.pem', 'fullchain.pem', 'privkey.pem']);
    expect(readlinkSync(at.in('live/a.test/privkey.pem'))).toBe('../../archive/a.test/privkey1.pem');
    expect(readFileSync(at.in('live/a.test/fullchain.pem'), 'utf8')).toBe(made.fullchainPem);
    expect(readFileSync(at.in('live/a.test/cert.pem'), 'utf8') + readFileSync(at.in('live/a.test/chain.pem'), 'utf8')).toBe(made.fullchainPem);
    expect([at.in('archive'), at.in('live'), at.in('archive/a.test'), at.in('live/a.test')].map(mode)).toEqual(['700', '700', '755', '755']);
    expect(['cert1', 'privkey1', 'chain1', 'fullchain1'].map((name) => mode(at.in(`archive/a.test/${name}.pem`)))).toEqual(['644', '600', '644', '644']);
    expect(readFileSync(at.in('renewal/a.test.conf'), 'utf8')).toBe(
      [
        'version = 0.1.0', `archive_dir = ${at.in('archive/a.test')}`, ...['cert', 'privkey', 'chain', 'fullchain'].map((kind) => `${kind} = ${at.in(`live/a.test/${kind}.pem`)}`),
        '[renewalparams]', 'server = https://ca.test/directory', 'key_type = ecdsa', '',
      ].join('\n'),
    );
    expect(readdirSync(at.in('renewal'))).toEqual(['a.test.conf']);
    expect(existsSync(at.in('live/README'))).toBe(true);
  });

  test('numbers a name that is taken, and finds the certificate that is stored already', async () => {
    await using at = await openTemporary();
    const [first, second] = [material(['a.test']), material(['a.test'])];
    expect((await at.store.create({ ...first, name: 'a.test', params })).name).toBe('a.test');
    expect((await at.store.create({ ...second, name: 'a.test', params })).name).toBe('a.test-0001');
    expect((await at.store.create({ ...second, name: 'a.test', params })).name).toBe('a.test-0001');
    expect((await at.store.create({ ...first, name: 'a.test', params })).name).toBe('a.test');
    expect(at.store.names()).toEqual(['a.test-0001', 'a.test']);
  });

  test('sixteen at once under one name become sixteen lineages', async () => {
    await using at = await openTemporary();
    const made = await Promise.all(Array.from({ length: 16 }, () => at.store.create({ ...material(['a.test']), name: 'a.test', params })));
    expect(new Set(made.map((one) => one.name)).size).toBe(16);
    expect(at.store.list().map((one) => one.status)).toEqual(Array.from({ length: 16 }, () => 'ok'));
  });

  test('refuses folders with foreign content, and takes empty ones', async () => {
    await using at = await openTemporary();
    mkdirSync(at.in('archive/a.test'), { recursive: true });
    mkdirSync(at.in('live/a.test'), { recursive: true });
    writeFileSync(at.in('live/a.test/mine'), '');
    await expect(at.store.create({ ...material(['a.test']), name: 'a.test', params })).rejects.toMatchObject({ code: 'liveExists', message: 'live directory exists for a.test' });
    writeFileSync(at.in('archive/a.test/mine'), '');
    await expect(at.store.create({ ...material(['a.test']), name: 'a.test', params })).rejects.toMatchObject({ code: 'archiveExists' });
    rmSync(at.in('live/a.test/mine'));
    rmSync(at.in('archive/a.test/mine'));
    expect((await at.store.create({ ...material(['a.test']), name: 'a.test', params })).name).toBe('a.test');
  });

  test.each(['', '.', '..', '../x', 'a/b', '.hidden', 'a\0b', 'x'.repeat(201)])('refuses the name %j', async (name) => {
    await using at = await openTemporary();
    await expect(at.store.create({ ...material(['a.test']), name, params })).rejects.toMatchObject({ code: 'lineageNameInvalid' });
    expect(existsSync(at.configDir)).toBe(false);
  });

  test('refuses a key that is not the certificate’s, before anything is written', async () => {
    await using at = await openTemporary();
    const wrong = { ...material(['a.test']), privateKeyPem: material(['b.test']).privateKeyPem };
    await expect(at.store.create({ ...wrong, name: 'a.test', params })).rejects.toMatchObject({ code: 'materialMismatch' });
    expect(existsSync(at.configDir)).toBe(false);
  });
});

describe('adding versions', () => {
  test('moves the links, inherits the key’s mode, drops old renewal information and keeps the rest of the conf', async () => {
    await using at = await openTemporary();
    const lineage = await at.store.create({ ...material(['a.test']), name: 'a.test', params });
    chmodSync(at.in('archive/a.test/privkey1.pem'), 0o644);
    writeFileSync(at.in('renewal/a.test.conf'), `# mine\n${readFileSync(at.in('renewal/a.test.conf'), 'utf8')}[acme_renewal_info]\nari_retry_after = 2026-11-20T20:17:36\n`);
    const next = material(['a.test']);
    const renewed = await at.store.addVersion(lineage, next);
    expect(renewed).toMatchObject({ version: 2, completeVersions: [1, 2] });
    expect(readFileSync(at.in('live/a.test/fullchain.pem'), 'utf8')).toBe(next.fullchainPem);
    expect(mode(at.in('archive/a.test/privkey2.pem'))).toBe('644');
    const conf = readFileSync(at.in('renewal/a.test.conf'), 'utf8');
    expect(conf.startsWith('# mine\nversion = 0.1.0\n')).toBe(true);
    expect(conf).not.toContain('acme_renewal_info');
    expect(readdirSync(at.in('live/a.test')).length).toBe(5);
    await at.store.addVersion(renewed, { ...next, params: new Map([['server', 'https://other.test/dir']]) });
    expect(at.store.load('a.test')).toMatchObject({ version: 2, conf: { server: 'https://other.test/dir', params: { key_type: 'rsa' } } });
  });

  test('a certificate that an earlier version holds does not take the place of a newer one', async () => {
    await using at = await openTemporary();
    const [second, third] = [material(['a.test']), material(['a.test'])];
    const created = await at.store.create({ ...material(['a.test']), name: 'a.test', params });
    await at.store.addVersion(await at.store.addVersion(created, second), third);
    expect(await at.store.addVersion(at.store.load('a.test'), second)).toMatchObject({ version: 3, completeVersions: [1, 2, 3] });
    expect(readFileSync(at.in('live/a.test/fullchain.pem'), 'utf8')).toBe(third.fullchainPem);
  });

  test('without a key copies the current one', async () => {
    await using at = await openTemporary();
    const { createPrivateKey } = await import('node:crypto');
    const first = material(['a.test']);
    const lineage = await at.store.create({ ...first, name: 'a.test', params });
    await at.store.addVersion(lineage, { fullchainPem: material(['a.test'], { key: createPrivateKey(first.privateKeyPem) }).fullchainPem });
    expect(lstatSync(at.in('archive/a.test/privkey2.pem')).isFile()).toBe(true);
    expect(readFileSync(at.in('archive/a.test/privkey2.pem'), 'utf8')).toBe(first.privateKeyPem);
  });

  test('counts on from the largest number of any kind', async () => {
    await using at = await openTemporary();
    const lineage = await at.store.create({ ...material(['a.test']), name: 'a.test', params });
    writeFileSync(at.in('archive/a.test/chain7.pem'), '');
    expect((await at.store.addVersion(lineage, material(['a.test']))).version).toBe(8);
  });

  test('keeps the live version and five before it, and every key that a kept key is a link to', async () => {
    await using at = await openTemporary();
    let lineage = await at.store.create({ ...material(['a.test']), name: 'a.test', params });
    for (let version = 2; version <= 4; version += 1) lineage = await at.store.addVersion(lineage, material(['a.test']));
    rmSync(at.in('archive/a.test/privkey4.pem'));
    symlinkSync('privkey2.pem', at.in('archive/a.test/privkey4.pem'));
    for (let version = 5; version <= 9; version += 1) lineage = await at.store.addVersion(lineage, material(['a.test']));
    expect(lineage.completeVersions).toEqual([4, 5, 6, 7, 8, 9]);
    expect(readdirSync(at.in('archive/a.test')).filter((name) => /[123]\.pem/.test(name))).toEqual(['privkey2.pem']);
  });

  test('keeps the folder part of links, and follows archive_dir elsewhere', async () => {
    await using at = await openTemporary();
    const lineage = await at.store.create({ ...material(['a.test']), name: 'a.test', params });
    renameSync(at.in('archive/a.test'), at.in('moved'));
    writeFileSync(lineage.confPath, readFileSync(lineage.confPath, 'utf8').replace(at.in('archive/a.test'), at.in('moved')));
    expect(() => at.store.load('a.test')).toThrow(expect.objectContaining({ code: 'lineageBroken' }));
    expect(await at.store.updateSymlinks()).toEqual([]);
    expect(readlinkSync(at.in('live/a.test/cert.pem'))).toBe('../../moved/cert1.pem');
    for (const kind of ['cert', 'privkey', 'chain', 'fullchain']) {
      rmSync(at.in(`live/a.test/${kind}.pem`));
      symlinkSync(at.in(`moved/${kind}1.pem`), at.in(`live/a.test/${kind}.pem`));
    }
    await at.store.addVersion(at.store.load('a.test'), material(['a.test']));
    expect(readlinkSync(at.in('live/a.test/cert.pem'))).toBe(at.in('moved/cert2.pem'));
  });
});

describe('reading', () => {
  test('lists in the order of the file names and says why a lineage is broken', async () => {
    await using at = await openTemporary();
    for (const name of ['ex.test', 'a.test', 'b.test', 'c.test', 'd.test']) await at.store.create({ ...material([name]), name, params });
    await at.store.create({ ...material(['ex.test']), name: 'ex.test', params });
    writeFileSync(at.in('renewal/notes.txt'), '');
    writeFileSync(at.in('renewal/.hidden.conf'), '');
    writeFileSync(at.in('renewal/empty.conf'), '');
    writeFileSync(at.in('renewal/a.test.conf'), 'not a conf');
    rmSync(at.in('archive/b.test/privkey1.pem'));
    writeFileSync(at.in('archive/c.test/cert1.pem'), 'not a certificate');
    rmSync(at.in('live/d.test/chain.pem'));
    copyFileSync(at.in('archive/d.test/chain1.pem'), at.in('live/d.test/chain.pem'));
    const listed = at.store.list();
    expect(listed.map(({ name, status }) => `${name} ${status}`)).toEqual(['a.test broken', 'b.test broken', 'c.test broken', 'd.test ok', 'empty broken', 'ex.test-0001 ok', 'ex.test ok']);
    expect(() => at.store.load('d.test')).toThrow('to be a symlink');
    expect(() => at.store.load('empty')).toThrow(expect.objectContaining({ code: 'lineageBroken' }));
    expect(() => at.store.load('nope')).toThrow(`No certificate found with name nope (expected ${at.in('renewal/nope.conf')}).`);
  });

  test('an empty or missing folder is an empty list', async () => {
    await using at = await openTemporary();
    expect(at.store.list()).toEqual([]);
    expect(at.store.names()).toEqual([]);
  });

  test('an edit of the conf keeps everything else and the mode', async () => {
    await using at = await openTemporary();
    const { confPath } = await at.store.create({ ...material(['a.test']), name: 'a.test', params });
    chmodSync(confPath, 0o600);
    const before = readFileSync(confPath, 'utf8');
    await at.store.updateConf('a.test', ({ document }) => document.root.set('renew_before_expiry', '20 days'));
    expect(readFileSync(confPath, 'utf8')).toBe(before.replace('[renewalparams]', 'renew_before_expiry = 20 days\n[renewalparams]'));
    expect(mode(confPath)).toBe('600');
    expect(at.store.load('a.test').conf.renewBeforeExpirySeconds).toBe(20 * 86_400);
  });
});

describe('leftovers', () => {
  test('of writers that were killed go with the first change of the next run; what others are writing stays', async () => {
    await using at = await openTemporary();
    await at.store.create({ ...material(['a.test']), name: 'a.test', params });
    for (const folder of ['live', 'archive', 'renewal']) writeFileSync(at.in(`${folder}/.README.12-3.new`), '');
    const nextRun = openLineageStore({ configDir: at.store.configDir });
    await Promise.all(['b.test', 'c.test'].map((name) => nextRun.create({ ...material([name]), name, params })));
    for (const folder of ['live', 'archive', 'renewal']) expect(readdirSync(at.in(folder)).filter((name) => name.endsWith('.new'))).toEqual([]);
    expect(at.store.names()).toEqual(['a.test', 'b.test', 'c.test']);
  });
});

describe('deleting', () => {
  test('removes conf, links, README and versions, and the emptied folders', async () => {
    await using at = await openTemporary();
    await at.store.create({ ...material(['a.test']), name: 'a.test', params });
    await at.store.create({ ...material(['b.test']), name: 'b.test', params });
    expect(await at.store.delete('a.test')).toEqual({ kept: [] });
    expect([readdirSync(at.in('live')), readdirSync(at.in('archive')), readdirSync(at.in('renewal'))]).toEqual([['README', 'b.test'], ['b.test'], ['b.test.conf']]);
    await expect(at.store.delete('a.test')).rejects.toMatchObject({ code: 'lineageNotFound' });
  });

  test('leaves foreign files and folders alone, whatever the conf names', async () => {
    await using at = await openTemporary();
    const { confPath } = await at.store.create({ ...material(['a.test']), name: 'a.test', params });
    mkdirSync(at.in('precious'));
    writeFileSync(at.in('precious/secret'), 'x');
    writeFileSync(at.in('precious/cert1.pem'), 'ours by name');
    const text = readFileSync(confPath, 'utf8');
    writeFileSync(confPath, text.replace(at.in('archive/a.test'), at.in('precious')).replace(at.in('live/a.test/cert.pem'), at.in('precious/secret')));
    expect((await at.store.delete('a.test')).kept).toEqual([at.in('precious/secret'), at.in('precious')]);
    expect(readdirSync(at.in('precious'))).toEqual(['secret']);
  });

  test('does not follow an archive folder that is a link', async () => {
    await using at = await openTemporary();
    await at.store.create({ ...material(['a.test']), name: 'a.test', params });
    mkdirSync(at.in('elsewhere'));
    writeFileSync(at.in('elsewhere/secret'), '');
    linkSync(at.in('archive/a.test/cert1.pem'), at.in('elsewhere/cert1.pem'));
    rmSync(at.in('archive/a.test'), { recursive: true });
    symlinkSync(at.in('elsewhere'), at.in('archive/a.test'));
    await at.store.delete('a.test');
    expect(readdirSync(at.in('elsewhere'))).toEqual(['secret']);
  });

  test('an unreadable conf goes alone, and its folders are named', async () => {
    await using at = await openTemporary();
    const { confPath } = await at.store.create({ ...material(['a.test']), name: 'a.test', params });
    writeFileSync(confPath, 'garbage');
    expect((await at.store.delete('a.test')).kept).toEqual([at.in('live/a.test'), at.in('archive/a.test')]);
    expect(existsSync(confPath)).toBe(false);
  });
});
