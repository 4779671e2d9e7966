// http-01 answered by HAProxy itself, and nothing of it left afterwards.
import { readdirSync, readFileSync } from 'node:fs';

import type { ChallengeToAnswer } from '@certward/engine';
import { createHaproxyInstaller } from '@certward/installers';
import { describe, expect, test } from 'vitest';

import { request, settings, startSite } from './support/haproxy.ts';

const challenge = (name: string, token: string): ChallengeToAnswer => ({
  identifier: { type: 'dns', value: name },
  wildcard: false,
  type: 'http-01',
  token,
  keyAuthorization: `${token}.thumbprint_of-the-key`,
  validation: `${token}.thumbprint_of-the-key`,
  recordName: '',
  accountUrl: 'https://ca.test/account/1',
});

const web = ({ folder, http, backend }: { folder: string; http: number; backend: number }) => `${settings(folder)}
frontend web
    bind 127.0.0.1:${http}
    http-request redirect scheme https code 302 if { path_beg / }
    default_backend app

backend app
    server one 127.0.0.1:${backend}
`;

describe.each([
  { title: 'through the frontend on the port, before its other rules', config: web, otherwise: 302 },
  { title: 'through a frontend of its own where nothing listens', config: ({ folder }: { folder: string }) => settings(folder).replace('global', 'frontend idle\n    mode http\n    timeout client 1s\n    bind abns@certward-test\n\nglobal'), otherwise: undefined },
])('http-01 $title', ({ config, otherwise }) => {
  test('is answered, and the configuration comes back byte for byte', async () => {
    await using site = await startSite(config);
    await site.start();
    const before = readFileSync(site.configFile);
    await site.installer.prepare();
    const authenticator = site.installer.createAuthenticator?.();
    if (authenticator === undefined) throw new Error('no authenticator');
    const challenges = [challenge('a.test', 'token-A_1'), challenge('b.test', 'token-B_2')];
    const handles = await authenticator.plan(challenges);
    const presented = [];
    for (const [index, one] of challenges.entries()) presented.push({ challenge: one, handle: await authenticator.present(one, handles[index] ?? null) });
    await authenticator.waitUntilReady?.(presented, {});
    for (const one of challenges) {
      const answer = await request(site.http, one.identifier.value, `/.well-known/acme-challenge/${one.token}`);
      expect([answer.status, answer.text]).toEqual([200, one.keyAuthorization]);
    }
    if (otherwise !== undefined) expect((await request(site.http, 'a.test', '/')).status).toBe(otherwise);
    for (const { handle } of presented) await authenticator.cleanUp(handle);
    expect([readFileSync(site.configFile), readdirSync(site.folder.join('work'))]).toEqual([before, []]);
    if (otherwise !== undefined) expect((await request(site.http, 'a.test', '/.well-known/acme-challenge/token-A_1')).status).toBe(otherwise);
  });
});

test('a run that was killed while it answered is taken back by the next one', async () => {
  await using site = await startSite(web);
  await site.start();
  const before = readFileSync(site.configFile);
  const authenticator = site.installer.createAuthenticator?.();
  const one = challenge('a.test', 'token');
  await authenticator?.present(one, { token: one.token });
  await authenticator?.waitUntilReady?.([], {});
  expect(readFileSync(site.configFile)).not.toEqual(before);
  const next = createHaproxyInstaller({ configFile: site.configFile, workDir: site.folder.join('work'), masterSocket: site.folder.join('master.sock') });
  await next.prepare();
  expect(readFileSync(site.configFile)).toEqual(before);
  await next.restart();
  expect((await request(site.http, 'a.test', '/.well-known/acme-challenge/token')).status).toBe(302);
});
