// What the command asks on the network, and that it asks nothing else: the CA by https, nobody whom a certificate names.
import { mkdirSync } from 'node:fs';
import { openLineageStore } from '@certward/engine';
import { createCertificate, generatePrivateKey, privateKeyToPem } from '@certward/pki';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startHttpServer, type TestServer } from '../../packages/acme/src/testing/http-server.ts';
import { createSandbox, type Sandbox } from '../cli/support/sandbox.ts';

let sandbox: Sandbox;
let trap: TestServer;
let visits: string[];
beforeEach(async () => {
  sandbox = await createSandbox();
  visits = [];
  trap = await startHttpServer(({ method, path }) => {
    visits.push(`${method} ${path}`);
    return { status: 200, body: {} };
  });
});
afterEach(async () => {
  await trap[Symbol.asyncDispose]();
  await sandbox[Symbol.asyncDispose]();
});

test('the revocation lists and other addresses that a certificate names are not fetched', async () => {
  const key = await generatePrivateKey({ type: 'ecdsa', curve: 'P-256' });
  const certificate = createCertificate({ subjectPublicKey: key, issuer: 'self', identifiers: [{ type: 'dns', value: 'a.test' }], serialBytes: Uint8Array.of(5), notBefore: new Date('2026-01-01T00:00:00Z'), notAfter: new Date('2126-01-01T00:00:00Z'), crlUrl: `${trap.origin}/crl` });
  expect(certificate.crlUrls).toEqual([`${trap.origin}/crl`]);
  mkdirSync(sandbox.config);
  const params = new Map([['server', 'https://127.0.0.1:1/directory'], ['authenticator', 'standalone'], ['key_type', 'ecdsa']]);
  await openLineageStore({ configDir: sandbox.config }).create({ name: 'a.test', fullchainPem: certificate.pem, privateKeyPem: privateKeyToPem(key), params });
  for (const words of [['certificates'], ['renew'], ['delete', '-n', '--cert-name', 'a.test']]) {
    const end = await sandbox.run(words);
    expect({ words, code: end.code }).toEqual({ words, code: 0 });
  }
  expect(visits).toEqual([]);
});

describe('a ca over plain http', () => {
  test.each(['http://ca.example/directory', 'http://127.0.0.1.example/directory', 'http://localhost.example/directory', 'http://127.0.0.1@ca.example/directory', 'ftp://127.0.0.1/', 'file:///etc/passwd', 'https://user:pw@ca.example/directory'])('is refused at %s before anything is asked', async (url) => {
    const end = await sandbox.run(['register', '-n', '--agree-tos', '--server', url]);
    expect(end.code).toBe(1);
    expect(end.stderr).toMatch(/is not https|is not the URL of an ACME directory|carries credentials/);
  });

  test('is taken on this machine only, where nobody can listen in between', async () => {
    await sandbox.run(['register', '-n', '--agree-tos', '--server', `${trap.origin}/directory`]);
    expect(visits).toEqual(['GET /directory']);
  });
});

describe('trust fails closed', () => {
  test.each([
    ['an empty file', ''],
    ['no certificates', 'hello\n'],
    ['a broken certificate', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'],
  ])('where the roots to trust are %s', async (_, content) => {
    await using ca = await startHttpServer(() => {
      visits.push('asked');
      return { status: 200, body: {} };
    }, { tls: true });
    const end = await sandbox.run(['register', '-n', '--agree-tos', '--server', `${ca.origin}/directory`], { env: { REQUESTS_CA_BUNDLE: sandbox.write('roots.pem', content) } });
    expect(end.code).toBe(1);
    expect(visits).toEqual([]);
  });
});
