// `run`, `install`, `enhance`, `rollback` and `renew` with a real nginx, as processes against the embedded authority.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { tryFindBinary } from '@certward/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { requireSuccess } from '../cli/support/sandbox.ts';
import { type NginxSite, startNginxSite } from './support/nginx-site.ts';

const nginx = tryFindBinary('nginx');
if (nginx === undefined) console.log('verbs with nginx: not run (nginx is not installed)');

let site: NginxSite;

// Needs a program that a machine may lack.
describe.runIf(nginx !== undefined)('nginx', () => {
  beforeEach(async () => {
    site = await startNginxSite('127.0.91');
  });
  afterEach(() => site[Symbol.asyncDispose]());

  const run = (...args: readonly string[]) => site.sandbox.run([...args, ...site.plugin, ...site.unattended]);
  const conf = (name: string) => readFileSync(path.join(site.sandbox.config, 'renewal', `${name}.conf`), 'utf8');

  test('run serves the certificate for every name, redirects, and says so', async () => {
    const end = await run('-d', 'a.test', '-d', 'www.a.test', '-d', 'b.test');
    requireSuccess(end);
    const file = path.join(site.nginx.root, 'nginx.conf');
    expect(end.stdout).toContain('Requesting a certificate for a.test and 2 more domains\n');
    expect(end.stdout).toContain('\nSuccessfully received certificate.\n');
    expect(end.stdout).toContain(`Deploying certificate\nSuccessfully deployed certificate for a.test to ${file}\n`);
    expect(end.stdout).toContain('Congratulations! You have successfully enabled HTTPS on https://a.test, https://www.a.test, and https://b.test\n');
    for (const name of ['a.test', 'www.a.test', 'b.test']) {
      const { certificate } = await site.https(name);
      expect(certificate.subjectaltname).toBe('DNS:a.test, DNS:www.a.test, DNS:b.test');
      expect(await site.http(name)).toMatchObject({ status: 301, location: `https://${name}/` });
    }
    expect(conf('a.test')).toMatch(/\nauthenticator = nginx\ninstaller = nginx\nnginx_server_root = /);
  });

  test('rollback makes the configuration byte for byte what it was', async () => {
    const before = await site.nginx.snapshot();
    requireSuccess(await run('-d', 'a.test'));
    expect(await site.nginx.snapshot()).not.toEqual(before);
    const listed = await site.sandbox.json(['config_changes']);
    const { changes } = listed.document.result as { changes: readonly { titles: readonly string[]; files: readonly string[] }[] };
    expect(changes.flatMap(({ titles }) => titles)).toEqual(['Add enhancement', 'Deployed ACME Certificate']);
    const end = await site.sandbox.run(['rollback', '-n', '--checkpoints', '2', ...site.plugin]);
    requireSuccess(end);
    expect(end.stdout).toContain('Rolled back 2 checkpoint(s) and reloaded nginx.');
    expect(await site.nginx.snapshot()).toEqual(before);
    expect(await site.http('a.test')).toMatchObject({ status: 200, body: 'site a' });
  });

  test('--show-changes prints a diff and changes nothing', async () => {
    const before = await site.nginx.snapshot();
    const end = await run('-d', 'a.test', '--show-changes');
    requireSuccess(end);
    expect(end.stdout).toContain(`+++ ${path.join(site.nginx.root, 'nginx.conf')}\n`);
    expect(end.stdout).toMatch(/^\+ +ssl_certificate .*\/live\/a\.test\/fullchain\.pem; # managed by Certbot$/m);
    expect(end.stdout).toContain('return 301');
    expect(await site.nginx.snapshot()).toEqual(before);
    expect(existsSync(path.join(site.sandbox.config, 'live', 'a.test'))).toBe(false);
    expect(existsSync(path.join(site.sandbox.config, 'options-ssl-nginx.conf'))).toBe(false);
  });

  test('certonly, install and enhance come to the same as run; doing it again changes nothing', async () => {
    const before = await site.nginx.snapshot();
    requireSuccess(await site.sandbox.run(['certonly', '-a', 'nginx', '-d', 'b.test', ...site.unattended, '--nginx-server-root', site.nginx.root]));
    expect(await site.nginx.snapshot()).toEqual(before);
    const installed = await site.sandbox.run(['install', '-n', '--cert-name', 'b.test', '--no-redirect', ...site.plugin]);
    requireSuccess(installed);
    expect(installed.stdout).toContain('Congratulations! You have successfully enabled HTTPS on https://b.test\n');
    expect(await site.http('b.test')).toMatchObject({ status: 200, body: 'site b' });
    expect(conf('b.test')).toContain('\ninstaller = nginx\n');
    const enhance = ['enhance', '-n', '--cert-name', 'b.test', '--redirect', '--hsts', ...site.plugin];
    const { document } = await site.sandbox.json(enhance);
    expect(document).toMatchObject({ ok: true, result: { installer: 'nginx', identifiers: ['b.test'], enhancements: ['hsts', 'redirect'] } });
    expect(await site.http('b.test')).toMatchObject({ status: 301 });
    expect((await site.https('b.test')).headers).toMatch(/^strict-transport-security: max-age=31536000\r$/im);
    const after = await site.nginx.snapshot();
    requireSuccess(await site.sandbox.run(enhance));
    requireSuccess(await run('-d', 'b.test', '--keep'));
    expect(await site.nginx.snapshot()).toEqual(after);
  });

  test('renew reloads the server once, whatever the number of certificates', async () => {
    requireSuccess(await run('-d', 'a.test', '-d', 'www.a.test'));
    requireSuccess(await run('-d', 'b.test'));
    const before = [(await site.https('a.test')).certificate.serialNumber, (await site.https('b.test')).certificate.serialNumber];
    const end = await site.sandbox.run(['renew', '--force-renewal', '--no-random-sleep-on-renew']);
    requireSuccess(end);
    expect(end.stdout.match(/Reloading nginx server after certificate renewal/g)).toHaveLength(1);
    const after = [(await site.https('a.test')).certificate.serialNumber, (await site.https('b.test')).certificate.serialNumber];
    expect(after.filter((serial) => before.includes(serial))).toEqual([]);
  });

  test('a server that was not told of its new certificate is told by the next run, although nothing is due', async () => {
    requireSuccess(await run('-d', 'a.test'));
    const serial = async () => (await site.https('a.test')).certificate.serialNumber;
    const first = await serial();
    const file = path.join(site.nginx.root, 'nginx.conf');
    const good = readFileSync(file, 'utf8');
    // The administrator is half-way through an edit when the timer fires; webroot needs no nginx that starts.
    const webroot = path.dirname(site.sandbox.write('webroot/index.html', ''));
    const editConf = path.join(site.sandbox.config, 'renewal', 'a.test.conf');
    writeFileSync(editConf, conf('a.test').replace('authenticator = nginx', `authenticator = webroot\nwebroot_path = ${webroot},`));
    writeFileSync(file, good.replace('location / { return 200 "site a"; }', `location / { return 200 "site a"; }\nlocation /.well-known { root ${webroot}; }`));
    await site.nginx.installer().restart();
    const mended = readFileSync(file, 'utf8');
    writeFileSync(file, `${mended}\nbroken`);
    const failed = await site.sandbox.run(['renew', '--force-renewal', '--no-random-sleep-on-renew']);
    expect(failed.code).toBe(1);
    expect(failed.stderr).toContain('The certificate a.test was renewed, but its web server does not serve it yet');
    expect(await serial()).toBe(first);
    writeFileSync(file, mended);
    const end = await site.sandbox.run(['renew', '--no-random-sleep-on-renew']);
    requireSuccess(end);
    expect(end.stdout).toContain('Reloading nginx server after certificate renewal');
    expect(await serial()).not.toBe(first);
    const idle = await site.sandbox.run(['renew', '--no-random-sleep-on-renew']);
    expect(idle.stdout).not.toContain('Reloading');
  });

  test('a name that no server block has: nothing is changed, the certificate is kept, and the way on is named', async () => {
    const before = await site.nginx.snapshot();
    requireSuccess(await site.sandbox.run(['certonly', '--nginx', '-d', 'c.test', ...site.unattended, '--nginx-server-root', site.nginx.root]));
    const end = await run('-d', 'c.test', '--keep');
    expect(end.code).toBe(1);
    expect(end.stdout).toContain('install --cert-name c.test');
    expect(end.stderr).toContain('Could not automatically find a matching server block for c.test.');
    expect(await site.nginx.snapshot()).toEqual(before);
    expect(existsSync(path.join(site.sandbox.config, 'live', 'c.test', 'fullchain.pem'))).toBe(true);
  });

  test('a broken configuration is left untouched, and the message is that of nginx', async () => {
    const file = path.join(site.nginx.root, 'nginx.conf');
    const broken = `${readFileSync(file, 'utf8')}\nbogus_directive on;\n`;
    writeFileSync(file, broken);
    const end = await run('-d', 'a.test');
    expect(end.code).toBe(1);
    expect(end.stderr).toContain('unknown directive "bogus_directive"');
    expect(readFileSync(file, 'utf8')).toBe(broken);
    expect(existsSync(path.join(site.sandbox.config, 'accounts'))).toBe(false);
  });

  test('names are chosen among those that nginx serves', async () => {
    const words = ['--force-interactive', '--agree-tos', '-m', 'you@example.com', '--no-eff-email', '--server', site.authority.directoryUrl, ...site.plugin];
    const end = await site.sandbox.run(words, { input: '1,3\n' });
    requireSuccess(end);
    expect(end.stdout).toContain('1: a.test\n2: www.a.test\n3: b.test\n');
    expect((await site.https('b.test')).certificate.subjectaltname).toBe('DNS:a.test, DNS:b.test');
    const unattended = await run();
    expect(unattended.stderr).toContain('--domains');
  });

  test('plugins lists what there is, and with --prepare whether it works', async () => {
    const { document } = await site.sandbox.json(['plugins', '--installers', '--prepare', ...site.plugin.slice(1)]);
    const { plugins } = document.result as { plugins: readonly { name: string; usable: boolean }[] };
    expect(plugins.find(({ name }) => name === 'nginx')).toMatchObject({ usable: true });
    const listed = await site.sandbox.run(['plugins']);
    expect(listed.stdout).toContain('* nginx\nDescription: ');
    expect(listed.stdout).toContain('Interfaces: Authenticator, Installer');
  });

  test('files of another program: installed, checked, and installed again at each renewal', async () => {
    const out = site.sandbox.join('mail');
    mkdirSync(out);
    const pem = path.join(out, 'mail.pem');
    const told = path.join(out, 'told');
    const definition = site.sandbox.write('mail.json', JSON.stringify({ name: 'mail', outputs: [{ format: 'combined', order: ['privkey', 'fullchain'], path: pem }], command: ['sh', '-c', `echo >> ${told}`] }));
    requireSuccess(await site.sandbox.run(['certonly', '--nginx', '-d', 'b.test', ...site.unattended, '--nginx-server-root', site.nginx.root]));
    const end = await site.sandbox.run(['install', '-n', '--cert-name', 'b.test', '--target', definition]);
    requireSuccess(end);
    expect(end.stdout).toContain(`mail has the certificate: ${pem}\n`);
    const [first, chain] = [readFileSync(pem, 'utf8'), () => readFileSync(path.join(site.sandbox.config, 'live', 'b.test', 'fullchain.pem'), 'utf8')];
    expect(first.endsWith(chain())).toBe(true);
    requireSuccess(await site.sandbox.run(['renew', '--force-renewal', '--no-random-sleep-on-renew']));
    expect(readFileSync(pem, 'utf8')).not.toBe(first);
    expect(readFileSync(pem, 'utf8').endsWith(chain())).toBe(true);
    expect(readFileSync(told, 'utf8')).toBe('\n\n');
  });
});
