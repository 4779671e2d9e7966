// The account store, beside Certbot's own.
import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { createFakeClock, temporaryFolder } from '@certward/testing';
import { describe, expect, test } from 'vitest';

import { openAccountStore } from './store.ts';

const directoryUrl = 'https://127.0.0.1:24000/dir';
const letsEncrypt = 'https://acme-v02.api.letsencrypt.org/directory';
const rsa = () => generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
const ec = () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
const mode = (path: string) => (statSync(path).mode & 0o777).toString(8);

/** Runs Python with Certbot's modules; `store` is its account storage for `server` below `config`. */
function certbot(config: string, { server, script }: { server: string; script: string }): unknown {
  const prelude = `
import json, sys
from certbot._internal import account, constants
class Config:
    strict_permissions = False
    accounts_dir = None
    server_path = ${JSON.stringify(server.replace('https://', ''))}
    def accounts_dir_for_server_path(self, path): return ${JSON.stringify(`${config}/accounts/`)} + path
Config.accounts_dir = Config().accounts_dir_for_server_path(Config.server_path)
store = account.AccountFileStorage(Config())
def shown(one): return {'id': one.id, 'url': one.regr.uri, 'kty': one.key.to_partial_json()['kty'], 'created': one.meta.creation_dt.isoformat()}
`;
  return JSON.parse(execFileSync('/usr/bin/python3', ['-c', prelude + script], { encoding: 'utf8' }));
}

const hasCertbot = existsSync('/usr/lib/python3/dist-packages/certbot');

