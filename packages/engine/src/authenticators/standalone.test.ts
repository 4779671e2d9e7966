import { readFileSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { request } from 'node:http';
import { once } from 'node:events';
import { afterEach, describe, expect, test } from 'vitest';
import type { ChallengeToAnswer } from '../ports.ts';
import { explainRefusal } from './listen.ts';
import { createStandaloneAuthenticator, type ListeningAuthenticator, type StandaloneOptions } from './standalone.ts';

const open: { close(): unknown }[] = [];

afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

/** Only root can play somebody without rights, and only where low ports are protected. */
const isRoot = process.getuid?.() === 0 && Number(readFileSync('/proc/sys/net/ipv4/ip_unprivileged_port_start', 'utf8')) > 80;

async function asNobody<T>(work: () => Promise<T>): Promise<T> {
  process.seteuid?.(65_534);
  try {
    return await work();
  } finally {
    process.seteuid?.(0);
  }
}

function standalone(options: StandaloneOptions = {}): ListeningAuthenticator {
  const authenticator = createStandaloneAuthenticator({ port: 0, ...options });
  open.push(authenticator);
  return authenticator;
}

function challenge(token: string, keyAuthorization = `${token}.thumb`): ChallengeToAnswer {
  return {
    identifier: { type: 'dns', value: 'a.test' },
    wildcard: false,
    type: 'http-01',
    token,
    keyAuthorization,
    validation: keyAuthorization,
    recordName: '',
    accountUrl: 'https://ca.test/account/1',
  };
}

async function present(authenticator: ListeningAuthenticator, token: string) {
  const [planned = null] = await authenticator.plan([challenge(token)]);
  return authenticator.present(challenge(token), planned);
}

function get(port: number | undefined, path: string, options: { host?: string; method?: string } = {}) {
  return new Promise<{ status: number | undefined; body: string }>((resolve, reject) => {
    const { host = '127.0.0.1', method = 'GET' } = options;
    request({ host, port, path, method, agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (text: string) => (body += text));
      response.on('end', () => resolve({ status: response.statusCode, body }));
    })
      .on('error', reject)
      .end();
  });
}

async function occupy(host: string, port = 0): Promise<{ server: Server; port: number }> {
  const server = createServer();
  server.listen({ host, port });
  await once(server, 'listening');
  open.push(server);
  const address = server.address();
  return { server, port: typeof address === 'object' && address !== null ? address.port : 0 };
}

