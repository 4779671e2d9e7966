import { createHash, type KeyObject } from 'node:crypto';
import { createServer as createTcpServer, type AddressInfo } from 'node:net';
import { createServer, type TlsOptions } from 'node:tls';
import { neverSignal } from '@certward/base';
import { type Certificate, createAcmeTlsAlpnCertificate, createCertificate, generatePrivateKey, type Identifier, parseCertificate, privateKeyToPem } from '@certward/pki';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createNetworkValidator } from './network-validator.ts';

const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

const keyAuthorization = 'token.thumbprint';
const name: Identifier = { type: 'dns', value: 'www.a.test' };
const now = new Date('2026-11-20T12:00:00Z');
let key: KeyObject;
beforeAll(async () => {
  key = await generatePrivateKey({ type: 'ecdsa', curve: 'P-256' });
});

interface Shown {
  readonly certificate: Certificate;
  readonly options?: TlsOptions;
  readonly address?: string;
}

/** Serves one certificate under acme-tls/1; resolves to its port and the server names it was asked for. */
async function show({ address = '127.0.0.1', certificate, options = {} }: Shown): Promise<{ readonly tlsPort: number; readonly names: string[] }> {
  const names: string[] = [];
  const server = createServer({
    key: privateKeyToPem(key),
    cert: certificate.pem,
    ALPNProtocols: ['acme-tls/1'],
    SNICallback: (serverName, done) => {
      names.push(serverName);
      done(null);
    },
    ...options,
  });
  server.on('tlsClientError', () => {});
  await new Promise<void>((resolve) => server.listen(0, address, resolve));
  open.push(() => new Promise((resolve) => server.close(resolve)));
  return { tlsPort: (server.address() as AddressInfo).port, names };
}

function validate(tlsPort: number, identifier = name): Promise<void> {
  const validator = createNetworkValidator({ tlsPort, hosts: { '*': ['127.0.0.1'] }, connectTimeoutMs: 1_000 });
  return validator.validate(
    { type: 'tls-alpn-01', identifier, wildcard: false, token: 'token', keyAuthorization, accountUrl: 'https://ca.test/a' },
    { signal: neverSignal },
  );
}

const proper = (identifier = name) => createAcmeTlsAlpnCertificate({ key, identifier, keyAuthorization, now });

/** Like a challenge certificate, but different in one point. */
function improper(more: Partial<Parameters<typeof createCertificate>[0]>): Certificate {
  return createCertificate({
    subjectPublicKey: key,
    issuer: 'self',
    identifiers: [name],
    serialBytes: Uint8Array.of(1),
    notBefore: now,
    notAfter: now,
    acmeTlsAlpnDigest: new Uint8Array(createHash('sha256').update(keyAuthorization).digest()),
    ...more,
  });
}

describe('TLS-ALPN-01', () => {
  test('is proven by the challenge certificate under acme-tls/1, asked for by name', async () => {
    const { names, tlsPort } = await show({ certificate: proper() });
    await validate(tlsPort);
    expect(names).toEqual(['www.a.test']);
  });

  test.each([
    { identifier: { type: 'ip' as const, value: '127.0.0.1' }, serverName: '1.0.0.127.in-addr.arpa' },
    { identifier: { type: 'ip' as const, value: '::1' }, serverName: `1.${'0.'.repeat(31)}ip6.arpa` },
  ])('asks the address $identifier.value by its reverse name', async ({ identifier, serverName }) => {
    const { names, tlsPort } = await show({ certificate: proper(identifier), address: identifier.value });
    await validate(tlsPort, identifier);
    expect(names).toEqual([serverName]);
  });

  test.each<{ name: string; make: () => Certificate; says: RegExp }>([
    { name: 'another name', make: () => proper({ type: 'dns', value: 'b.test' }), says: /is not for "www.a.test"/ },
    { name: 'two names', make: () => improper({ identifiers: [name, { type: 'dns', value: 'b.test' }] }), says: /exactly one subject alternative name/ },
    { name: 'no name', make: () => improper({ identifiers: [], subject: { commonName: 'www.a.test' } }), says: /exactly one subject alternative name/ },
    { name: 'no extension', make: () => improper({ acmeTlsAlpnDigest: undefined }), says: /acmeIdentifier extension once/ },
    { name: 'another digest', make: () => improper({ acmeTlsAlpnDigest: new Uint8Array(32) }), says: /does not hold the digest/ },
    { name: 'a digest that is too short', make: () => improper({ acmeTlsAlpnDigest: new Uint8Array(3) }), says: /does not hold the digest/ },
  ])('is not proven by a certificate with $name', async ({ make, says }) => {
    const { tlsPort } = await show({ certificate: make() });
    await expect(validate(tlsPort)).rejects.toMatchObject({ code: 'unauthorized', message: says });
  });

  test('is not proven by an extension that is not critical', async () => {
    const certificate = proper();
    const der = Buffer.from(certificate.der);
    // 06 08 <oid> 01 01 FF: turn the boolean's tag and value into a harmless FALSE.
    const at = der.indexOf(Buffer.from('06082b0601050507011f0101ff', 'hex'));
    expect(at).toBeGreaterThan(0);
    der[at + 12] = 0x00;
    const { tlsPort } = await show({ certificate: parseCertificate(der) });
    await expect(validate(tlsPort)).rejects.toMatchObject({ code: 'unauthorized', message: /critical|malformed/ });
  });

  test('is not proven by a host that does not speak acme-tls/1', async () => {
    const { tlsPort } = await show({ certificate: proper(), options: { ALPNProtocols: undefined } });
    await expect(validate(tlsPort)).rejects.toMatchObject({ code: expect.stringMatching(/unauthorized|tls/) as string });
    const other = await show({ certificate: proper(), options: { ALPNProtocols: ['h2'] } });
    await expect(validate(other.tlsPort)).rejects.toMatchObject({ code: expect.stringMatching(/unauthorized|tls/) as string });
  });

  test('is not proven over TLS before 1.2', async () => {
    const { tlsPort } = await show({ certificate: proper(), options: { maxVersion: 'TLSv1.1', minVersion: 'TLSv1' } });
    await expect(validate(tlsPort)).rejects.toMatchObject({ code: 'tls' });
  });

  test('reports a closed port as a connection problem and a host that hangs up as tls', async () => {
    const server = createTcpServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    await expect(validate(port)).rejects.toMatchObject({ code: 'tls' });
    await new Promise((resolve) => server.close(resolve));
    await expect(validate(port)).rejects.toMatchObject({ code: 'connection' });
  });
});
