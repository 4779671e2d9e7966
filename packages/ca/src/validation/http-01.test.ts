import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { createServer as createTcpServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { neverSignal } from '@certward/base';
import { createServerIdentity } from '@certward/testing';
import { afterEach, describe, expect, test } from 'vitest';
import { createNetworkValidator, type NetworkValidatorOptions } from './network-validator.ts';
import type { ValidationRequest } from './validator.ts';

const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

async function listen(server: Server, address = '127.0.0.1', port = 0): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, address, resolve);
  });
  open.push(() => new Promise((resolve) => server.close(resolve)));
  return (server.address() as AddressInfo).port;
}

const token = 'LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEuX0';
const keyAuthorization = `${token}.thumbprint`;

function validate(options: NetworkValidatorOptions, more: Partial<ValidationRequest> = {}): Promise<void> {
  const validator = createNetworkValidator({ hosts: { '*': ['127.0.0.1'] }, connectTimeoutMs: 500, ...options });
  return validator.validate(
    { type: 'http-01', identifier: { type: 'dns', value: 'www.a.test' }, wildcard: false, token, keyAuthorization, accountUrl: 'https://ca.test/a', ...more },
    { signal: neverSignal },
  );
}

async function serve(listener: RequestListener, address?: string): Promise<number> {
  return listen(createServer(listener), address);
}

describe('HTTP-01', () => {
  test('is proven by the key authorization at the well-known path, asked with the host name', async () => {
    const requests: IncomingMessage[] = [];
    const httpPort = await serve((request, response) => {
      requests.push(request);
      response.end(keyAuthorization);
    });
    await validate({ httpPort });
    expect(requests.map(({ headers, method, url }) => [method, url, headers.host])).toEqual([
      ['GET', `/.well-known/acme-challenge/${token}`, `www.a.test:${httpPort}`],
    ]);
    expect(requests[0]?.headers['user-agent']).toMatch(/^Certward-CA/);
  });

  test.each([`${keyAuthorization}\n`, `${keyAuthorization} \r\n\t`])('ignores white space at the end', async (body) => {
    await expect(validate({ httpPort: await serve((_, response) => response.end(body)) })).resolves.toBeUndefined();
  });

  test.each([
    { name: 'another body', answer: 'something else', problem: 'unauthorized' },
    { name: 'an empty body', answer: '', problem: 'unauthorized' },
    { name: 'white space in front', answer: ` ${keyAuthorization}`, problem: 'unauthorized' },
    { name: 'an endless body', answer: keyAuthorization.padEnd(1_000_000, 'x'), problem: 'unauthorized' },
    { name: 'control characters', answer: '\u001b[31m<script>', problem: 'unauthorized' },
  ])('is not proven by $name', async ({ answer, problem }) => {
    const httpPort = await serve((_, response) => response.end(answer));
    await expect(validate({ httpPort })).rejects.toMatchObject({ code: problem, message: expect.not.stringMatching(/[^\x20-\x7e]/) as string });
  });

  test.each([404, 500, 206])('is not proven by status %i', async (status) => {
    const httpPort = await serve((_, response) => response.writeHead(status).end(keyAuthorization));
    await expect(validate({ httpPort })).rejects.toMatchObject({ code: 'unauthorized' });
  });

  test.each([
    { name: 'a port where nobody listens', listener: undefined },
    { name: 'a host that closes the connection', listener: (socket: Socket) => socket.destroy() },
    { name: 'a host that speaks something else', listener: (socket: Socket) => socket.end('SSH-2.0-x\r\n') },
    { name: 'a host that says nothing', listener: () => {} },
  ])('reports $name as a connection problem', async ({ listener }) => {
    const server = createTcpServer((socket) => {
      socket.on('error', () => {});
      // Before the server, which closes only when its connections have.
      open.unshift(async () => socket.destroy());
      listener?.(socket);
    });
    const httpPort = await listen(server);
    if (listener === undefined) await new Promise((resolve) => server.close(resolve));
    await expect(validate({ httpPort })).rejects.toMatchObject({ code: 'connection' });
  });

  test('reports a name without addresses as a dns problem', async () => {
    await expect(validate({ hosts: { 'www.a.test': [] } })).rejects.toMatchObject({ code: 'dns' });
  });

  test('goes on to IPv4 when IPv6 does not connect, and not when it answers wrongly', async () => {
    const httpPort = await serve((_, response) => response.end(keyAuthorization));
    const hosts = { 'www.a.test': ['127.0.0.1', '::1'] };
    await validate({ httpPort, hosts });
    await listen(createServer((_, response) => response.end('wrong')), '::1', httpPort);
    await expect(validate({ httpPort, hosts })).rejects.toMatchObject({ code: 'unauthorized' });
  });

  test('goes on to the next address after a timeout to connect or to answer', async () => {
    const httpPort = await serve((_, response) => response.end(keyAuthorization));
    await listen(createTcpServer((socket) => void open.unshift(async () => socket.destroy())), '127.0.0.2', httpPort);
    await expect(validate({ httpPort, hosts: { 'www.a.test': ['127.0.0.2', '127.0.0.1'] } })).resolves.toBeUndefined();
  });

  test.each([
    { identifier: { type: 'ip' as const, value: '127.0.0.1' }, address: '127.0.0.1', host: '127.0.0.1' },
    { identifier: { type: 'ip' as const, value: '::1' }, address: '::1', host: '[::1]' },
  ])('asks an address $host without looking anything up', async ({ address, host, identifier }) => {
    let asked: string | undefined;
    const httpPort = await serve((request, response) => {
      asked = request.headers.host;
      response.end(keyAuthorization);
    }, address);
    await validate({ httpPort, hosts: {} }, { identifier });
    expect(asked).toBe(`${host}:${httpPort}`);
  });
});