describe('accounts on disk', () => {
  test('are stored with Certbot’s names and modes, and read back', async () => {
    await using folder = await temporaryFolder('accounts');
    const store = openAccountStore({ configDir: folder.path, directoryUrl, clock: createFakeClock(new Date('2026-11-20T14:10:05.123Z')) });
    expect(store.list()).toEqual([]);
    const key = rsa();
    const saved = await store.save({ key, url: 'https://127.0.0.1:24000/acct/1' });
    const path = folder.join('accounts/127.0.0.1:24000/dir', saved.id);
    expect(['', 'private_key.json', 'regr.json', 'meta.json'].map((name) => mode(join(path, name)))).toEqual(['700', '400', '644', '644']);
    expect(mode(folder.join('accounts'))).toBe('700');
    expect(JSON.parse(readFileSync(join(path, 'meta.json'), 'utf8'))).toMatchObject({ creation_dt: '2026-11-20T14:10:05Z' });
    expect(JSON.parse(readFileSync(join(path, 'regr.json'), 'utf8'))).toEqual({ body: {}, uri: 'https://127.0.0.1:24000/acct/1' });
    expect(Object.keys(JSON.parse(readFileSync(join(path, 'private_key.json'), 'utf8')) as object).sort()).toEqual(['d', 'dp', 'dq', 'e', 'kty', 'n', 'p', 'q', 'qi']);
    const [listed] = store.list();
    expect(listed).toMatchObject({ id: saved.id, url: 'https://127.0.0.1:24000/acct/1', createdAt: new Date('2026-11-20T14:10:05Z') });
    expect(store.load(saved.id).key.equals(key)).toBe(true);
    expect(readdirSync(path).sort()).toEqual(['meta.json', 'private_key.json', 'regr.json']);
  });

  test('storing the same key again changes only the URL', async () => {
    await using folder = await temporaryFolder('accounts');
    const key = ec();
    const first = openAccountStore({ configDir: folder.path, directoryUrl, clock: createFakeClock(new Date('2026-01-01T00:00:00Z')) });
    await first.save({ key, url: 'https://ca.test/1' });
    const saved = await openAccountStore({ configDir: folder.path, directoryUrl }).save({ key, url: 'https://ca.test/2' });
    expect(saved).toMatchObject({ url: 'https://ca.test/2', createdAt: new Date('2026-01-01T00:00:00Z') });
    expect(first.list().length).toBe(1);
  });

  test('what a killed writer left is cleared; accounts, reserved keys and foreign files stay', async () => {
    await using folder = await temporaryFolder('accounts');
    const store = openAccountStore({ configDir: folder.path, directoryUrl });
    const [saved, reserved, unfinished] = [(await store.save({ key: ec(), url: 'https://ca.test/1' })).id, await store.reserve(ec()), 'a'.repeat(32)];
    for (const [id, name] of [[saved, '.regr.json.12-1.new'], [reserved, '.private_key.json.12-1.new'], [unfinished, '.private_key.json.12-2.new']] as const) {
      mkdirSync(join(store.folder, id), { recursive: true });
      writeFileSync(join(store.folder, id, name), '{');
    }
    writeFileSync(join(store.folder, reserved, 'note'), '');
    store.clearUnfinished();
    expect(readdirSync(store.folder).sort()).toEqual([saved, reserved].sort());
    expect(readdirSync(join(store.folder, saved)).sort()).toEqual(['meta.json', 'private_key.json', 'regr.json']);
    expect(readdirSync(join(store.folder, reserved)).sort()).toEqual(['note', 'private_key.json']);
  });

  test('that are damaged are skipped in lists and named when asked for', async () => {
    await using folder = await temporaryFolder('accounts');
    const store = openAccountStore({ configDir: folder.path, directoryUrl });
    const [good, bad, foreign] = [await store.save({ key: ec(), url: 'https://ca.test/1' }), await store.save({ key: ec(), url: 'https://ca.test/2' }), await store.save({ key: ec(), url: 'https://ca.test/3' })];
    rmSync(join(store.folder, bad.id, 'private_key.json'));
    writeFileSync(join(store.folder, bad.id, 'private_key.json'), '{"kty":"EC","d":"secret');
    rmSync(join(store.folder, foreign.id, 'private_key.json'));
    writeFileSync(join(store.folder, foreign.id, 'private_key.json'), readFileSync(join(store.folder, good.id, 'private_key.json')));
    mkdirSync(join(store.folder, 'not an id'));
    expect(store.list().map(({ id }) => id)).toEqual([good.id]);
    expect(() => store.load(foreign.id)).toThrow(expect.objectContaining({ code: 'accountInvalid', message: expect.stringContaining('belongs to another id') as string }));
    expect(() => store.load('0'.repeat(32))).toThrow(expect.objectContaining({ code: 'accountNotFound' }));
    expect(() => store.load('../../x')).toThrow(expect.objectContaining({ code: 'accountNotFound' }));
    let shown = '';
    try {
      store.load(bad.id);
    } catch (error) {
      for (let one: unknown = error; one instanceof Error; one = one.cause) shown += `${one.stack}`;
    }
    expect(shown).toContain('private_key.json cannot be read');
    expect(shown).not.toContain('secret');
  });

  test.each(['https://ca.test/../../etc', 'https://../x', 'https://ca.test/a/./b', 'nonsense', 'https://', 'https://ca.test/a\\b'])('never lead out of their folder: %s', (url) => {
    expect(() => openAccountStore({ configDir: '/nowhere', directoryUrl: url })).toThrow(expect.objectContaining({ code: 'unsafePath' }));
  });

  test('of the ACME v1 address are found through its successor, linked or not, and deleted with the links', async () => {
    for (const linked of ['not', 'account', 'folder'] as const) {
      await using folder = await temporaryFolder('accounts');
      const v1 = openAccountStore({ configDir: folder.path, directoryUrl: 'https://acme-v01.api.letsencrypt.org/directory' });
      const { id } = await v1.save({ key: ec(), url: 'https://acme-v01.api.letsencrypt.org/acme/reg/1' });
      const v2 = openAccountStore({ configDir: folder.path, directoryUrl: letsEncrypt });
      mkdirSync(linked === 'account' ? v2.folder : join(v2.folder, '..'), { recursive: true });
      if (linked === 'account') symlinkSync(join(v1.folder, id), join(v2.folder, id));
      if (linked === 'folder') symlinkSync(v1.folder, v2.folder);
      expect(v2.list().map((one) => one.id)).toEqual([id]);
      await v2.delete(id);
      expect([v1.list(), v2.list()]).toEqual([[], []]);
      expect(lstatSync(v2.folder, { throwIfNoEntry: false })).toBeUndefined();
      expect(existsSync(v1.folder)).toBe(false);
    }
  });

  test('deleting removes a link that leads out of the store, not what it leads to', async () => {
    await using folder = await temporaryFolder('accounts');
    await using elsewhere = await temporaryFolder('elsewhere');
    const store = openAccountStore({ configDir: folder.path, directoryUrl });
    const other = await store.save({ key: ec(), url: 'https://ca.test/1' });
    const foreign = openAccountStore({ configDir: elsewhere.path, directoryUrl });
    const { id } = await foreign.save({ key: ec(), url: 'https://ca.test/2' });
    symlinkSync(join(foreign.folder, id), join(store.folder, id));
    await store.delete(id);
    expect(readdirSync(store.folder)).toEqual([other.id]);
    expect(foreign.list().map((one) => one.id)).toEqual([id]);
  });
});

