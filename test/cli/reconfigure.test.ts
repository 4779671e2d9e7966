// `reconfigure`, `rename`, `update_symlinks` and `rollover_account_key` as processes; what Certbot makes of the results.
import { existsSync, readdirSync, readFileSync, readlinkSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { freePort } from '@certward/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { sandboxFor, standalone, startAuthority, type TestAuthority } from './support/authority.ts';
import { requireSuccess, type Sandbox } from './support/sandbox.ts';

let authority: TestAuthority;
let sandbox: Sandbox;
beforeAll(async () => {
  authority = await startAuthority({ reuse: { authorizations: false } });
});
afterAll(() => authority[Symbol.asyncDispose]());
beforeEach(async () => {
  sandbox = await sandboxFor(authority);
  requireSuccess(await sandbox.run([...standalone(authority, 'a.test'), '--pre-hook', 'true']));
});
afterEach(() => sandbox[Symbol.asyncDispose]());

const confPath = (name: string) => path.join(sandbox.config, 'renewal', `${name}.conf`);
const conf = (name = 'a.test') => readFileSync(confPath(name), 'utf8');
const live = (name: string, file = 'cert.pem') => path.join(sandbox.config, 'live', name, file);
const renew = (...options: readonly string[]) => sandbox.run(['renew', '--no-random-sleep-on-renew', '--force-renewal', ...options]);

describe('reconfigure', () => {
  const reconfigure = (...options: readonly string[]) => sandbox.run(['reconfigure', '-n', '--cert-name', 'a.test', ...options]);

  test('stores what is typed on top of what is stored, and leaves the certificate alone', async () => {
    const before = readFileSync(live('a.test'), 'utf8');
    const end = await reconfigure('--deploy-hook', `echo deployed >> ${sandbox.folder}/ran`, '--key-type', 'rsa');
    requireSuccess(end);
    expect(end.stdout).toContain('Simulating renewal of an existing certificate for a.test\n');
    expect(end.stdout).toContain('\nSuccessfully updated configuration.\nChanges will apply when the certificate renews.\n');
    expect(conf()).toContain('renew_hook = ');
    expect(conf()).toContain('pre_hook = true');
    expect(conf()).toContain('key_type = rsa');
    expect(conf()).not.toContain('dry_run');
    expect(readFileSync(live('a.test'), 'utf8')).toBe(before);
    expect(existsSync(sandbox.join('ran'))).toBe(false);
    requireSuccess(await renew());
    expect(readFileSync(sandbox.join('ran'), 'utf8')).toBe('deployed\n');
  });

  test('--run-deploy-hooks shows the hook the live certificate', async () => {
    requireSuccess(await reconfigure('--run-deploy-hooks', '--deploy-hook', `echo $RENEWED_LINEAGE >> ${sandbox.folder}/ran`));
    expect(readFileSync(sandbox.join('ran'), 'utf8')).toBe(`${path.dirname(live('a.test'))}\n`);
  });

  test('stores nothing when the rehearsal fails', async () => {
    const before = conf();
    const end = await reconfigure('--http-01-port', String(await freePort()));
    expect(end.code).toBe(1);
    expect(end.stderr).toContain('Some challenges have failed.');
    expect(conf()).toBe(before);
  });

  test('without changes says so', async () => {
    await reconfigure();
    const end = await reconfigure();
    requireSuccess(end);
    expect(end.stdout).toContain('\nNo changes were made to the renewal configuration.\n');
  });

  test.each([
    [['-d', 'b.test'], 'cannot be used to modify the domains'],
    [['--server', 'https://other.test/dir'], 'change the ACME account or server is not supported'],
    [['--account', 'x'], 'change the ACME account or server is not supported'],
    [['--deploy-hook', 'no-such-command'], 'unable to find deploy-hook command'],
  ])('refuses %j', async (options, message) => {
    const end = await reconfigure(...options);
    expect(end.code).toBe(1);
    expect(end.stderr).toContain(message);
  });

  test('forgets earlier failures, since their cause is gone', async () => {
    await renew('--http-01-port', String(await freePort()));
    expect(conf()).toContain('certward_failures');
    requireSuccess(await reconfigure());
    expect(conf()).not.toContain('certward_failures');
  });
});

describe('rename', () => {
  test('moves configuration, links and versions; renewal and Certbot go on with it', async () => {
    requireSuccess(await renew('--deploy-hook', `cat ${live('a.test', 'fullchain.pem')}`));
    const { document, code } = await sandbox.json(['rename', '--cert-name', 'a.test', '--new-name', 'shop']);
    expect(code).toBe(0);
    expect(document.result).toMatchObject({ from: 'a.test', to: 'shop', liveDir: path.join(sandbox.config, 'live', 'shop'), mentions: [expect.stringContaining('renew_hook of shop')] });
    for (const folder of ['live', 'archive', 'renewal']) expect(readdirSync(path.join(sandbox.config, folder)).filter((one) => one.startsWith('a.test'))).toEqual([]);
    expect(readdirSync(path.join(sandbox.config, 'archive', 'shop')).length).toBe(8);
    expect(readlinkSync(live('shop', 'privkey.pem'))).toBe('../../archive/shop/privkey2.pem');
    requireSuccess(await renew('--deploy-hook', 'true'));
    expect(readlinkSync(live('shop'))).toBe('../../archive/shop/cert3.pem');
    const listed = await sandbox.certbot(['certificates']);
    expect(listed.stdout).toContain('Certificate Name: shop\n');
  });

  test('a reused key stays one key', async () => {
    requireSuccess(await renew('--reuse-key'));
    requireSuccess(await sandbox.run(['rename', '--cert-name', 'a.test', '--new-name', 'shop']));
    const key = (version: number) => readFileSync(path.join(sandbox.config, 'archive', 'shop', `privkey${version}.pem`), 'utf8');
    expect(key(1)).toBe(key(2));
  });

  test('refuses names that are taken or unfit, and asks for one', async () => {
    requireSuccess(await sandbox.run(standalone(authority, 'b.test')));
    const before = conf();
    for (const [name, message] of [['b.test', 'exists'], ['a/b', 'path separator'], ['.x', 'begins with a dot']] as const) {
      const end = await sandbox.run(['rename', '-n', '--cert-name', 'a.test', '--new-name', name]);
      expect(end.code).toBe(1);
      expect(end.stderr).toContain(message);
    }
    expect((await sandbox.run(['rename', '-n', '--cert-name', 'a.test'])).stderr).toContain('--new-name');
    expect(conf()).toBe(before);
  });
});

test('update_symlinks makes links anew for a moved archive', async () => {
  requireSuccess(await renew());
  for (const kind of ['cert', 'chain', 'fullchain', 'privkey']) rmSync(live('a.test', `${kind}.pem`));
  renameSync(path.join(sandbox.config, 'live'), path.join(sandbox.config, 'gone'));
  const { document, code } = await sandbox.json(['update_symlinks']);
  expect(code).toBe(0);
  expect(document.result).toEqual({ updated: ['a.test'], unusable: [] });
  expect(readlinkSync(live('a.test'))).toBe('../../archive/a.test/cert2.pem');
});

describe('account keys', () => {
  const accountOf = (name: string) => /^account = (\w+)$/m.exec(conf(name))?.[1];

  test('rollover_account_key changes key and id; certificates renew with the new one', async () => {
    const old = accountOf('a.test');
    const { document, code } = await sandbox.json(['rollover_account_key', '--server', authority.directoryUrl]);
    expect(code).toBe(0);
    expect(document.result).toMatchObject({ previousAccount: old, account: accountOf('a.test') });
    expect(accountOf('a.test')).not.toBe(old);
    requireSuccess(await renew());
    expect((await sandbox.json(['show_account', '--server', authority.directoryUrl])).document.result).toMatchObject({ accountUrl: document.result?.['accountUrl'] });
  });

  test('an ecdsa key, from the start or later', async () => {
    requireSuccess(await sandbox.run(['rollover_account_key', '--account-key-type', 'ecdsa', '--server', authority.directoryUrl]));
    requireSuccess(await renew());
    await using fresh = await sandboxFor(authority);
    requireSuccess(await fresh.run([...standalone(authority, 'e.test'), '--account-key-type', 'ecdsa']));
    requireSuccess(await fresh.run(['renew', '--force-renewal', '--no-random-sleep-on-renew']));
  });
});

test('--identifier-label Domains lists names under the older label', async () => {
  expect((await sandbox.run(['certificates', '--identifier-label', 'Domains'])).stdout).toContain('    Domains: a.test\n');
  expect((await sandbox.run(['certificates'])).stdout).toContain('    Identifiers: a.test\n');
});
