// Certificates into a real HAProxy: what clients are served, that none of them is lost, and that everything goes back.
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { get } from 'node:https';

import { createHaproxyInstaller } from '@certward/installers';
import { describe, expect, test } from 'vitest';

import { asServed, request, servedCertificate, settings, type Site, startLoad, startSite } from './support/haproxy.ts';

const frontends = ({ folder, http, https, backend }: { folder: string; http: number; https: number; backend: number }, certificates: string) => `${settings(folder)}
frontend plain\r
    bind 127.0.0.1:${http}   # a comment
    default_backend app

frontend secure
    bind 127.0.0.1:${https} ssl ${certificates}\talpn h2,http/1.1 # 'quoted
    # names: é
    acl is_app req.hdr(host) -i first.test www.first.test
    use_backend app if is_app
    default_backend app

backend app
    server one 127.0.0.1:${backend}
`;

const single = (parts: { folder: string; http: number; https: number; backend: number }) => frontends(parts, `crt ${parts.folder}/first.pem`);

/** Deploys, saves and restarts; answers what clients are then served. */
async function deploy({ installer, https }: Site, name: string, paths: Parameters<Site['installer']['deploy']>[1]): Promise<string> {
  await installer.prepare();
  await installer.deploy(name, paths);
  await installer.save('Deployed ACME Certificate');
  await installer.restart();
  return servedCertificate(https, name);
}

describe('a certificate on the bind line', () => {
  test('is replaced, the key is readable by its owner only, and a rollback is byte for byte', async () => {
    await using site = await startSite(single);
    await site.start();
    const before = readFileSync(site.configFile);
    const { paths, certificatePem } = await site.lineage('app', ['first.test', 'www.first.test']);
    await site.installer.prepare();
    expect(site.installer.names()).toEqual(['first.test', 'www.first.test']);
    const edit = await site.installer.deploy('first.test', paths);
    expect(edit.files).toEqual([site.configFile]);
    expect(site.installer.pendingChanges().map(({ path }) => path)).toEqual([site.configFile]);
    expect(readFileSync(site.configFile)).toEqual(before);
    await site.installer.save('Deployed ACME Certificate');
    expect(readFileSync(site.configFile, 'latin1')).toBe(before.toString('latin1').replace(`crt ${site.folder.join('first.pem')}`, `crt ${site.folder.join('certs/app.pem')}`));
    expect(statSync(site.folder.join('certs/app.pem')).mode & 0o777).toBe(0o600);
    await site.installer.restart();
    expect(await servedCertificate(site.https, 'first.test')).toBe(asServed(certificatePem));
    expect(await site.installer.rollback(1)).toEqual({ rolledBack: 1 });
    expect(readFileSync(site.configFile)).toEqual(before);
    expect(existsSync(site.folder.join('certs/app.pem'))).toBe(false);
    expect(await servedCertificate(site.https, 'first.test')).not.toBe(asServed(certificatePem));
  });

  test('of another name stays, beside the new one', async () => {
    await using site = await startSite(single);
    await site.start();
    const first = await servedCertificate(site.https, 'first.test');
    const { paths, certificatePem } = await site.lineage('second', ['second.test']);
    expect(await deploy(site, 'second.test', paths)).toBe(asServed(certificatePem));
    expect(await servedCertificate(site.https, 'first.test')).toBe(first);
    expect(await servedCertificate(site.https, 'unknown.test')).toBe(first);
  });
});

describe('a renewed lineage', () => {
  test('reaches new connections through the socket while a load of requests loses none, without a reload', async () => {
    await using site = await startSite(single);
    await site.start();
    const old = await site.lineage('app', ['first.test']);
    expect(await deploy(site, 'first.test', old.paths)).toBe(asServed(old.certificatePem));
    const config = readFileSync(site.configFile);
    const load = startLoad(site.https, 'first.test');
    for (let round = 0; round < 5; round += 1) {
      const renewed = await site.lineage('app', ['first.test']);
      await site.installer.prepare();
      await site.installer.restart();
      expect(await servedCertificate(site.https, 'first.test')).toBe(asServed(renewed.certificatePem));
    }
    const { answered, lost, reasons } = await load.stop();
    expect([lost, [...reasons]]).toEqual([0, []]);
    expect(answered).toBeGreaterThan(100);
    expect(readFileSync(site.configFile)).toEqual(config);
  });

  test('reaches new connections through a reload where there is no socket, and no request is lost', async () => {
    await using site = await startSite(single, { statsSocket: '/nonexistent/stats.sock' });
    await site.start();
    const load = startLoad(site.https, 'first.test');
    for (let round = 0; round < 3; round += 1) {
      const renewed = await site.lineage('app', ['first.test']);
      expect(await deploy(site, 'first.test', renewed.paths)).toBe(asServed(renewed.certificatePem));
    }
    const { answered, lost, reasons } = await load.stop();
    expect([lost, [...reasons]]).toEqual([0, []]);
    expect(answered).toBeGreaterThan(100);
  });
});

