// HTTP-01 through a real nginx, validated by Pebble, and the configuration afterwards.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createAcmeClient } from '@certward/acme';
import { type Authenticator, type ChallengeToAnswer, createMemoryJournal, runIssuance } from '@certward/engine';
import { generatePrivateKey } from '@certward/pki';
import { openCheckpoints } from '@certward/installers';
import { findBinary, startPebble } from '@certward/testing';
import { describe, expect, test } from 'vitest';
import { createNginxWorld, mainConfig, type NginxWorld } from './support/nginx.ts';

const site = {
  'nginx.conf': mainConfig('    server_names_hash_bucket_size 64;\n    include conf.d/*.conf;'),
  'conf.d/a.conf': `server {
    listen @HTTP@;
    server_name a.test;
    if ($host = a.test) { return 301 https://$host$request_uri; } # managed by Certbot
    return 404;
}
server {
    listen @HTTP@;
    server_name *.wild.test;
    location / { deny all; }
}
server { listen @HTTP@; server_name "~^re[0-9]{2}\\.test$"; auth_basic "closed"; auth_basic_user_file @ROOT@/none; location / { return 200 re; } }
`,
};

async function issue(world: NginxWorld, { authenticator, names }: { authenticator: Authenticator; names: readonly string[] }) {
  await using pebble = await startPebble({ httpPort: world.httpPort, nonceRejectPercent: 0, authzReusePercent: 0 });
  const client = createAcmeClient({ directoryUrl: pebble.directoryUrl, trustedCaPem: pebble.trustedCaPem });
  try {
    const account = await client.createAccount({ key: await generatePrivateKey({ type: 'ecdsa', curve: 'P-256' }), termsOfServiceAgreed: true });
    const identifiers = names.map((value) => ({ type: 'dns' as const, value }));
    return await runIssuance(
      { id: 'lineage', directoryUrl: pebble.directoryUrl, account, identifiers, authenticatorFor: () => authenticator },
      { journal: createMemoryJournal(), store: async () => undefined },
    );
  } finally {
    await client.close();
  }
}

function challengeFor(name: string, token = `token-${name.replaceAll('.', '-')}`): ChallengeToAnswer {
  const keyAuthorization = `${token}.${'k'.repeat(43)}`;
  return { identifier: { type: 'dns', value: name }, wildcard: false, type: 'http-01', token, keyAuthorization, validation: keyAuthorization, recordName: '', accountUrl: 'https://ca.test/1' };
}

async function show(authenticator: Authenticator, challenges: readonly ChallengeToAnswer[]) {
  const handles = await authenticator.plan(challenges);
  const presented = challenges.map((challenge, index) => ({ challenge, handle: handles[index] ?? null }));
  await authenticator.waitUntilReady?.(presented, {});
  return handles;
}

function requireAuthenticator(world: NginxWorld, installer = world.installer()): Authenticator {
  const authenticator = installer.createAuthenticator?.();
  if (authenticator === undefined) throw new Error('the nginx installer has an authenticator');
  return authenticator;
}

