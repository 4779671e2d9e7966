// Deleting by a configuration that somebody edited: only what belongs to the lineage goes.
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';

import { temporaryFolder } from '@certward/testing';
import { describe, expect, test } from 'vitest';

import { openLineageStore } from './store.ts';
import { material } from './testdata/material.ts';

const params = new Map([['server', 'https://ca.test/directory'], ['key_type', 'ecdsa']]);

async function openWithTwo() {
  const folder = await temporaryFolder('delete');
  const store = openLineageStore({ configDir: folder.join('config') });
  for (const name of ['a.test', 'b.test']) await store.create({ ...material([name]), name, params });
  const at = (path: string) => folder.join('config', path);
  const edit = (from: string, to: string) => {
    const path = at('renewal/a.test.conf');
    writeFileSync(path, readFileSync(path, 'utf8').replaceAll(from, to));
  };
  return { store, at, edit, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
}

describe('deleting by an edited conf', () => {
  test('keeps the archive that another lineage names', async () => {
    await using world = await openWithTwo();
    world.edit(world.at('archive/a.test'), world.at('archive/b.test'));
    expect((await world.store.delete('a.test')).kept).toEqual([world.at('archive/b.test')]);
    expect(world.store.load('b.test').version).toBe(1);
  });

  test('keeps the links that another lineage names, and the rest of their folder', async () => {
    await using world = await openWithTwo();
    world.edit(world.at('live/a.test'), world.at('live/b.test'));
    expect((await world.store.delete('a.test')).kept).toContain(world.at('live/b.test'));
    expect(readdirSync(world.at('live/b.test')).sort()).toEqual(['README', 'cert.pem', 'chain.pem', 'fullchain.pem', 'privkey.pem']);
  });

  test('keeps what another lineage would have by default, also when its conf cannot be read', async () => {
    await using world = await openWithTwo();
    writeFileSync(world.at('renewal/b.test.conf'), 'garbage');
    world.edit(world.at('archive/a.test'), world.at('archive/b.test'));
    await world.store.delete('a.test');
    expect(readdirSync(world.at('archive/b.test'))).toHaveLength(4);
  });

  test('keeps files, foreign links and the README of a folder elsewhere', async () => {
    await using world = await openWithTwo();
    mkdirSync(world.at('www'));
    for (const name of ['cert.pem', 'README']) writeFileSync(world.at(`www/${name}`), 'precious');
    symlinkSync(world.at('archive/b.test/chain1.pem'), world.at('www/chain.pem'));
    world.edit(world.at('live/a.test'), world.at('www'));
    await world.store.delete('a.test');
    expect(readdirSync(world.at('www')).sort()).toEqual(['README', 'cert.pem', 'chain.pem']);
  });

  test('removes the links of a live folder that was moved', async () => {
    await using world = await openWithTwo();
    renameSync(world.at('live/a.test'), world.at('moved'));
    for (const kind of ['cert', 'privkey', 'chain', 'fullchain']) {
      rmSync(world.at(`moved/${kind}.pem`));
      symlinkSync(`../archive/a.test/${kind}1.pem`, world.at(`moved/${kind}.pem`));
    }
    world.edit(world.at('live/a.test'), world.at('moved'));
    expect((await world.store.delete('a.test')).kept).toEqual([world.at('moved')]);
    expect(readdirSync(world.at('moved'))).toEqual(['README']);
    expect(existsSync(world.at('archive/a.test'))).toBe(false);
  });
});
