// `run`, `install`, `enhance`, `rollback` and `renew` with a real nginx, as processes against the embedded authority.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { tryFindBinary } from '@certward/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { requireSuccess } from '../cli/support/sandbox.ts';
import { type NginxSite, startNginxSite } from './support/nginx-site.ts';

const nginx = tryFindBinary('nginx');
if (nginx === undefined) console.log('verbs with nginx: not run (nginx is not installed)');

let site: NginxSite;

describe.runIf(nginx !== undefined)('nginx', () => {
  beforeEach(async () => {
    site = await startNginxSite('127.0.91.1');
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
});
