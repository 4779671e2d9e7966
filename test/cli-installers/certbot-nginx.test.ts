// Real Certbot and we on one nginx and one directory, in turns: each renews and rolls back what the other did.
import { tryFindBinary } from '@certward/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { requireSuccess } from '../cli/support/sandbox.ts';
import { type NginxSite, startNginxSite } from './support/nginx-site.ts';

const present = tryFindBinary('certbot') !== undefined && tryFindBinary('nginx') !== undefined;
if (!present) console.log('Certbot and we on one nginx: not run (certbot or nginx is not installed)');

let site: NginxSite;

// Needs Certbot or its libraries, which the test-bed installs on Debian.
describe.runIf(present)('Certbot and we on one nginx', () => {
  beforeEach(async () => {
    site = await startNginxSite('127.0.92');
  });
  afterEach(() => site[Symbol.asyncDispose]());

  const tools = {
    certward: (args: readonly string[]) => site.sandbox.run(args),
    certbot: (args: readonly string[]) => site.sandbox.certbot(args),
  };
  const run = () => ['run', '-d', 'a.test', '-d', 'www.a.test', '--redirect', '--register-unsafely-without-email', ...site.plugin, ...site.unattended];
  const served = async () => (await site.https('www.a.test')).certificate.serialNumber;

  test.each([
    ['certward', 'certbot'],
    ['certbot', 'certward'],
  ] as const)('what %s ran, %s renews and rolls back', async (first, second) => {
    const before = await site.nginx.snapshot();
    requireSuccess(await tools[first](run()));
    const serial = await served();
    requireSuccess(await tools[second](['renew', '--force-renewal', '--no-random-sleep-on-renew']));
    expect(await served()).not.toBe(serial);
    // More checkpoints than there can be: everything goes back. Certbot's rollback knows the installer by -i only.
    requireSuccess(await tools[second](['rollback', '-n', '--checkpoints', '9', '-i', 'nginx', ...site.plugin.slice(1)]));
    expect(await site.nginx.snapshot()).toEqual(before);
    requireSuccess(await tools[first](['install', '-n', '--cert-name', 'a.test', ...site.plugin]));
    expect(await served()).not.toBe(serial);
  });
});
