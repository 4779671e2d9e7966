// http-01 through a real Apache, validated by Pebble; what is left afterwards, also after a run that was killed.
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createAcmeClient } from '@certward/acme';
import { createMemoryJournal, runIssuance } from '@certward/engine';
import { generatePrivateKey, type Identifier, parseIdentifier } from '@certward/pki';
import { startPebble, waitUntil } from '@certward/testing';
import { describe, expect, test } from 'vitest';
import { type ApacheRoot, createApacheRoot } from './support/apache-root.ts';
import { challengeFor } from './support/challenges.ts';
import { get } from './support/clients.ts';
import { installerFor } from './support/installer.ts';

async function addSites(root: ApacheRoot): Promise<void> {
  const { httpPort, folder } = root;
  await root.addSite('000-default.conf', `<VirtualHost *:${httpPort}>\n  DocumentRoot ${folder.path}/www\n</VirtualHost>\n`);
  await root.addSite('one.conf', `<VirtualHost *:${httpPort}>\n\tServerName one.test\n\tServerAlias *.one.test\n\tRedirect / https://one.test/\n</VirtualHost>\n`);
  await root.addSite('two.conf', `<VirtualHost *:${httpPort}>\r\n    ServerName two.test\r\n    <Location />\r\n        Require all denied\r\n    </Location>\r\n</VirtualHost>\r\n`);
}

describe('http-01 through a real Apache', () => {
  test('proves names of redirecting, forbidding and nameless hosts to Pebble, and leaves no trace', async () => {
    await using pebble = await startPebble({ strict: true, nonceRejectPercent: 5, authzReusePercent: 0 });
    await using root = await createApacheRoot({ httpPort: pebble.httpPort });
    await addSites(root);
    const before = await root.snapshot();
    await using server = await root.start();
    const installer = installerFor(root);
    await installer.prepare();
    const client = createAcmeClient({ directoryUrl: pebble.directoryUrl, trustedCaPem: pebble.trustedCaPem });
    const account = await client.createAccount({ key: await generatePrivateKey({ type: 'ecdsa', curve: 'P-256' }), termsOfServiceAgreed: true });
    const identifiers: Identifier[] = ['one.test', 'www.one.test', 'two.test', 'unknown.test', '127.0.0.1'].map((name) => parseIdentifier(name));
    const result = await runIssuance(
      { id: 'lineage', directoryUrl: pebble.directoryUrl, account, identifiers, authenticatorFor: () => installer.createAuthenticator() },
      { journal: createMemoryJournal(), store: async () => undefined },
    );
    await client.close();
    expect(result.chain[0]?.identifiers).toHaveLength(identifiers.length);
    expect(await root.snapshot()).toEqual(before);
    expect(await readdir(join(root.workDir, 'http_challenges'))).toEqual([]);
    await waitUntil(async () => (await get(root.httpPort, 'one.test')).status === 302, { what: 'the redirection to be back' });
    expect(existsSync(join(root.workDir, 'temp_checkpoint'))).toBe(false);
    expect(server.output()).toBe('');
  });

  test('works where no host listens on the port at all', async () => {
    await using root = await createApacheRoot();
    const before = await root.snapshot();
    await using server = await root.start();
    const installer = installerFor(root);
    await installer.prepare();
    const authenticator = installer.createAuthenticator();
    const challenge = challengeFor('one.test', 'token-1');
    const [handle = null] = await authenticator.plan([challenge]);
    await authenticator.present(challenge, handle);
    await authenticator.waitUntilReady?.([{ challenge, handle }], {});
    expect((await get(root.httpPort, 'one.test', { path: '/.well-known/acme-challenge/token-1' })).body).toBe('token-1.thumbprint');
    await authenticator.cleanUp(handle);
    expect(await root.snapshot()).toEqual(before);
    expect(server.output()).toBe('');
  });

  test('what a killed run left is taken back by the clean-up of the next one, and by its preparation', async () => {
    await using root = await createApacheRoot();
    await addSites(root);
    const before = await root.snapshot();
    await using server = await root.start();
    for (const wayBack of ['cleanUp', 'prepare'] as const) {
      const killed = installerFor(root);
      await killed.prepare();
      const challenge = challengeFor('one.test', 'token-1');
      const [handle = null] = await killed.createAuthenticator().plan([challenge]);
      await killed.createAuthenticator().present(challenge, handle);
      expect(await root.snapshot()).not.toEqual(before);
      const next = installerFor(root);
      if (wayBack === 'prepare') await next.prepare();
      await next.createAuthenticator().cleanUp(handle);
      expect(await root.snapshot()).toEqual(before);
      expect(await readdir(join(root.workDir, 'http_challenges'))).toEqual([]);
    }
    expect(server.output()).toBe('');
  });

  test('two issuances side by side do not take each other\'s answers away', async () => {
    await using root = await createApacheRoot();
    await addSites(root);
    const before = await root.snapshot();
    await using server = await root.start();
    const installer = installerFor(root);
    await installer.prepare();
    const authenticator = installer.createAuthenticator();
    const challenges = [challengeFor('one.test', 'token-1'), challengeFor('two.test', 'token-2')];
    const handles = await Promise.all(challenges.map(async (challenge) => {
      const [handle = null] = await authenticator.plan([challenge]);
      await authenticator.present(challenge, handle);
      await authenticator.waitUntilReady?.([{ challenge, handle }], {});
      return handle;
    }));
    await authenticator.cleanUp(handles[0] ?? null);
    expect((await get(root.httpPort, 'two.test', { path: '/.well-known/acme-challenge/token-2' })).body).toBe('token-2.thumbprint');
    await authenticator.cleanUp(handles[1] ?? null);
    expect(await root.snapshot()).toEqual(before);
    expect(server.output()).toBe('');
  });
});
