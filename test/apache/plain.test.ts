// A server root that knows neither a2enmod nor sites-enabled, as outside of Debian: one folder of files, modules loaded by hand.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { waitUntil } from '@certward/testing';
import { describe, expect, test } from 'vitest';
import { type ApacheRoot, createApacheRoot } from './support/apache-root.ts';
import { writeLineage } from './support/certificates.ts';
import { get, servedCertificate } from './support/clients.ts';
import { installerFor } from './support/installer.ts';

const tlsModules = ['mpm_event', 'authz_core', 'dir', 'alias', 'env', 'mime', 'setenvif', 'socache_shmcb', 'ssl', 'rewrite'];
const unmanaged = { handleModules: false, handleSites: false, enmod: undefined, dismod: undefined };

async function plainRoot(modules: readonly string[]): Promise<ApacheRoot> {
  const root = await createApacheRoot({ modules });
  await mkdir(join(root.serverRoot, 'conf.d'));
  await writeFile(join(root.serverRoot, 'ports.conf'), `Listen 127.0.0.1:${root.httpPort}`);
  const main = join(root.serverRoot, 'apache2.conf');
  await writeFile(main, (await readFile(main, 'utf8')).replace('sites-enabled/*.conf', 'conf.d/*.conf'));
  await writeFile(join(root.serverRoot, 'conf.d/one.conf'), `<VirtualHost *:${root.httpPort}>\n  ServerName one.test\n  DocumentRoot ${root.folder.path}/www\n</VirtualHost>\n`, { mode: 0o640 });
  return root;
}

describe('without a2enmod and sites-enabled', () => {
  test('the port is added, the twin lies beside its original with its mode, rollback is exact', async () => {
    await using root = await plainRoot(tlsModules);
    const before = await root.snapshot();
    await using server = await root.start();
    const { paths, leaf } = await writeLineage(join(root.configDir, 'live/one.test'), ['one.test']);
    const installer = installerFor(root, { ...unmanaged, vhostRoot: join(root.serverRoot, 'conf.d') });
    await installer.prepare();
    await installer.deploy('one.test', paths);
    await installer.enhance('one.test', 'redirect');
    await installer.save('Deployed ACME Certificate');
    await installer.restart();
    await waitUntil(async () => (await servedCertificate(root.httpsPort, 'one.test')) === leaf, { what: 'the certificate' });
    expect((await get(root.httpPort, 'one.test')).headers['location']).toBe('https://one.test/');
    expect(await readFile(join(root.serverRoot, 'ports.conf'), 'utf8')).toBe(
      `Listen 127.0.0.1:${root.httpPort}\n<IfModule mod_ssl.c>\n    Listen 127.0.0.1:${root.httpsPort} https\n</IfModule>\n`,
    );
    expect((await root.snapshot())[join(root.serverRoot, 'conf.d/one-le-ssl.conf')]).toMatch(/^100640 /);
    await installer.rollback(1);
    expect(await root.snapshot()).toEqual(before);
    expect(server.output()).toBe('');
  });

  test('a module that is missing is named, and nothing changes', async () => {
    await using root = await plainRoot(['mpm_event', 'authz_core', 'dir', 'alias', 'env']);
    const before = await root.snapshot();
    const { paths } = await writeLineage(join(root.configDir, 'live/one.test'), ['one.test']);
    const installer = installerFor(root, unmanaged);
    await installer.prepare();
    await expect(installer.deploy('one.test', paths)).rejects.toMatchObject({ code: 'moduleMissing', details: { module: 'ssl' } });
    expect(installer.pendingChanges()).toEqual([]);
    expect(await root.snapshot()).toEqual(before);
  });

  test('a port that another program has is not taken: Apache would end on its next reload', async () => {
    await using root = await plainRoot(tlsModules);
    const before = await root.snapshot();
    const other = createServer().listen(root.httpsPort, '127.0.0.1');
    try {
      const { paths } = await writeLineage(join(root.configDir, 'live/one.test'), ['one.test']);
      const installer = installerFor(root, unmanaged);
      await installer.prepare();
      await installer.deploy('one.test', paths);
      await expect(installer.save('Deployed ACME Certificate')).rejects.toMatchObject({ code: 'addressInUse', details: { port: String(root.httpsPort) } });
      expect(await root.snapshot()).toEqual(before);
    } finally {
      other.close();
    }
  });

  test('a control program that is not there, and a file that somebody changed in the meantime', async () => {
    await using root = await plainRoot(tlsModules);
    await expect(installerFor(root, { ctl: '/nowhere/apachectl' }).prepare()).rejects.toMatchObject({ code: 'serverMissing' });
    const { paths } = await writeLineage(join(root.configDir, 'live/one.test'), ['one.test']);
    const installer = installerFor(root, unmanaged);
    await installer.prepare();
    await installer.deploy('one.test', paths);
    await writeFile(join(root.serverRoot, 'ports.conf'), `Listen 127.0.0.1:${root.httpPort}\n# edited\n`);
    const before = await root.snapshot();
    await expect(installer.save('Deployed ACME Certificate')).rejects.toMatchObject({ code: 'configUnreadable', hint: 'run again: nothing was written' });
    expect(await root.snapshot()).toEqual(before);
  });
});
