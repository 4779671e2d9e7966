// `renew` against Pebble's renewal information (RFC 9773): a window forced into the past, the order that names its
// predecessor, and a predecessor that was replaced already.
import { readFileSync, readlinkSync } from 'node:fs';
import path from 'node:path';
import { createAcmeClient, obtainCertificate, type Solver } from '@certward/acme';
import { openAccountStore } from '@certward/engine';
import { type Certificate, generatePrivateKey, parseCertificate, renewalInfoCertId } from '@certward/pki';
import { type FaultProxy, type Pebble, startFaultProxy, startPebble } from '@certward/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createSandbox, requireSuccess, type Sandbox } from './support/sandbox.ts';

let pebble: Pebble;
let proxy: FaultProxy;
let sandbox: Sandbox;
beforeAll(async () => {
  pebble = await startPebble({ alwaysValid: true, profiles: { default: { description: 'ninety days', validityPeriodSeconds: 7_776_000 } } });
  proxy = await startFaultProxy({ target: pebble.directoryUrl, trustedCaPem: pebble.trustedCaPem });
});
afterAll(async () => {
  await proxy[Symbol.asyncDispose]();
  await pebble[Symbol.asyncDispose]();
});
beforeEach(async () => {
  sandbox = await createSandbox();
  proxy.setRules([]);
});
afterEach(() => sandbox[Symbol.asyncDispose]());

const run = async (...words: readonly string[]) => {
  const end = await sandbox.run(words, { env: { REQUESTS_CA_BUNDLE: sandbox.write('proxy.pem', proxy.trustedCaPem) } });
  requireSuccess(end);
  return end;
};
const issue = () => run('certonly', '-n', '--agree-tos', '--standalone', '--http-01-port', String(pebble.httpPort), '--server', proxy.directoryUrl, '-d', 'a.test');
const renew = () => run('renew', '--no-random-sleep-on-renew', '-v');
const live = (file: string) => path.join(sandbox.config, 'live', 'a.test', file);
const certificate = (): Certificate => parseCertificate(readFileSync(live('cert.pem'), 'utf8'));
const version = () => Number(/(\d+)\.pem$/.exec(readlinkSync(live('cert.pem')))?.[1]);
const orders = () => proxy.log.about('newOrder').map(({ payload, status }) => ({ replaces: (payload as { readonly replaces?: unknown }).replaces, status }));

/** Moves the window of the live certificate to an hour ago. */
async function callForRenewal(): Promise<string> {
  const [start, end] = [2, 1].map((hours) => new Date(Date.now() - hours * 3_600_000).toISOString());
  const current = certificate();
  await pebble.setRenewalInfo(current.pem, JSON.stringify({ suggestedWindow: { start, end }, explanationURL: 'https://ca.test/incident' }));
  return renewalInfoCertId(current);
}

describe('renew', () => {
  test('renews at once when the CA calls for it, and names the certificate that is replaced', async () => {
    await issue();
    const predecessor = await callForRenewal();
    proxy.setRules([]);
    await renew();
    expect(version()).toBe(2);
    expect(proxy.log.about('renewalInfo')).toHaveLength(1);
    expect(orders()).toEqual([{ replaces: predecessor, status: 201 }]);
    // The new certificate has a window of its own, in the future.
    proxy.setRules([]);
    expect((await renew()).stdout).toContain('Certificate not yet due for renewal');
    expect(orders()).toEqual([]);
  });

  test('goes without naming it where it was replaced already, and succeeds', async () => {
    await issue();
    const predecessor = await callForRenewal();
    const [stored] = openAccountStore({ configDir: sandbox.config, directoryUrl: proxy.directoryUrl }).list();
    if (stored === undefined) throw new Error('no account');
    await using client = createAcmeClient({ directoryUrl: proxy.directoryUrl, trustedCaPem: proxy.trustedCaPem });
    const nothing: Solver = { challengeTypes: ['http-01'], present: async () => undefined, cleanUp: async () => undefined };
    await obtainCertificate({ account: client.openAccount(stored), identifiers: [{ type: 'dns', value: 'a.test' }], key: await generatePrivateKey({ type: 'ecdsa', curve: 'P-256' }), solvers: [nothing], replaces: predecessor });
    proxy.setRules([]);
    await renew();
    expect(version()).toBe(2);
    expect(orders()).toEqual([{ replaces: predecessor, status: 409 }, { replaces: undefined, status: 201 }]);
  });
});
