import { connect as connectTcp, createServer } from 'node:net';
import { once } from 'node:events';
import { connect, type ConnectionOptions, type PeerCertificate, type TLSSocket } from 'node:tls';
import { createHash } from 'node:crypto';
import { type Identifier, parseCertificate } from '@certward/pki';
import { afterEach, describe, expect, test } from 'vitest';
import type { ChallengeToAnswer } from '../ports.ts';
import { createTlsAlpnAuthenticator, serverNameOf } from './tls-alpn.ts';
import type { ListeningAuthenticator } from './standalone.ts';

const open: { close(): unknown }[] = [];

afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

function tlsAlpn(port = 0): ListeningAuthenticator {
  const authenticator = createTlsAlpnAuthenticator({ port });
  open.push(authenticator);
  return authenticator;
}

function challenge(identifier: Identifier, token = 'token-1'): ChallengeToAnswer {
  const keyAuthorization = `${token}.thumb`;
  return { identifier, wildcard: false, type: 'tls-alpn-01', token, keyAuthorization, validation: keyAuthorization, recordName: '', accountUrl: 'https://ca.test/1' };
}

async function present(authenticator: ListeningAuthenticator, one: ChallengeToAnswer) {
  const [planned = null] = await authenticator.plan([one]);
  return authenticator.present(one, planned);
}

/** One handshake as a CA makes it; resolves to what it saw. */
async function handshake(port: number | undefined, options: ConnectionOptions): Promise<{ protocol: string | false | null; certificate: PeerCertificate; data: string }> {
  const socket: TLSSocket = connect({ host: '127.0.0.1', port: port ?? 0, rejectUnauthorized: false, ALPNProtocols: ['acme-tls/1'], ...options });
  await new Promise<void>((resolve, reject) => {
    socket.once('secureConnect', resolve);
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('closed')));
  });
  const certificate = socket.getPeerCertificate();
  const protocol = socket.alpnProtocol;
  let data = '';
  socket.on('data', (more) => (data += String(more)));
  if (!socket.closed) await once(socket, 'close');
  return { protocol, certificate, data };
}

const dns = (value: string): Identifier => ({ type: 'dns', value });

describe('tls-alpn authenticator', () => {
  test('proves control with a certificate for the name that carries the digest, and sends no data', async () => {
    const authenticator = tlsAlpn();
    await present(authenticator, challenge(dns('a.test')));
    const validated = authenticator.whenValidated?.(challenge(dns('a.test')));
    const { protocol, certificate, data } = await handshake(authenticator.port, { servername: 'A.test' });
    expect({ protocol, data }).toEqual({ protocol: 'acme-tls/1', data: '' });
    const parsed = parseCertificate(certificate.raw);
    expect(parsed.identifiers).toEqual([dns('a.test')]);
    const digest = createHash('sha256').update('token-1.thumb').digest('hex');
    expect(Buffer.from(parsed.der).toString('hex')).toContain(digest);
    await validated;
  });

  test('answers for addresses under their reverse name, with or without its final dot', async () => {
    const authenticator = tlsAlpn();
    const address: Identifier = { type: 'ip', value: '127.0.0.1' };
    expect(serverNameOf(address)).toBe('1.0.0.127.in-addr.arpa');
    await present(authenticator, challenge(address));
    for (const servername of ['1.0.0.127.in-addr.arpa', '1.0.0.127.in-addr.arpa.']) {
      const { certificate } = await handshake(authenticator.port, { servername });
      expect(parseCertificate(certificate.raw).identifiers).toEqual([address]);
    }
    expect(serverNameOf({ type: 'ip', value: '::1' })).toMatch(/^1(\.0){31}\.ip6\.arpa$/);
  });

  test('serves several names at once, each its own certificate', async () => {
    const authenticator = tlsAlpn();
    await Promise.all(['a.test', 'b.test'].map((name, index) => present(authenticator, challenge(dns(name), `token-${index}`))));
    for (const servername of ['a.test', 'b.test']) {
      const { certificate } = await handshake(authenticator.port, { servername });
      expect(parseCertificate(certificate.raw).identifiers).toEqual([dns(servername)]);
    }
  });

  test.each<{ name: string; options: ConnectionOptions }>([
    { name: 'another protocol', options: { servername: 'a.test', ALPNProtocols: ['h2', 'http/1.1'] } },
    { name: 'no protocol', options: { servername: 'a.test', ALPNProtocols: [] } },
    { name: 'an unknown name', options: { servername: 'b.test' } },
    { name: 'no name', options: { servername: '' } },
    { name: 'an old TLS version', options: { servername: 'a.test', maxVersion: 'TLSv1.1', minVersion: 'TLSv1' } },
  ])('proves nothing for $name', async ({ options }) => {
    const authenticator = tlsAlpn();
    await present(authenticator, challenge(dns('a.test')));
    const seen = await handshake(authenticator.port, options).catch(() => undefined);
    expect(seen?.protocol === 'acme-tls/1').toBe(false);
    expect(seen?.data ?? '').toBe('');
  });

  test('closes the port with the last clean-up, also under half-open handshakes', async () => {
    const authenticator = tlsAlpn();
    const handle = await present(authenticator, challenge(dns('a.test')));
    const idle = connectTcp({ host: '127.0.0.1', port: authenticator.port ?? 0 });
    idle.on('error', () => undefined);
    await once(idle, 'connect');
    await Promise.all([once(idle, 'close'), authenticator.cleanUp(handle)]);
    expect(authenticator.port).toBeUndefined();
    await authenticator.cleanUp(handle);
  });

  test('names the taken port and the remedy', async () => {
    const server = createServer();
    server.listen(0);
    await once(server, 'listening');
    open.push(server);
    const { port } = server.address() as { port: number };
    await expect(present(tlsAlpn(port), challenge(dns('a.test')))).rejects.toMatchObject({ code: 'portInUse', hint: expect.stringContaining('--tls-alpn-01-port') as unknown });
  });

  test('lets a second issuance of the same name come back later', async () => {
    const authenticator = tlsAlpn();
    await present(authenticator, challenge(dns('a.test')));
    await expect(present(authenticator, challenge(dns('a.test'), 'token-2'))).rejects.toMatchObject({ code: 'challengeConflict', retry: { afterSeconds: 60 } });
    await present(authenticator, challenge(dns('a.test')));
  });

  test('cannot answer for a wildcard', () => {
    expect(tlsAlpn().challengeTypes(dns('a.test'), { wildcard: true })).toEqual([]);
  });
});
