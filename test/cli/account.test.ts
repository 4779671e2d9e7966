// The account verbs as processes.
import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { Secret } from '@certward/base';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { sandboxFor, startAuthority, type TestAuthority } from './support/authority.ts';
import { requireSuccess, type Sandbox } from './support/sandbox.ts';

let authority: TestAuthority;
let sandbox: Sandbox;
beforeAll(async () => {
  authority = await startAuthority({ termsOfServiceUrl: 'https://ca.test/terms' });
});
afterAll(() => authority[Symbol.asyncDispose]());
beforeEach(async () => {
  sandbox = await sandboxFor(authority);
});
afterEach(() => sandbox[Symbol.asyncDispose]());

const server = () => ['--server', authority.directoryUrl];
const accountFolder = () => {
  const { host } = new URL(authority.directoryUrl);
  return path.join(sandbox.config, 'accounts', host, 'directory');
};

test('register, show, update, unregister', async () => {
  const registered = await sandbox.run(['register', '-n', '--agree-tos', '-m', 'you@example.com', ...server()]);
  expect([registered.code, registered.stdout]).toEqual([0, 'Account registered.\n']);
  const [id = ''] = readdirSync(accountFolder());
  expect(id).toMatch(/^[0-9a-f]{32}$/);
  expect(statSync(path.join(accountFolder(), id, 'private_key.json')).mode & 0o777).toBe(0o400);

  const again = await sandbox.run(['register', '-n', '--agree-tos', ...server()]);
  expect(again.code).toBe(1);
  expect(again.stderr).toContain('There is an existing account; registration of a duplicate account with this command is currently unsupported.');

  const shown = await sandbox.run(['show_account', ...server()]);
  requireSuccess(shown);
  expect(shown.stdout).toMatch(/^Account details for server https:\/\/\S+:\n {2}Account URL: https:\/\/\S+\n {2}Account Thumbprint: [\w-]{43}\n {2}Email contact: you@example\.com\n$/);

  const updated = await sandbox.run(['update_account', '-n', '-m', 'a@example.com,b@example.com', ...server()]);
  expect([updated.code, updated.stdout]).toEqual([0, 'Your e-mail address was updated to a@example.com,b@example.com.\n']);
  expect((await sandbox.run(['show_account', ...server()])).stdout).toContain('Email contacts: a@example.com, b@example.com\n');
  const removed = await sandbox.run(['register', '--update-registration', '-n', '--register-unsafely-without-email', ...server()]);
  expect(removed.stdout).toBe('Any contact information associated with this account has been removed.\n');
  expect((await sandbox.json(['show_account', ...server()])).document).toMatchObject({ ok: true, result: { account: id, contacts: [], status: 'valid' } });

  const ended = await sandbox.run(['unregister', '-n', ...server()]);
  expect([ended.code, ended.stdout]).toEqual([0, 'Account deactivated.\n']);
  const none = await sandbox.run(['show_account', ...server()]);
  expect(none.code).toBe(1);
  expect(none.stderr).toContain(`Could not find an existing account for server ${authority.directoryUrl}.`);
});

test('a registration that was killed before it was noted is found again by its key', async () => {
  requireSuccess(await sandbox.run(['register', '-n', '--agree-tos', ...server()]));
  const [id = ''] = readdirSync(accountFolder());
  for (const file of ['regr.json', 'meta.json']) rmSync(path.join(accountFolder(), id, file));
  const again = await sandbox.run(['register', '-n', '--agree-tos', ...server()]);
  expect(again.code).toBe(1);
  expect(again.stderr).toContain('There is an existing account');
  expect(readdirSync(accountFolder())).toEqual([id]);
});

test('the terms must be agreed to, by flag or by answer', async () => {
  const refused = await sandbox.run(['register', '-n', ...server()]);
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain('Please read the Terms of Service at: https://ca.test/terms');
  expect(refused.stderr).toContain('(You can set this with the --agree-tos flag)');
  const declined = await sandbox.run(['register', '--force-interactive', '-m', 'you@example.com', ...server()], { input: 'n\n' });
  expect(declined.stderr).toContain('Registration cannot proceed without accepting Terms of Service.');
  const agreed = await sandbox.run(['register', '--force-interactive', ...server()], { input: 'y\nyou@example.com\n' });
  requireSuccess(agreed);
});

test('--account must exist', async () => {
  const end = await sandbox.run(['show_account', '--account', '0'.repeat(32), ...server()]);
  expect(end.code).toBe(1);
  expect(end.stderr).toContain(`Account at ${accountFolder()}/${'0'.repeat(32)} does not exist`);
});

describe('external account binding', () => {
  const key = Buffer.alloc(32, 7).toString('base64url');
  let bound: TestAuthority;
  beforeAll(async () => {
    bound = await startAuthority({ eabKeys: { customer: new Secret(key) } });
  });
  afterAll(() => bound[Symbol.asyncDispose]());

  test('is asked for where the CA needs it, and its key is not logged', async () => {
    await using own = await sandboxFor(bound);
    const words = ['register', '-n', '--agree-tos', '--server', bound.directoryUrl];
    const refused = await own.run(words);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('Server requires external account binding. Please use --eab-kid and --eab-hmac-key options.');
    const half = await own.run([...words, '--eab-kid', 'customer']);
    expect(half.stderr).toContain('Both --eab-kid and --eab-hmac-key must be supplied for external account binding.');
    const wrong = await own.run([...words, '--eab-kid', 'customer', '--eab-hmac-key', Buffer.alloc(32, 8).toString('base64url')]);
    expect(wrong.code).toBe(1);
    // The key of a refused registration is not kept: it would be asked about for ever.
    expect(existsSync(path.join(own.config, 'accounts', new URL(bound.directoryUrl).host, 'directory'))).toBe(false);
    const done = await own.run([...words, '--eab-kid', 'customer', '--eab-hmac-key', key]);
    requireSuccess(done);
    expect(readFileSync(path.join(own.logs, 'letsencrypt.log'), 'utf8')).not.toContain(key);
  });
});