describe('where certificates come from a list or a folder', () => {
  test('a new one joins a crt-list at run time', async () => {
    await using site = await startSite((parts) => {
      writeFileSync(`${parts.folder}/list.txt`, `# list\n${parts.folder}/first.pem [alpn h2,http/1.1] first.test\n`);
      return frontends(parts, `crt-list ${parts.folder}/list.txt`);
    }, { masterSocket: '/nonexistent/master.sock' });
    await site.start();
    const load = startLoad(site.https, 'first.test');
    const before = readFileSync(site.folder.join('list.txt'));
    const { paths, certificatePem } = await site.lineage('second', ['second.test']);
    expect(await deploy(site, 'second.test', paths)).toBe(asServed(certificatePem));
    expect(readFileSync(site.folder.join('list.txt'), 'utf8')).toBe(`${before.toString()}${site.folder.join('certs/second.pem')}\n`);
    // The same path in the list again: replaced in place.
    const renewed = await site.lineage('second', ['second.test']);
    expect(await deploy(site, 'second.test', renewed.paths)).toBe(asServed(renewed.certificatePem));
    expect((await load.stop()).lost).toBe(0);
    // Only going back needs a reload, which this set-up does not have.
    await expect(site.installer.rollback(9)).rejects.toMatchObject({ code: 'socketFailed' });
    expect(readFileSync(site.folder.join('list.txt'))).toEqual(before);
  });

  test('a new one joins a folder at run time, and one with the same names is overwritten', async () => {
    await using site = await startSite((parts) => {
      mkdirSync(`${parts.folder}/tls`);
      writeFileSync(`${parts.folder}/tls/00-first.pem`, readFileSync(`${parts.folder}/first.pem`), { mode: 0o640 });
      return frontends(parts, `crt ${parts.folder}/tls/`);
    });
    await site.start();
    const before = readFileSync(site.folder.join('tls/00-first.pem'));
    const second = await site.lineage('second', ['second.test']);
    expect(await deploy(site, 'second.test', second.paths)).toBe(asServed(second.certificatePem));
    const first = await site.lineage('app', ['first.test']);
    expect(await deploy(site, 'first.test', first.paths)).toBe(asServed(first.certificatePem));
    expect(readdirSync(site.folder.join('tls')).sort()).toEqual(['00-first.pem', 'second.pem']);
    expect(statSync(site.folder.join('tls/00-first.pem')).mode & 0o777).toBe(0o640);
    await site.installer.rollback(2);
    expect([readdirSync(site.folder.join('tls')), readFileSync(site.folder.join('tls/00-first.pem'))]).toEqual([['00-first.pem'], before]);
  });
});

describe('a site without TLS', () => {
  test('gets a bind for https, a redirect and HSTS; doing it again changes nothing', async () => {
    await using site = await startSite(({ folder, http, backend }) => `${settings(folder)}frontend web\n\tbind 127.0.0.1:${http}\n\tdefault_backend app\n\nbackend app\n\tserver one 127.0.0.1:${backend}\n`);
    await site.start();
    const before = readFileSync(site.configFile);
    const { paths, certificatePem } = await site.lineage('app', ['app.test']);
    expect(await deploy(site, 'app.test', paths)).toBe(asServed(certificatePem));
    expect((await request(site.http, 'app.test')).text).toBe('backend /');
    for (const enhancement of ['redirect', 'hsts'] as const) await site.installer.enhance('app.test', enhancement);
    await site.installer.save('Add enhancement');
    await site.installer.restart();
    const redirected = await request(site.http, 'app.test', '/path?query');
    expect([redirected.status, redirected.headers['location']]).toEqual([301, 'https://app.test/path?query']);
    expect((await request(site.http, 'other.test')).status).toBe(200);
    const hsts = await new Promise((resolve) => get({ port: site.https, host: '127.0.0.1', servername: 'app.test', rejectUnauthorized: false, agent: false }, (response) => void response.resume().on('end', () => resolve(response.headers['strict-transport-security']))));
    expect(hsts).toBe('max-age=31536000');
    for (const enhancement of ['redirect', 'hsts'] as const) expect((await site.installer.enhance('app.test', enhancement)).files).toEqual([]);
    await expect(site.installer.enhance('app.test', 'staple')).rejects.toMatchObject({ code: 'enhancementUnsupported' });
    expect(site.installer.pendingChanges()).toEqual([]);
    expect(await site.installer.rollback(9)).toEqual({ rolledBack: 2 });
    expect(readFileSync(site.configFile)).toEqual(before);
  });
});

describe('what is broken', () => {
  test("a configuration that HAProxy refuses is left alone, with HAProxy's words", async () => {
    await using site = await startSite((parts) => `${single(parts)}\nbackend broken\n    nonsense here\n`);
    const before = readFileSync(site.configFile);
    await expect(site.installer.prepare()).rejects.toMatchObject({ code: 'configInvalid', message: expect.stringContaining("unknown keyword 'nonsense'") as string });
    expect([readFileSync(site.configFile), readdirSync(site.folder.join('work'))]).toEqual([before, []]);
  });

  test('an edit that HAProxy refuses is taken back, bundles too', async () => {
    await using site = await startSite(single);
    const before = readFileSync(site.configFile);
    const { paths } = await site.lineage('app', ['first.test']);
    const refused = createHaproxyInstaller({ configFile: site.configFile, workDir: site.folder.join('work'), pemDir: site.folder.join('certs'), ctl: '/bin/false' });
    await refused.deploy('first.test', paths);
    await expect(refused.save('Deployed ACME Certificate')).rejects.toMatchObject({ code: 'configInvalid' });
    expect([readFileSync(site.configFile), readdirSync(site.folder.join('certs')), readdirSync(site.folder.join('work'))]).toEqual([before, [], []]);
  });

  test('a name that nothing serves, and a key of another certificate', async () => {
    await using site = await startSite(({ folder }) => `${settings(folder)}frontend raw\n    mode tcp\n    bind 127.0.0.1:1\n`);
    const { paths } = await site.lineage('app', ['app.test']);
    const other = await site.lineage('other', ['app.test']);
    await expect(site.installer.deploy('app.test', paths)).rejects.toMatchObject({ code: 'noBind' });
    await expect(site.installer.deploy('app.test', { ...paths, privkey: other.paths.privkey })).rejects.toMatchObject({ code: 'bundleUnusable' });
  });
});
