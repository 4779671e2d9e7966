// Enhancements on a real Apache: redirections, headers, stapling, growing HSTS; switched on twice they change nothing more.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createFakeClock, waitUntil } from '@certward/testing';
import { describe, expect, test } from 'vitest';
import { type ApacheRoot, createApacheRoot } from './support/apache-root.ts';
import { type TestLineage, writeLineage } from './support/certificates.ts';
import { get } from './support/clients.ts';
import { installerFor } from './support/installer.ts';

const dayMs = 86_400_000;

async function deployed(root: ApacheRoot, options: Parameters<typeof installerFor>[1] = {}) {
  const folder = root.folder.path;
  await root.addSite('one.conf', `<VirtualHost *:${root.httpPort}>\n    ServerName one.test\n    ServerAlias *.one.test\n    DocumentRoot ${folder}/www\n</VirtualHost>\n`);
  const lineage: TestLineage = await writeLineage(join(root.configDir, 'live/one.test'), ['one.test', '*.one.test']);
  const installer = installerFor(root, options);
  await installer.prepare();
  await installer.deploy('one.test', lineage.paths);
  await installer.save('Deployed ACME Certificate');
  return { installer, lineage, twin: join(root.serverRoot, 'sites-available/one-le-ssl.conf') };
}

describe('enhancing a real Apache', () => {
  test('redirects, sets headers, staples; a second time nothing changes; rollback goes back to before', async () => {
    await using root = await createApacheRoot();
    const { installer, lineage } = await deployed(root);
    const before = await root.snapshot();
    await using server = await root.start();
    for (const enhancement of installer.enhancements) await installer.enhance('one.test', enhancement);
    await installer.enhance('one.test', 'staple', { paths: lineage.paths });
    await installer.save('Add enhancement');
    await installer.restart();
    await waitUntil(async () => (await get(root.httpPort, 'one.test')).status === 301, { what: 'redirection' });
    for (const name of ['one.test', 'x.one.test']) {
      expect((await get(root.httpPort, name, { path: '/a?b=c%20d' })).headers['location']).toBe(`https://${name}/a?b=c%20d`);
      const { headers, body } = await get(root.httpsPort, name, { tls: true });
      expect(headers['strict-transport-security']).toBe('max-age=31536000');
      expect(headers['content-security-policy']).toBe('upgrade-insecure-requests');
      expect(body).toBe('hello\n');
    }
    expect((await get(root.httpPort, 'elsewhere.test')).status).toBe(200);
    for (const enhancement of installer.enhancements) {
      expect(await installer.enhance('one.test', enhancement)).toEqual({ messages: [], files: [] });
    }
    expect(installer.pendingChanges()).toEqual([]);
    await installer.rollback(1);
    expect(await root.snapshot()).toEqual(before);
    expect(server.output()).toBe('');
  });

  test('makes a host for the redirection where no http host is', async () => {
    await using root = await createApacheRoot({ modules: ['mpm_event', 'authz_core', 'dir', 'alias', 'env', 'mime', 'setenvif', 'socache_shmcb', 'ssl'] });
    const { paths, leaf } = await writeLineage(join(root.configDir, 'live/one.test'), ['one.test']);
    await root.addSite('tls.conf', `<VirtualHost *:${root.httpsPort}>\n  ServerName one.test\n  DocumentRoot ${root.folder.path}/www\n  SSLEngine on\n  SSLCertificateFile "${paths.cert}"\n  SSLCertificateKeyFile "${paths.privkey}"\n  SSLCertificateChainFile "${paths.chain}"\n</VirtualHost>\n`);
    const before = await root.snapshot();
    const installer = installerFor(root);
    await installer.prepare();
    await installer.deploy('one.test', paths);
    await installer.enhance('one.test', 'redirect');
    await installer.save('Deployed');
    const site = await readFile(join(root.serverRoot, 'sites-available/tls.conf'), 'utf8');
    expect(site).toContain(`  SSLCertificateFile "${paths.fullchain}"\n  SSLCertificateKeyFile "${paths.privkey}"\n  Include ${root.configDir}/options-ssl-apache.conf\n`);
    expect(site).not.toContain('SSLCertificateChainFile');
    await using server = await root.start();
    expect((await get(root.httpPort, 'one.test', { path: '/x' })).headers['location']).toBe('https://one.test/x');
    expect(leaf).toHaveLength(leaf.length);
    await installer.rollback(1);
    expect(await root.snapshot()).toEqual(before);
    expect(server.output()).toBe('');
  });

  test('lets HSTS grow step by step, two days apart, and makes it permanent after a renewal', async () => {
    await using root = await createApacheRoot();
    const clock = createFakeClock(new Date('2026-01-01T00:00:00Z'));
    const { installer, lineage, twin } = await deployed(root, { clock });
    await using server = await root.start();
    const maxAge = async () => /max-age=(\d+)/.exec(await readFile(twin, 'utf8'))?.[1];
    await installer.enableAutoHsts(['one.test', 'x.one.test']);
    expect(await maxAge()).toBe('60');
    expect(await readFile(twin, 'utf8')).toMatch(/^ {4}# DO NOT REMOVE - Managed by Certbot, VirtualHost id: [0-9a-f]{32}$/m);
    await expect(installer.enableAutoHsts(['one.test'])).rejects.toMatchObject({ code: 'headerConflict' });
    expect((await installer.growAutoHsts()).messages).toEqual([]);
    for (const seconds of ['300', '900', '3600', '21600', '43200', '86400']) {
      expect(installer.isAutoHstsDue()).toBe(false);
      await clock.advance(2 * dayMs);
      expect(installer.isAutoHstsDue()).toBe(true);
      await installer.growAutoHsts();
      expect(await maxAge()).toBe(seconds);
    }
    await clock.advance(2 * dayMs);
    expect((await installer.growAutoHsts()).messages).toEqual([]);
    await installer.finishAutoHsts({ ...lineage.paths, privkey: '/elsewhere' });
    expect(await maxAge()).toBe('86400');
    await installer.finishAutoHsts(lineage.paths);
    expect(await maxAge()).toBe('31536000');
    expect(JSON.parse(await readFile(join(root.configDir, '.pluginstorage.json'), 'utf8'))).toEqual({ apache: { autohsts: {} } });
    expect(server.output()).toBe('');
  });
});
