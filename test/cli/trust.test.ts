// Whom the command trusts when it speaks with a CA. The child's own platform roots are set through NODE_EXTRA_CA_CERTS.
import { createServerIdentity, type Pebble, startPebble } from '@certward/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createSandbox } from './support/sandbox.ts';

let pebble: Pebble;
beforeAll(async () => {
  pebble = await startPebble();
});
afterAll(() => pebble[Symbol.asyncDispose]());

const register = () => ['register', '-n', '--agree-tos', '--register-unsafely-without-email', '--server', pebble.directoryUrl];

test('trusts the roots of the platform and refuses a CA that they do not vouch for', async () => {
  await using sandbox = await createSandbox({ REQUESTS_CA_BUNDLE: undefined });
  const refused = await sandbox.run(register());
  expect(refused.code).toBe(1);
  expect(refused.stderr).toMatch(/could not reach|certificate/);
  const extraRoots = sandbox.write('platform.pem', pebble.trustedCaPem);
  const trusted = await sandbox.run(register(), { env: { NODE_EXTRA_CA_CERTS: extraRoots } });
  expect(trusted).toMatchObject({ code: 0 });
});

test('trusts REQUESTS_CA_BUNDLE in place of the roots of the platform, not beside them', async () => {
  await using sandbox = await createSandbox({ REQUESTS_CA_BUNDLE: undefined });
  const extraRoots = sandbox.write('platform.pem', pebble.trustedCaPem);
  const otherRoots = sandbox.write('other.pem', (await createServerIdentity()).trustedCaPem);
  const env = { NODE_EXTRA_CA_CERTS: extraRoots };
  expect((await sandbox.run(register(), { env: { ...env, REQUESTS_CA_BUNDLE: otherRoots } })).code).toBe(1);
  expect((await sandbox.run(register(), { env: { REQUESTS_CA_BUNDLE: extraRoots } })).code).toBe(0);
});
