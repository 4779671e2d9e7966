// `run`, `renew` and `rollback` with a real Apache, as processes against the embedded authority.
import { chmodSync } from 'node:fs';
import { parseCertificate } from '@certward/pki';
import { tryFindBinary } from '@certward/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type ApacheRoot, createApacheRoot } from '../apache/support/apache-root.ts';
import { sandboxFor, startAuthority, type TestAuthority } from '../cli/support/authority.ts';
import { requireSuccess, type Sandbox } from '../cli/support/sandbox.ts';
import { servedCertificate } from '../haproxy/support/haproxy.ts';

const apache = tryFindBinary('apache2');
if (apache === undefined) console.log('verbs with Apache: not run (apache2 is not installed)');

let root: ApacheRoot;
let authority: TestAuthority;
let sandbox: Sandbox;
let server: AsyncDisposable;

// Needs a program that a machine may lack.
describe.runIf(apache !== undefined)('Apache', () => {
  beforeEach(async () => {
    root = await createApacheRoot();
    await root.addSite('a.conf', `# a\n<VirtualHost *:${root.httpPort}>\n  ServerName a.test\n\tServerAlias www.a.test\n  DocumentRoot ${root.folder.join('www')}\n</VirtualHost>\n`);
    server = await root.start();
    authority = await startAuthority({ validation: { httpPort: root.httpPort, tlsPort: root.httpsPort, hosts: { '*': ['127.0.0.1'] } } });
    sandbox = await sandboxFor(authority);
    // httpd's children run as another user, and read the answers below the working folder.
    chmodSync(sandbox.folder, 0o755);
  });
  afterEach(async () => {
    await sandbox[Symbol.asyncDispose]();
    await authority[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
    await root[Symbol.asyncDispose]();
  });

  const plugin = () => ['--apache', '--apache-server-root', root.serverRoot, '--apache-ctl', root.ctl, '--apache-enmod', root.enmod, '--apache-dismod', root.dismod];
  const ports = () => ['--http-01-port', String(root.httpPort), '--https-port', String(root.httpsPort)];
  const run = (...args: readonly string[]) => sandbox.run([...args, ...plugin(), ...ports(), '-n', '--agree-tos', '--server', authority.directoryUrl]);

  test('run, renew, and rollback to the byte', async () => {
    const before = await root.snapshot();
    const end = await run('-d', 'a.test', '-d', 'www.a.test');
    requireSuccess(end);
    expect(end.stdout).toContain('Congratulations! You have successfully enabled HTTPS on https://a.test and https://www.a.test\n');
    const first = await servedCertificate(root.httpsPort, 'www.a.test');
    expect(parseCertificate(Buffer.from(first, 'base64')).identifiers.map(({ value }) => value)).toEqual(['a.test', 'www.a.test']);

    const renewed = await sandbox.run(['renew', '--force-renewal', '--no-random-sleep-on-renew', '--https-port', String(root.httpsPort)]);
    requireSuccess(renewed);
    expect(renewed.stdout).toContain('Reloading apache server after certificate renewal');
    expect(await servedCertificate(root.httpsPort, 'a.test')).not.toBe(first);

    const enhanced = await sandbox.run(['enhance', '-n', '--cert-name', 'a.test', '--auto-hsts', ...plugin(), ...ports()]);
    requireSuccess(enhanced);
    expect(JSON.stringify(await root.snapshot())).toContain('max-age=60');
    const finished = await sandbox.run(['renew', '--force-renewal', '--no-random-sleep-on-renew', '--https-port', String(root.httpsPort)]);
    requireSuccess(finished);

    const { document } = await sandbox.json(['config_changes']);
    const { total } = document.result as { total: number };
    requireSuccess(await sandbox.run(['rollback', '-n', '--checkpoints', String(total), ...plugin()]));
    expect(await root.snapshot()).toEqual(before);
  });
});