describe('http-01 through nginx', () => {
  test('proves names with a redirect, below a wildcard, behind an expression and without any block, and leaves no trace', async () => {
    await using world = await createNginxWorld(site);
    await world.start();
    const before = await world.snapshot();
    const installer = world.installer();
    await installer.prepare();
    const authenticator = requireAuthenticator(world, installer);
    const names = ['a.test', 'x.wild.test', 're42.test', 'nowhere.test', `${'long.'.repeat(30)}test`];
    const result = await issue(world, { authenticator, names });
    expect(result.chain[0]?.identifiers.map(({ value }) => value).sort()).toEqual([...names].sort());
    expect(result.cleanUpFailures).toEqual([]);
    expect(await world.snapshot()).toEqual(before);
    expect(existsSync(join(world.configDir, 'le_http_01_cert_challenge.conf'))).toBe(false);
    expect(existsSync(join(world.workDir, 'temp_checkpoint'))).toBe(false);
    expect((await world.http('a.test')).status).toBe(301);
  });

  test('copies the default server for names that no block has', async () => {
    await using world = await createNginxWorld({ 'nginx.conf': mainConfig('    server { listen @HTTP@ default_server reuseport; server_name _; return 404; }') });
    await world.start();
    const before = await world.snapshot();
    const authenticator = requireAuthenticator(world);
    const challenges = [challengeFor('one.test'), challengeFor('two.test')];
    const handles = await show(authenticator, challenges);
    for (const { identifier, token, keyAuthorization } of challenges) {
      const answer = await world.http(identifier.value, `/.well-known/acme-challenge/${token}`);
      expect([answer.status, answer.body, answer.headers['content-type']]).toEqual([200, keyAuthorization, 'text/plain']);
    }
    for (const handle of handles) await authenticator.cleanUp(handle);
    expect(await world.snapshot()).toEqual(before);
    expect((await world.http('one.test', '/.well-known/acme-challenge/token-one-test')).status).toBe(404);
  });

  test('is taken back by another process after a crash, by prepare as by clean-up', async () => {
    await using world = await createNginxWorld(site);
    await world.start();
    const before = await world.snapshot();
    const [handle = null] = await show(requireAuthenticator(world), [challengeFor('a.test')]);
    expect(await world.snapshot()).not.toEqual(before);
    await requireAuthenticator(world).cleanUp(handle);
    expect(await world.snapshot()).toEqual(before);
    expect((await world.http('a.test', '/.well-known/acme-challenge/token-a-test')).status).toBe(301);

    await show(requireAuthenticator(world), [challengeFor('nowhere.test')]);
    await world.installer().prepare();
    expect(await world.snapshot()).toEqual(before);
    await requireAuthenticator(world).cleanUp(handle);
  });

  test('goes on for the challenges that are open while a certificate is deployed', async () => {
    await using world = await createNginxWorld(site);
    await world.start();
    const installer = world.installer();
    await installer.prepare();
    const authenticator = requireAuthenticator(world, installer);
    const first = await show(authenticator, [challengeFor('a.test', 'first')]);
    const second = await show(authenticator, [challengeFor('a.test', 'second')]);
    await installer.deploy('a.test', await world.certificate(['a.test']));
    await installer.save('Deployed ACME Certificate');
    await installer.enhance('a.test', 'hsts');
    await installer.save('Add enhancement');
    await installer.restart();
    expect((await world.https('a.test')).subject.CN).toBe('one');
    await authenticator.cleanUp(first[0] ?? null);
    expect((await world.http('a.test', '/.well-known/acme-challenge/second')).body).toContain('second.');
    await authenticator.cleanUp(second[0] ?? null);
    expect(await world.read('conf.d/a.conf')).not.toContain('acme-challenge');
    expect(await world.read('conf.d/a.conf')).toContain('ssl_certificate');
    expect(await openCheckpoints({ workDir: world.workDir }).list()).toHaveLength(2);
  });

  test('refuses IP addresses and malformed tokens', async () => {
    await using world = await createNginxWorld(site);
    const authenticator = requireAuthenticator(world);
    expect(authenticator.challengeTypes({ type: 'ip', value: '192.0.2.1' }, { wildcard: false })).toEqual([]);
    await expect(show(authenticator, [challengeFor('a.test', 'x; } evil {')])).rejects.toMatchObject({ code: 'tokenInvalid' });
  });

  test('starts a server that does not run, with a configuration that it accepts', async () => {
    await using world = await createNginxWorld(site);
    await show(requireAuthenticator(world), [challengeFor('a.test'), challengeFor('b.test')]).catch(() => undefined);
    execFileSync(findBinary('nginx'), ['-t', '-q', '-c', join(world.root, 'nginx.conf')]);
  });
});