describe('standalone authenticator', () => {
  test('serves the key authorization over IPv4 and IPv6 to any host', async () => {
    const authenticator = standalone();
    await present(authenticator, 'token-1');
    for (const host of ['127.0.0.1', '::1']) {
      expect(await get(authenticator.port, '/.well-known/acme-challenge/token-1', { host })).toEqual({ status: 200, body: 'token-1.thumb' });
    }
  });

  test('answers the root with a short text and everything else with 404', async () => {
    const authenticator = standalone();
    await present(authenticator, 'token-1');
    expect((await get(authenticator.port, '/')).status).toBe(200);
    const paths = ['/.well-known/acme-challenge/', '/.well-known/acme-challenge/other', '/.well-known/acme-challenge/../token-1', '/token-1', '/.well-known/acme-challenge/__proto__'];
    for (const path of paths) expect((await get(authenticator.port, path)).status).toBe(404);
    expect((await get(authenticator.port, '/', { method: 'POST' })).status).toBe(405);
  });

  test('binds the one address that was asked for', async () => {
    const authenticator = standalone({ address: '127.0.0.1' });
    await present(authenticator, 'token-1');
    await expect(get(authenticator.port, '/', { host: '::1' })).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  test('closes the port with the last clean-up, also when clients keep connections open, and opens it again', async () => {
    const authenticator = standalone();
    const first = await present(authenticator, 'token-1');
    const second = await present(authenticator, 'token-2');
    const port = authenticator.port ?? 0;
    const idle = connect({ host: '127.0.0.1', port });
    await once(idle, 'connect');
    idle.on('error', () => undefined);
    await authenticator.cleanUp(first);
    expect((await get(port, '/.well-known/acme-challenge/token-1')).status).toBe(404);
    expect((await get(port, '/.well-known/acme-challenge/token-2')).status).toBe(200);
    await Promise.all([once(idle, 'close'), authenticator.cleanUp(second)]);
    await expect(get(port, '/')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await present(authenticator, 'token-3');
    expect((await get(authenticator.port, '/.well-known/acme-challenge/token-3')).body).toBe('token-3.thumb');
  });

  test('keeps a token that two issuances present until both have cleaned up, however often one does', async () => {
    const authenticator = standalone();
    const first = await present(authenticator, 'shared');
    const second = await present(authenticator, 'shared');
    await authenticator.present(challenge('shared'), first);
    await authenticator.cleanUp(first);
    await authenticator.cleanUp(first);
    expect((await get(authenticator.port, '/.well-known/acme-challenge/shared')).status).toBe(200);
    await authenticator.cleanUp(second);
    expect(authenticator.port).toBeUndefined();
  });

  test('tells when the certificate authority has fetched the file', async () => {
    const authenticator = standalone();
    await present(authenticator, 'token-1');
    const validated = authenticator.whenValidated?.(challenge('token-1'));
    await get(authenticator.port, '/.well-known/acme-challenge/token-1');
    await expect(validated).resolves.toBeUndefined();
  });

  test('names the taken port, who holds it and the remedy', async () => {
    const { port } = await occupy('::');
    const error: unknown = await present(standalone({ port }), 'token-1').catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'portInUse' });
    expect((error as Error).message).toMatch(new RegExp(`^port ${port} is in use by .+ \\(process ${process.pid}\\)$`));
    expect((error as { hint?: string }).hint).toContain('--http-01-port');
  });

  test('is content with IPv4 when only the IPv6 side of the port is taken', async () => {
    const server = createServer();
    server.listen({ host: '::', port: 0, ipv6Only: true });
    await once(server, 'listening');
    open.push(server);
    const { port } = server.address() as { port: number };
    const authenticator = standalone({ port });
    await present(authenticator, 'token-1');
    expect((await get(port, '/.well-known/acme-challenge/token-1')).status).toBe(200);
  });

  test('says what to do about a forbidden port and a foreign address', async () => {
    const target = { port: 80, portOption: '--http-01-port', publicPort: 80 };
    const forbidden = await explainRefusal(Object.assign(new Error('listen EACCES'), { code: 'EACCES' }), target);
    expect(forbidden).toMatchObject({ code: 'portForbidden', message: 'no permission to listen on port 80' });
    await expect(present(standalone({ address: '192.0.2.1' }), 'token-1')).rejects.toMatchObject({ code: 'addressUnavailable' });
  });

  // Needs root: other owners, mounts or another user. The test-bed runs as root.
  test.runIf(isRoot)('says so when it runs without the right to listen on port 80', async () => {
    const error: unknown = await asNobody(() => present(standalone({ port: 80, address: '127.0.0.1' }), 'token-1')).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'portForbidden', hint: expect.stringContaining('CAP_NET_BIND_SERVICE') as unknown });
  });

  test('can be presented again after a refusal', async () => {
    const { server, port } = await occupy('::');
    const authenticator = standalone({ port });
    await expect(present(authenticator, 'token-1')).rejects.toMatchObject({ code: 'portInUse' });
    server.close();
    await once(server, 'close');
    await present(authenticator, 'token-1');
    expect((await get(port, '/.well-known/acme-challenge/token-1')).status).toBe(200);
  });

  test('refuses a second key authorization under the same token, and tokens that are not base64url', async () => {
    const authenticator = standalone();
    await present(authenticator, 'token-1');
    const other = challenge('token-1', 'token-1.other');
    const [planned = null] = await authenticator.plan([other]);
    await expect(authenticator.present(other, planned)).rejects.toMatchObject({ code: 'challengeConflict' });
    await expect(authenticator.plan([challenge('../etc/passwd')])).rejects.toMatchObject({ code: 'tokenInvalid' });
  });

  test('cannot answer for a wildcard', () => {
    expect(standalone().challengeTypes({ type: 'dns', value: 'a.test' }, { wildcard: true })).toEqual([]);
  });

  test('turns oversized and malformed requests away', async () => {
    const authenticator = standalone();
    await present(authenticator, 'token-1');
    for (const text of [`GET /${'a'.repeat(20_000)} HTTP/1.1\r\n\r\n`, 'garbage\r\n\r\n']) {
      const socket = connect({ host: '127.0.0.1', port: authenticator.port ?? 0 });
      socket.on('error', () => undefined);
      socket.setEncoding('utf8');
      let reply = '';
      socket.on('data', (more: string) => (reply += more));
      socket.write(text);
      await once(socket, 'close');
      expect(reply).toMatch(/^(HTTP\/1\.1 4\d\d|$)/);
    }
  });
});
