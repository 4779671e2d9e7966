// The Pebbles that other tests rely on start, answer and end.
import { generateKeyPairSync } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type LeakWatch, callHttp, startChalltestsrv, startPebble, waitUntil, watchForLeaks } from '@certward/testing';

let leaks: LeakWatch;
beforeEach(() => {
  leaks = watchForLeaks();
});
afterEach(() => leaks.assertNone());

describe.each(['2.10', '2.6', '2.4'] as const)('pebble %s', (version) => {
  test('serves a directory over TLS that its own authority vouches for', async () => {
    await using pebble = await startPebble({ version });
    const answer = await callHttp(pebble.directoryUrl, { trustedCaPem: pebble.trustedCaPem });
    const directory = JSON.parse(answer.text) as { newOrder: string; renewalInfo?: string; meta: { profiles?: object } };
    expect(directory.newOrder).toMatch(/^https:\/\/127\.0\.0\.1:/);
    expect(directory.renewalInfo !== undefined).toBe(version !== '2.4');
    expect(Object.keys(directory.meta.profiles ?? {})).toEqual(version === '2.10' ? ['default', 'shortlived'] : []);
    await expect(callHttp(pebble.directoryUrl)).rejects.toThrow(/certificate/);
    expect(await pebble.isResponsive()).toBe(true);
  });

  test('has the roots and intermediates that it was asked for', async () => {
    await using pebble = await startPebble({ version, alternateRoots: 2, chainLength: 2 });
    const roots = await pebble.roots();
    expect(roots).toHaveLength(3);
    expect(new Set(roots).size).toBe(3);
    for (const pem of await pebble.intermediates()) expect(pem).toContain('BEGIN CERTIFICATE');
  });
});

test('a Pebble that ended is not responsive', async () => {
  await using pebble = await startPebble();
  await pebble.process.stop('SIGKILL');
  expect(await pebble.isResponsive()).toBe(false);
});

test('a Pebble that hangs is not responsive, and ends all the same', async () => {
  await using pebble = await startPebble();
  process.kill(pebble.process.pid, 'SIGSTOP');
  expect(await pebble.isResponsive()).toBe(false);
});

test('external account binding is announced when keys are given', async () => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const hmacKey = Buffer.from(privateKey.export({ type: 'pkcs8', format: 'der' })).toString('base64url').slice(0, 43);
  await using pebble = await startPebble({ externalAccountKeys: { 'kid-1': hmacKey } });
  const answer = await callHttp(pebble.directoryUrl, { trustedCaPem: pebble.trustedCaPem });
  expect(JSON.parse(answer.text)).toMatchObject({ meta: { externalAccountRequired: true } });
});

describe.each(['2.10', '2.4'] as const)('challtestsrv %s', (version) => {
  test('keeps TXT values as a set and tells what was asked', async () => {
    await using names = await startChalltestsrv({ version });
    const { Resolver } = await import('node:dns/promises');
    const resolver = new Resolver();
    resolver.setServers([names.dnsServer]);
    await names.addTxt('_acme-challenge.example.org', 'one');
    await names.addTxt('_acme-challenge.example.org', 'two');
    expect((await resolver.resolveTxt('_acme-challenge.example.org')).flat().sort()).toEqual(['one', 'two']);
    expect(await resolver.resolve4('anything.example.org')).toEqual(['127.0.0.1']);
    await names.setA('elsewhere.example.org', ['127.0.0.2']);
    expect(await resolver.resolve4('elsewhere.example.org')).toEqual(['127.0.0.2']);
    await waitUntil(async () => (await names.questions('_acme-challenge.example.org')).length === 1, { what: 'the history' });
    await names.clearTxt('_acme-challenge.example.org');
    await expect(resolver.resolveTxt('_acme-challenge.example.org')).rejects.toMatchObject({ code: 'ENODATA' });
  });
});
