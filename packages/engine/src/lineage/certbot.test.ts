// The real Certbot working on lineages that we made, with everything that we keep in their confs.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

import { temporaryFolder } from '@certward/testing';
import { describe, expect, test } from 'vitest';

import { readRenewalState, writeRenewalState } from '../renewal-conf/index.ts';
import { openLineageStore } from './store.ts';
import { certbotView } from './testdata/certbot-view.ts';
import { material } from './testdata/material.ts';

const params = new Map<string, string | readonly string[] | ReadonlyMap<string, string>>([
  ['account', '23a944913a067ea6ebf9e906238a00c1'],
  ['pref_challs', ['http-01']],
  ['server', 'https://127.0.0.1:9/directory'],
  ['authenticator', 'webroot'],
  ['webroot_path', ['/srv/one', '/srv/two, too']],
  ['webroot_map', new Map([['a.test', '/srv/one'], ['b.test', '/srv/two, too']])],
  ['renew_hook', `sh -c 'echo "100%"'`],
  ['key_type', 'ecdsa'],
]);

async function openTemporary() {
  const folder = await temporaryFolder('certbot');
  const folders = ['--config-dir', folder.join('config'), '--work-dir', folder.join('work'), '--logs-dir', folder.join('logs')];
  const store = openLineageStore({ configDir: folder.join('config') });
  const certbot = (...args: string[]) => execFileSync('/usr/bin/certbot', [...args, ...folders], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  return { store, certbot, folder, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
}

/** Certificates as of now, because Certbot goes by the machine's clock. */
const fresh = (names: readonly string[]) => material(names, { from: new Date(Math.floor(Date.now() / 1000) * 1000 - 3_600_000) });

/** State with every member set, and a URL made to trip a reader of the dialect. */
const state = {
  ari: {
    window: { start: new Date('2027-01-01T00:00:00Z'), end: new Date('2027-01-02T00:00:00Z') },
    instant: new Date('2027-01-01T07:08:09.123Z'),
    nextCheckAt: new Date('2026-12-01T06:00:00Z'),
    explanationUrl: 'https://ca.test/why?a=%(b)s&c="d",\'e\'#f',
  },
  failures: new Map([['https://127.0.0.1:9/directory', { count: 2, lastAt: new Date('2026-12-01T00:00:00Z') }]]),
};

// Needs Certbot or its libraries, which the test-bed installs on Debian.
describe.runIf(existsSync('/usr/bin/certbot'))('Certbot', () => {
  test('lists, considers for renewal and deletes a lineage of ours that carries our renewal state', async () => {
    await using at = await openTemporary();
    const lineage = await at.store.create({ ...fresh(['a.test', 'b.test']), name: 'a.test', params });
    const renewed = await at.store.addVersion(lineage, fresh(['a.test', 'b.test']));
    const { serial } = renewed.certificate;
    await at.store.updateConf('a.test', (conf) => writeRenewalState(conf, { serial, state }));
    const listed = at.certbot('certificates');
    expect(listed).toContain('Certificate Name: a.test');
    expect(listed).toContain(`Serial Number: ${BigInt(`0x${serial}`).toString(16)}`);
    expect(listed).toMatch(/Domains: a\.test b\.test\n.*VALID: 89 days/);
    const before = readFileSync(renewed.confPath, 'utf8');
    expect(at.certbot('renew', '-n', '--no-random-sleep-on-renew')).toContain(`${renewed.links.fullchain} expires on`);
    expect(readFileSync(renewed.confPath, 'utf8')).toBe(before);
    at.certbot('delete', '-n', '--cert-name', 'a.test');
    expect([at.store.names(), existsSync(renewed.liveDir), existsSync(renewed.archiveDir)]).toEqual([[], false, false]);
  });

  test('keeps our renewal state when it rewrites the conf, and we read what it wrote', async () => {
    await using at = await openTemporary();
    const lineage = await at.store.create({ ...fresh(['a.test']), name: 'a.test', params });
    const { serial } = lineage.certificate;
    await at.store.updateConf('a.test', (conf) => writeRenewalState(conf, { serial, state }));
    const script = `
import sys
from certbot._internal import storage
path, archive, live = sys.argv[1:]
storage.write_renewal_config(path, path + '.new', archive, {kind: live + '/' + kind + '.pem' for kind in storage.ALL_FOUR},
    {'server': 'https://ca.test/dir', 'key_type': 'rsa', 'webroot_map': {'a.test': '/srv, too'}, 'pref_challs': ['dns-01'], 'reuse_key': True, 'renew_hook': 'echo "a, b"'})
import os; os.replace(path + '.new', path)
`;
    execFileSync('/usr/bin/python3', ['-c', script, lineage.confPath, lineage.archiveDir, lineage.liveDir]);
    const { conf } = at.store.load('a.test');
    expect(conf.version).toMatch(/^\d+\.\d+/);
    expect(conf.params).toEqual({ server: 'https://ca.test/dir', key_type: 'rsa', webroot_path: [], webroot_map: new Map([['a.test', '/srv, too']]), plugin: new Map(), pref_challs: ['dns-01'], reuse_key: true, renew_hook: 'echo "a, b"' });
    expect(readRenewalState(conf, serial)).toMatchObject({ ari: { instant: state.ari.instant, window: state.ari.window }, failures: state.failures });
  });

  test('sees the version that we made live, with its names', async () => {
    await using at = await openTemporary();
    const lineage = await at.store.create({ ...fresh(['a.test']), name: 'a.test', params });
    await at.store.addVersion(lineage, fresh(['a.test', 'b.test']));
    expect(certbotView([at.store.configDir])).toEqual([[{ name: 'a.test', version: 2, latest: 2, pending: false, names: ['a.test', 'b.test'] }]]);
  });
});
