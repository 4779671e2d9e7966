// What goes wrong: configurations broken before and by us, a missing server, requests while nginx reloads.
import { chmod, chown, readFile, stat, writeFile } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import type { Log } from '@certward/base';
import { openCheckpoints } from '@certward/installers';
import { waitUntil } from '@certward/testing';
import { describe, expect, test } from 'vitest';
import { createNginxWorld, mainConfig } from './support/nginx.ts';

const site = { 'nginx.conf': mainConfig('    include conf.d/*.conf;'), 'conf.d/a.conf': 'server {\n    listen @HTTP@;\n    server_name a.test;\n    location / { return 200 ok; }\n}\n' };

describe('a configuration that nginx refuses', () => {
  test('is left untouched, with the words of nginx', async () => {
    await using world = await createNginxWorld({ ...site, 'conf.d/b.conf': 'server {\n    listen @HTTP@;\n    serverr_name b.test;\n}\n' });
    const before = await world.snapshot();
    await expect(world.installer().prepare()).rejects.toMatchObject({
      code: 'configurationInvalid',
      message: expect.stringContaining(`unknown directive "serverr_name" in ${world.root}/conf.d/b.conf:3`),
    });
    expect(await world.snapshot()).toEqual(before);
  });

  test('for its braces is judged by nginx, not by us', async () => {
    await using world = await createNginxWorld({ 'nginx.conf': mainConfig('    server {') });
    await expect(world.installer().prepare()).rejects.toMatchObject({ code: 'configurationInvalid', message: expect.stringContaining('unexpected end of file, expecting "}"') });
  });

  test('because of our edit comes back byte for byte, and the server goes on', async () => {
    await using world = await createNginxWorld(site);
    await world.start();
    const before = await world.snapshot();
    const installer = world.installer();
    await installer.prepare();
    const paths = await world.certificate(['a.test']);
    await installer.deploy('a.test', { ...paths, fullchain: join(world.root, 'missing.pem') });
    await expect(installer.save('Deployed ACME Certificate')).rejects.toMatchObject({ code: 'configurationInvalid', message: expect.stringContaining('missing.pem') });
    expect(await world.snapshot()).toEqual(before);
    expect(installer.pendingChanges()).toEqual([]);
    expect(await openCheckpoints({ workDir: world.workDir }).list()).toEqual([]);
    expect((await world.http('a.test')).body).toBe('ok');
    await installer.deploy('a.test', paths);
    await installer.save('Deployed ACME Certificate');
  });

  test('in an open checkpoint of a killed run is mended before anything is judged', async () => {
    await using world = await createNginxWorld(site);
    const before = await world.snapshot();
    const path = join(world.root, 'conf.d/a.conf');
    await openCheckpoints({ workDir: world.workDir }).addFiles([path]);
    await writeFile(path, 'half {');
    await world.installer().prepare();
    expect(await world.snapshot()).toEqual(before);
  });
});

describe('files', () => {
  test('keep owner and mode', async () => {
    await using world = await createNginxWorld(site);
    const path = join(world.root, 'conf.d/a.conf');
    await chmod(path, 0o640);
    await chown(path, process.getuid?.() === 0 ? 33 : (process.getuid?.() ?? 0), process.getgid?.() ?? 0);
    const before = await stat(path);
    const installer = world.installer();
    await installer.prepare();
    await installer.deploy('a.test', await world.certificate(['a.test']));
    await installer.save('Deployed ACME Certificate');
    const after = await stat(path);
    expect([after.uid, after.gid, after.mode]).toEqual([before.uid, before.gid, before.mode]);
  });

  test('that cannot be parsed are skipped with a warning, and stay', async () => {
    const warnings: unknown[] = [];
    const log: Log = { debug() {}, info() {}, warn: (message, fields) => warnings.push([message, fields]), error() {} };
    await using world = await createNginxWorld({ ...site, 'nginx.conf': mainConfig('    include conf.d/*.conf;\n    include "@ROOT@/late.con[f]";') });
    const installer = world.installer({ log });
    await installer.prepare();
    await writeFile(join(world.root, 'late.conf'), 'server {');
    const again = world.installer({ log });
    expect(again.names()).toEqual(['a.test']);
    expect(warnings).toEqual([['configuration file skipped', { path: join(world.root, 'late.conf'), reason: `unexpected end of file, expecting "}" in ${world.root}/late.conf:1` }]]);
  });
});

