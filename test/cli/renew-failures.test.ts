// `renew` after failures: how long it waits, what overrides the wait, and what is said about it.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { freePort } from '@certward/testing';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
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
  requireSuccess(await sandbox.run(standalone(authority, 'a.test')));
});
afterEach(() => sandbox[Symbol.asyncDispose]());

const confPath = () => path.join(sandbox.config, 'renewal', 'a.test.conf');
const edit = (change: (text: string) => string) => writeFileSync(confPath(), change(readFileSync(confPath(), 'utf8')));
const renew = (...options: readonly string[]) => sandbox.run(['renew', '--no-random-sleep-on-renew', ...options]);

/** Due at any time, and answered on a port where the CA does not look. */
async function breakIt(): Promise<void> {
  const port = await freePort();
  edit((text) => `renew_before_expiry = 100 years\n${text.replace(/http01_port = \d+/, `http01_port = ${port}`)}`);
}
const mend = () => edit((text) => text.replace(/http01_port = \d+/, `http01_port = ${authority.httpPort}`));
const letTimePass = () => edit((text) => text.replace(/certward_failures = "?(\d+) \S+/, (_, count: string) => `certward_failures = ${count} 2020-01-01T00:00:00.000Z`));

test('a failure is noted, the next run waits and says until when, and goes on afterwards', async () => {
  await breakIt();
  const failed = await sandbox.json(['renew', '--no-random-sleep-on-renew']);
  expect(failed.code).toBe(1);
  const [first] = (failed.document.result?.['certificates'] ?? []) as { outcome: string; retryAt: string }[];
  expect(first).toMatchObject({ outcome: 'failed', retryAt: expect.stringMatching(/^\d{4}-/) });
  mend();
  const waiting = await renew();
  expect(waiting.code).toBe(0);
  expect(waiting.stdout).toContain('Certificate not renewed: waiting after a failed attempt\n');
  expect(waiting.stdout).toMatch(/The following certificates wait after failed renewals \(--force-renewal does not\):\n {2}\S+fullchain\.pem expires on \S+, next attempt from .+ on \(waiting\)\n/);
  expect(waiting.stdout).toContain('No renewals were attempted.');
  const { document } = await sandbox.json(['renew']);
  expect(document.result?.['certificates']).toMatchObject([{ outcome: 'skipped', decision: { due: false, reason: 'backingOff', dueAt: first?.retryAt } }]);
  letTimePass();
  const end = await renew();
  requireSuccess(end);
  expect(end.stdout).toContain('(success)');
});

test('the wait grows with each failure, and --force-renewal does not wait', async () => {
  await breakIt();
  await renew();
  expect((await renew('--force-renewal')).code).toBe(1);
  const { document } = await sandbox.json(['renew']);
  expect(document.result?.['certificates']).toMatchObject([{ decision: { reason: 'backingOff', explanation: expect.stringContaining('2 failed attempts') } }]);
  mend();
  requireSuccess(await renew('--force-renewal'));
});

test('a failure at one CA does not hold renewals at another back', async () => {
  await using other = await startAuthority({ validation: { httpPort: authority.httpPort } });
  await breakIt();
  await renew();
  mend();
  const roots = sandbox.write('both.pem', authority.ca.rootsPem + other.ca.rootsPem);
  const end = await sandbox.run(['renew', '--no-random-sleep-on-renew', '--agree-tos', '--server', other.directoryUrl], { env: { REQUESTS_CA_BUNDLE: roots } });
  requireSuccess(end);
  expect(end.stdout).toContain('(success)');
});

test('what fails before the CA is reached is tried again at once', async () => {
  await breakIt();
  edit((text) => text.replace('authenticator = standalone', 'authenticator = no-such'));
  expect((await renew()).code).toBe(1);
  expect(readFileSync(confPath(), 'utf8')).not.toContain('certward_failures');
});

test('a dry run neither waits nor notes', async () => {
  await breakIt();
  expect((await renew('--dry-run')).code).toBe(1);
  expect(readFileSync(confPath(), 'utf8')).not.toContain('certward_failures');
});