describe('HTTP-01 follows redirects', () => {
  const redirecting = (location: (request: IncomingMessage) => string | undefined, status = 302): RequestListener => (request, response) => {
    const target = location(request);
    if (target === undefined) response.end(keyAuthorization);
    else response.writeHead(status, { location: target }).end();
  };

  test.each([301, 302, 303, 307, 308])('of status %i to another path and host', async (status) => {
    const hosts: (string | undefined)[] = [];
    const httpPort = await serve(
      redirecting((request) => {
        hosts.push(request.headers.host);
        return request.url === '/elsewhere?x=1' ? undefined : `http://other.test:${httpPort}/elsewhere?x=1`;
      }, status),
    );
    await validate({ httpPort });
    expect(hosts).toEqual([`www.a.test:${httpPort}`, `other.test:${httpPort}`]);
  });

  test('ten times, not eleven', async () => {
    let left = 10;
    const httpPort = await serve(redirecting(() => (left-- > 0 ? `/r${left}` : undefined)));
    await validate({ httpPort });
    left = 11;
    await expect(validate({ httpPort })).rejects.toMatchObject({ code: 'connection' });
  });

  test('to https without looking at the certificate', async () => {
    const identity = await createServerIdentity(['unrelated.test']);
    const tlsPort = await listen(createHttpsServer({ key: identity.keyPem, cert: identity.certificatePem }, (_, response) => response.end(keyAuthorization)));
    const httpPort = await serve(redirecting(() => `https://www.a.test:${tlsPort}/x`));
    await expect(validate({ httpPort, tlsPort })).resolves.toBeUndefined();
  });

  test.each([
    { name: 'another scheme', location: 'ftp://www.a.test/x' },
    { name: 'a script', location: 'javascript:alert(1)' },
    { name: 'another port', location: 'http://www.a.test:22/x' },
    { name: 'no URL', location: 'http://[' },
    { name: 'an address', location: 'http://127.0.0.1:PORT/x' },
    { name: 'an address in disguise', location: 'http://2130706433:PORT/x' },
    { name: 'a URL with credentials', location: 'http://user:pw@www.a.test:PORT/x' },
    { name: 'a host that is no proper name', location: 'http://*.a.test:PORT/x' },
    { name: 'a host with an empty label', location: 'http://a..test:PORT/x' },
  ])('but not to $name', async ({ location }) => {
    let requests = 0;
    const httpPort = await serve(
      redirecting(() => {
        requests++;
        return location.replace('PORT', String(httpPort));
      }),
    );
    await expect(validate({ httpPort })).rejects.toMatchObject({ code: 'connection' });
    expect(requests).toBe(1);
  });
});