describe('shipped TLS settings', () => {
  const install = async (world: Awaited<ReturnType<typeof createNginxWorld>>, log?: Log) => {
    const installer = world.installer(log === undefined ? {} : { log });
    await installer.prepare();
    await installer.deploy('a.test', await world.certificate(['a.test']));
    await installer.save('Deployed ACME Certificate');
  };

  test('appear with the first deployment, not before, and are left alone once edited, with one warning', async () => {
    await using world = await createNginxWorld(site);
    const optionsPath = join(world.configDir, 'options-ssl-nginx.conf');
    const installer = world.installer();
    await installer.prepare();
    await installer.deploy('a.test', await world.certificate(['a.test']));
    expect(installer.pendingChanges().map(({ path }) => path)).toContain(optionsPath);
    await expect(stat(optionsPath)).rejects.toMatchObject({ code: 'ENOENT' });
    await installer.save('Deployed ACME Certificate');
    const shipped = await readFile(optionsPath, 'utf8');
    expect(shipped).toContain('ssl_protocols TLSv1.2 TLSv1.3;');
    expect(await readFile(join(world.configDir, 'ssl-dhparams.pem'), 'utf8')).toContain('BEGIN DH PARAMETERS');

    await writeFile(optionsPath, `${shipped}# mine\n`);
    await writeFile(join(world.configDir, '.updated-options-ssl-nginx-conf-digest.txt'), 'an older version');
    const warnings: string[] = [];
    const log: Log = { debug() {}, info() {}, warn: (message) => warnings.push(message), error() {} };
    await install(world, log);
    await install(world, log);
    expect(warnings).toEqual(['TLS settings were edited and are not updated any more']);
    expect(await readFile(optionsPath, 'utf8')).toContain('# mine');
  });
});

describe('a server', () => {
  test('that is not there is named', async () => {
    await using world = await createNginxWorld(site);
    await expect(world.installer({ ctl: 'nginx-that-is-missing' }).prepare()).rejects.toMatchObject({ code: 'nginxMissing', hint: expect.stringContaining('--nginx-ctl') });
    await expect(world.installer({ ctl: '/bin/true' }).prepare()).rejects.toMatchObject({ code: 'nginxUnsupported' });
    await expect(world.installer({ serverRoot: world.configDir }).prepare()).rejects.toMatchObject({ code: 'configurationMissing' });
  });

  test('that does not run is started', async () => {
    await using world = await createNginxWorld(site);
    const installer = world.installer({ sleepSeconds: 0 });
    await installer.prepare();
    await installer.restart();
    await waitUntil(async () => (await world.http('a.test')).status > 0, { what: 'an answer of nginx' });
    expect((await world.http('a.test')).body).toBe('ok');
  });

  test('loses no request while it reloads again and again', async () => {
    await using world = await createNginxWorld(site);
    await world.start();
    const installer = world.installer();
    await installer.prepare();
    await installer.deploy('a.test', await world.certificate(['a.test']));
    await installer.save('Deployed ACME Certificate');
    const load = startLoad(world.httpPort);
    for (let round = 0; round < 8; round++) await installer.restart();
    const { answers, failures } = await load.stop();
    expect(failures).toEqual([]);
    expect(answers).toBeGreaterThan(50);
    expect((await world.https('a.test')).subject.CN).toBe('one');
  });

  test('serves the new certificate as soon as a restart is over', async () => {
    await using world = await createNginxWorld(site);
    await world.start();
    const installer = world.installer({ sleepSeconds: 5 });
    await installer.prepare();
    for (const label of ['one', 'two', 'three']) {
      await installer.deploy('a.test', await world.certificate(['a.test'], label));
      await installer.save('Deployed ACME Certificate');
      await installer.restart();
      const served = await Promise.all(Array.from({ length: 8 }, () => world.https('a.test')));
      expect(new Set(served.map(({ subject }) => subject.CN))).toEqual(new Set([label]));
    }
  });
});

/** Requests from several clients, each on a new connection, until stopped. */
function startLoad(port: number) {
  const state = { isRunning: true, answers: 0, failures: [] as string[] };
  const client = async () => {
    while (state.isRunning) {
      await new Promise<void>((resolve) => {
        const call = request({ host: '127.0.0.1', port, headers: { host: 'a.test' }, agent: new Agent() }, (answer) => {
          answer.resume().on('end', () => {
            if (answer.statusCode === 200) state.answers++;
            else state.failures.push(`status ${answer.statusCode}`);
            resolve();
          });
        });
        call.on('error', (error) => {
          state.failures.push(error.message);
          resolve();
        });
        call.end();
      });
    }
  };
  const clients = Array.from({ length: 8 }, client);
  return {
    async stop() {
      state.isRunning = false;
      await Promise.all(clients);
      return state;
    },
  };
}
