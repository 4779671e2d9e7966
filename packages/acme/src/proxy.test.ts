// The proxy of the environment, and requests through a real one on loopback.
import { createServer, request as httpRequest } from 'node:http';
import { type AddressInfo, connect } from 'node:net';

import { describe, expect, test } from 'vitest';

import { createHttpsTransport } from './https-transport.ts';
import { proxyFromEnvironment } from './proxy.ts';
import { startHttpServer } from './testing/http-server.ts';
import type { TransportRequest } from './transport.ts';

const request = (url: string, more: Partial<TransportRequest> = {}): TransportRequest => ({ method: 'GET', url, headers: { accept: '*/*' }, maxBytes: 1_000, timeoutMs: 5_000, ...more });

/** A forward proxy that notes what it is asked for; with `refuse` it opens no tunnel. */
async function startProxy({ refuse = false } = {}) {
  const asked: string[] = [];
  const sockets = new Set<{ destroy(): void }>();
  const server = createServer((incoming, answer) => {
    asked.push(`${incoming.method} ${incoming.url} ${incoming.headers['proxy-authorization'] ?? '-'}`);
    const onward = httpRequest(incoming.url ?? '', { method: incoming.method, headers: { host: incoming.headers.host } }, (response) => {
      answer.writeHead(response.statusCode ?? 500, { 'content-type': 'text/plain' });
      response.pipe(answer);
    });
    incoming.pipe(onward);
  });
  server.on('connection', (socket) => sockets.add(socket));
  server.on('connect', (incoming, socket) => {
    asked.push(`CONNECT ${incoming.url} ${incoming.headers['proxy-authorization'] ?? '-'}`);
    if (refuse) {
      socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
      return;
    }
    const [host = '', port = ''] = (incoming.url ?? '').split(':');
    const onward = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      socket.pipe(onward).pipe(socket);
    });
    sockets.add(onward);
    onward.on('error', () => socket.destroy());
    socket.on('error', () => onward.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    asked,
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

describe('createHttpsTransport behind a proxy', () => {
  test('speaks TLS with the server through one kept tunnel, and still verifies it', async () => {
    await using proxy = await startProxy();
    await using server = await startHttpServer(() => ({ status: 200, body: 'ok' }), { tls: true });
    const proxyFor = proxyFromEnvironment({ HTTPS_PROXY: `http://user:pa%20ss@${proxy.address}` });
    const transport = createHttpsTransport({ trustedCaPem: server.caPem, proxyFor });
    for (let count = 0; count < 3; count++) expect((await transport.send(request(`${server.origin}/a`), {})).status).toBe(200);
    await transport.close();
    expect(proxy.asked).toEqual([`CONNECT ${new URL(server.origin).host} Basic ${Buffer.from('user:pa ss').toString('base64')}`]);
    const stranger = createHttpsTransport({ proxyFor });
    await expect(stranger.send(request(server.origin), {})).rejects.toMatchObject({ code: 'network', hint: expect.stringContaining('unknown root') as string });
    await stranger.close();
  });

  test('hands plain http over as absolute urls', async () => {
    await using proxy = await startProxy();
    await using server = await startHttpServer(({ path }) => ({ status: 200, body: path }));
    const transport = createHttpsTransport({ proxyFor: proxyFromEnvironment({ http_proxy: proxy.address }) });
    const response = await transport.send(request(`${server.origin}/x?y=1`), {});
    await transport.close();
    expect(Buffer.from(response.body).toString()).toContain('/x?y=1');
    expect(proxy.asked).toEqual([`GET ${server.origin}/x?y=1 -`]);
  });

  test('says that the proxy refuses or is not there', async () => {
    await using proxy = await startProxy({ refuse: true });
    await using server = await startHttpServer(() => ({ status: 200 }), { tls: true });
    const refused = createHttpsTransport({ trustedCaPem: server.caPem, proxyFor: proxyFromEnvironment({ https_proxy: proxy.address }) });
    await expect(refused.send(request(server.origin), {})).rejects.toMatchObject({ requestMayHaveArrived: false, cause: { message: expect.stringContaining('http status 403') as string } });
    await refused.close();
    const nobody = createHttpsTransport({ proxyFor: proxyFromEnvironment({ https_proxy: '127.0.0.1:1' }) });
    await expect(nobody.send(request(server.origin), {})).rejects.toMatchObject({ code: 'network', requestMayHaveArrived: false });
    await nobody.close();
  });
});

describe('proxyFromEnvironment', () => {
  const choose = (environment: Record<string, string>, url: string) => proxyFromEnvironment(environment)?.(new URL(url))?.host;

  test.each([
    { name: 'nothing set', environment: {}, expected: undefined },
    { name: 'by scheme', environment: { HTTP_PROXY: 'http://h:1', HTTPS_PROXY: 'http://s:2' }, expected: 's:2' },
    { name: 'lower case wins', environment: { https_proxy: 'low:1', HTTPS_PROXY: 'up:1' }, expected: 'low:1' },
    { name: 'ALL_PROXY', environment: { ALL_PROXY: 'all:1' }, expected: 'all:1' },
    { name: 'an empty value means none', environment: { https_proxy: '', HTTPS_PROXY: 'up:1' }, expected: undefined },
  ])('$name', ({ environment, expected }) => expect(choose(environment as unknown as Record<string, string>, 'https://ca.example/dir')).toBe(expected));

  test.each([
    ['*', 'https://ca.example/', true],
    ['example', 'https://ca.example/', true],
    ['.example', 'https://ca.example/', true],
    ['*.example', 'https://ca.example/', true],
    ['other, ca.example', 'https://ca.example/', true],
    ['a.example', 'https://ca.example/', false],
    ['ca.example:14000', 'https://ca.example/', false],
    ['ca.example:443', 'https://ca.example/', true],
    ['::1', 'https://[::1]:14000/', true],
    ['[::1]:14000', 'https://[::1]:14000/', true],
    ['127.0.0.1', 'https://127.0.0.1:14000/', true],
  ])('NO_PROXY=%s and %s: %s', (exceptions, url, direct) => {
    expect(choose({ HTTPS_PROXY: 'p:1', NO_PROXY: exceptions }, url)).toBe(direct ? undefined : 'p:1');
  });

  test('HTTP_PROXY of a CGI request is not trusted, and other schemes are refused without showing the text', () => {
    expect(choose({ HTTP_PROXY: 'p:1', REQUEST_METHOD: 'GET' }, 'http://ca.example/')).toBeUndefined();
    expect(() => proxyFromEnvironment({ HTTPS_PROXY: 'socks5://user:secret@h' })).toThrow(expect.objectContaining({ code: 'urlRefused', message: expect.not.stringContaining('secret') as string }));
  });
});
