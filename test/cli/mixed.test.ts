// Names of one certificate that are proved in different ways: --authenticator-map.
import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
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
});
afterEach(() => sandbox[Symbol.asyncDispose]());

const conf = () => readFileSync(path.join(sandbox.config, 'renewal', 'a.test.conf'), 'utf8');
const mixed = (...map: readonly string[]) => [...standalone(authority, 'a.test', 'b.test'), '--tls-alpn-01-port', String(authority.tlsPort), '--tls-alpn-01-address', '127.0.0.1', ...map.flatMap((one) => ['--authenticator-map', one])];

test('one name by TLS-ALPN-01, the other by HTTP-01; stored, renewed, and tolerated by Certbot', async () => {
  const end = await sandbox.run([...mixed('b.test=tls-alpn'), '-v']);
  requireSuccess(end);
  expect(end.stderr).toContain('Performing the http-01 challenge for a.test');
  expect(end.stderr).toContain('Performing the tls-alpn-01 challenge for b.test');
  expect(conf()).toContain('authenticator_map = b.test=tls-alpn,');
  const renewed = await sandbox.run(['renew', '-v', '--force-renewal', '--no-random-sleep-on-renew']);
  requireSuccess(renewed);
  expect(renewed.stderr).toContain('Performing the tls-alpn-01 challenge for b.test');
  expect((await sandbox.certbot(['certificates'])).stdout).toContain('Certificate Name: a.test\n');
});

test('webroot for some names keeps its map', async () => {
  mkdirSync(sandbox.join('www'));
  await sandbox.run([...mixed('b.test=webroot'), '-w', sandbox.join('www'), '--dry-run']);
  const end = await sandbox.run([...mixed('a.test=tls-alpn', 'b.test=tls-alpn')]);
  requireSuccess(end);
  expect(conf()).toContain('authenticator_map = a.test=tls-alpn, b.test=tls-alpn');
});

test.each([
  ['b.test', 'is not a name and an authenticator'],
  ['b.test=', 'is not a name and an authenticator'],
  ['b.test=nonsense', 'The requested nonsense plugin does not appear to be installed'],
  ['c.test=tls-alpn', '"c.test", which is none of the names'],
])('refuses %s', async (entry, message) => {
  const end = await sandbox.run(mixed(entry));
  expect(end.code).toBe(1);
  expect(end.stderr).toContain(message);
});