// Needs Certbot or its libraries, which the test-bed installs on Debian.
describe.runIf(hasCertbot)('beside Certbot', () => {
  test('it reads RSA and EC accounts that we store', async () => {
    await using folder = await temporaryFolder('accounts');
    const store = openAccountStore({ configDir: folder.path, directoryUrl, clock: createFakeClock(new Date('2026-11-20T14:10:05Z')) });
    const saved = [await store.save({ key: rsa(), url: 'https://ca.test/1' }), await store.save({ key: ec(), url: 'https://ca.test/2' })];
    const seen = certbot(folder.path, { server: directoryUrl, script: 'print(json.dumps(sorted([shown(one) for one in store.find_all()], key=lambda one: one["url"])))' });
    expect(seen).toEqual([
      { id: saved[0]?.id, url: 'https://ca.test/1', kty: 'RSA', created: '2026-11-20T14:10:05+00:00' },
      { id: saved[1]?.id, url: 'https://ca.test/2', kty: 'EC', created: '2026-11-20T14:10:05+00:00' },
    ]);
  });

  test('it does not take a key that is only reserved for an account', async () => {
    await using folder = await temporaryFolder('accounts');
    const store = openAccountStore({ configDir: folder.path, directoryUrl });
    const id = await store.reserve(ec());
    expect(mode(join(store.folder, id, 'private_key.json'))).toBe('400');
    expect(store.reserved().map((one) => one.id)).toEqual([id]);
    expect(store.list()).toEqual([]);
    expect(certbot(folder.path, { server: directoryUrl, script: 'print(json.dumps(len(store.find_all())))' })).toBe(0);
  });

  test('we read what it stores', async () => {
    await using folder = await temporaryFolder('accounts');
    const script = `
import josepy
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.backends import default_backend
from acme import messages
class Client:
    directory = messages.Directory({})
key = josepy.JWKRSA(key=josepy.ComparableRSAKey(rsa.generate_private_key(65537, 2048, default_backend())))
made = account.Account(messages.RegistrationResource(uri='https://ca.test/acct/9', body=messages.Registration()), key)
store.save(made, Client())
print(json.dumps(shown(made)))
`;
    const made = certbot(folder.path, { server: letsEncrypt, script }) as { id: string };
    const store = openAccountStore({ configDir: folder.path, directoryUrl: letsEncrypt });
    expect(store.list().map(({ id, url }) => ({ id, url }))).toEqual([{ id: made.id, url: 'https://ca.test/acct/9' }]);
    await store.delete(made.id);
    expect(store.list()).toEqual([]);
  });
});
