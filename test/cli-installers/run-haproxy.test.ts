// `run` and `renew` with a real HAProxy, as processes against the embedded authority: a renewed certificate reaches the
// running process over its socket.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { tryFindBinary } from '@certward/testing';
import { describe, expect, test } from 'vitest';
import { sandboxFor, startAuthority } from '../cli/support/authority.ts';
import { requireSuccess } from '../cli/support/sandbox.ts';
import { asServed, servedCertificate, settings, startSite } from '../haproxy/support/haproxy.ts';

const haproxy = tryFindBinary('haproxy');
if (haproxy === undefined) console.log('verbs with HAProxy: not run (haproxy is not installed)');

const config = ({ folder, http, backend }: { folder: string; http: number; backend: number }) => `${settings(folder)}
frontend web
    bind 127.0.0.1:${http}
    default_backend app

backend app
    server one 127.0.0.1:${backend}
`;

// Needs a program that a machine may lack.
describe.runIf(haproxy !== undefined)('HAProxy', () => {
  test('run makes it speak TLS, and renew gives it the new certificate', async () => {
    await using site = await startSite(config);
    await site.start();
    await using authority = await startAuthority({ validation: { httpPort: site.http, tlsPort: site.https, hosts: { '*': ['127.0.0.1'] } } });
    await using sandbox = await sandboxFor(authority);
    const plugin = [
      '--haproxy', '--haproxy-config', site.configFile, '--haproxy-pem-dir', site.folder.join('certs'), '--haproxy-stats-socket', site.folder.join('stats.sock'),
      '--haproxy-master-socket', site.folder.join('master.sock'), '--http-01-port', String(site.http), '--https-port', String(site.https),
    ];
    const live = () => asServed(readFileSync(path.join(sandbox.config, 'live', 'a.test', 'cert.pem'), 'utf8'));
    const end = await sandbox.run(['-d', 'a.test', '-n', '--agree-tos', '--no-redirect', '--server', authority.directoryUrl, ...plugin]);
    requireSuccess(end);
    expect(end.stdout).toContain('Congratulations! You have successfully enabled HTTPS on https://a.test\n');
    expect(await servedCertificate(site.https, 'a.test')).toBe(live());
    expect(readFileSync(path.join(sandbox.config, 'renewal', 'a.test.conf'), 'utf8')).toContain('\nhaproxy_stats_socket = ');

    const first = live();
    const renewed = await sandbox.run(['renew', '--force-renewal', '--no-random-sleep-on-renew', '--https-port', String(site.https)]);
    requireSuccess(renewed);
    expect(renewed.stdout).toContain('Reloading haproxy server after certificate renewal');
    expect(live()).not.toBe(first);
    expect(await servedCertificate(site.https, 'a.test')).toBe(live());
  });
});
