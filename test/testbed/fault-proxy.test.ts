// The fault proxy in front of a real Pebble, driven by a client that is not ours: what it passes on stays true.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type FaultRule, findBinary, type LeakWatch, startFaultProxy, startPebble, startProcess, temporaryFolder, watchForLeaks } from '@certward/testing';

let leaks: LeakWatch;
beforeEach(() => {
  leaks = watchForLeaks();
});
afterEach(() => leaks.assertNone());

test.each([
  { name: 'without faults', rules: [] },
  { name: 'with a nonce that was used before', rules: [{ match: { resource: 'newAccount' }, fault: { kind: 'staleNonce' } }] satisfies FaultRule[] },
])('lego gets a certificate through the proxy $name', async ({ rules }) => {
  await using folder = await temporaryFolder('lego');
  await using pebble = await startPebble();
  await using proxy = await startFaultProxy({ target: pebble.directoryUrl, trustedCaPem: pebble.trustedCaPem, rules });
  const { writeFile } = await import('node:fs/promises');
  await writeFile(folder.join('ca.pem'), proxy.trustedCaPem);
  await using lego = await startProcess({
    name: 'lego',
    command: findBinary('lego-4.35'),
    args: [
      '--server', proxy.directoryUrl, '--path', folder.join('state'), '--email', 'a@example.org', '--accept-tos',
      '--domains', 'proxy.example.org', '--http', '--http.port', `127.0.0.1:${pebble.httpPort}`, 'run',
    ],
    env: { LEGO_CA_CERTIFICATES: folder.join('ca.pem') },
  });
  const { code } = await lego.exited;
  expect({ code, output: code === 0 ? '' : lego.output() }).toEqual({ code: 0, output: '' });
  expect(proxy.unusedRules()).toEqual([]);
  expect(proxy.log.ordersMade()).toBe(1);
  const resources = new Set(proxy.log.requests.map((request) => request.resource));
  for (const one of ['directory', 'newAccount', 'newOrder', 'authorization', 'challenge', 'finalize', 'order', 'certificate'] as const) expect(resources).toContain(one);
  expect(proxy.log.about('newOrder')[0]?.payload).toEqual({ identifiers: [{ type: 'dns', value: 'proxy.example.org' }] });
  expect(proxy.log.requests.some((request) => request.status === 400)).toBe(rules.length > 0);
});
