// The challenge listeners as strangers on the internet meet them: no request reaches a file, nobody can hold the port.
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { type ChallengeToAnswer, createStandaloneAuthenticator, createTlsAlpnAuthenticator, type ListeningAuthenticator } from '@certward/engine';
import { waitUntil } from '@certward/testing';
import { afterEach, describe, expect, test } from 'vitest';

const opened: (() => Promise<unknown> | void)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

const challenge = (type: 'http-01' | 'tls-alpn-01'): ChallengeToAnswer => ({
  identifier: { type: 'dns', value: 'a.test' },
  wildcard: false,
  type,
  token: 'token-1',
  keyAuthorization: 'token-1.thumb',
  validation: 'token-1.thumb',
  recordName: '',
  accountUrl: 'https://ca.test/account/1',
});

async function listening(authenticator: ListeningAuthenticator, type: 'http-01' | 'tls-alpn-01'): Promise<number> {
  const one = challenge(type);
  const [handle = null] = await authenticator.plan([one]);
  await authenticator.present(one, handle);
  opened.push(() => authenticator.close());
  return authenticator.port ?? 0;
}

/** Sends bytes and reads to the end. */
function exchange(port: number, bytes: string): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes, 'latin1'));
    socket.setEncoding('latin1').on('data', (part: string) => (text += part));
    socket.on('error', () => undefined).on('close', () => resolve(text));
  });
}

function idleSocket(port: number): Socket {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  opened.push(() => void socket.destroy());
  return socket;
}

describe('standalone', () => {
  const prefix = '/.well-known/acme-challenge/';

  test.each([
    `${prefix}../../../../etc/passwd`,
    `${prefix}..%2f..%2f..%2fetc%2fpasswd`,
    `${prefix}..\\..\\etc\\passwd`,
    `${prefix}C:\\windows\\win.ini`,
    `${prefix}./token-1`,
    `${prefix}token-1/`,
    `${prefix}token-1%00`,
    `${prefix}TOKEN-1`,
    `/.well-known\\acme-challenge\\token-1`,
    `/x/..${prefix}token-1`,
    `http://a.test${prefix}token-1`,
    `${prefix}__proto__`,
    `${prefix}constructor`,
    prefix,
  ])('finds nothing under %s', async (path) => {
    const port = await listening(createStandaloneAuthenticator({ address: '127.0.0.1', port: 0 }), 'http-01');
    const answer = await exchange(port, `GET ${path} HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 40[04] /);
    expect(answer).not.toMatch(/root:|thumb/);
  });

  test.each(['\u0000\u0001\u0002\r\n\r\n', 'GET / HTTP/9.9\r\n\r\n', `GET / HTTP/1.1\r\n${'X: y\r\n'.repeat(5_000)}\r\n`, `GET /${'x'.repeat(20_000)} HTTP/1.1\r\n\r\n`, 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n', '\u0016\u0003\u0001\u0002\u0000'.repeat(10)])('survives %j', async (bytes) => {
    const port = await listening(createStandaloneAuthenticator({ address: '127.0.0.1', port: 0 }), 'http-01');
    const answer = exchange(port, bytes);
    // What waits for more bytes is ended by the deadline below; here only the next client counts.
    const next = await exchange(port, `GET ${prefix}token-1 HTTP/1.1\r\nHost: a.test\r\n\r\n`);
    expect(next).toContain('token-1.thumb');
    if (bytes.includes('\r\n\r\n') && !bytes.startsWith('POST')) expect(await answer).toMatch(/^HTTP\/1\.1 4\d\d /);
  });
});

describe('both listeners', () => {
  const kinds = [
    ['standalone', () => listening(createStandaloneAuthenticator({ address: '127.0.0.1', port: 0 }), 'http-01')],
    ['tls-alpn', () => listening(createTlsAlpnAuthenticator({ address: '127.0.0.1', port: 0 }), 'tls-alpn-01')],
  ] as const;

  test.each(kinds)('%s turns away connections beyond a few hundred', async (_, start) => {
    const port = await start();
    const sockets = Array.from({ length: 320 }, () => idleSocket(port));
    const alive = () => sockets.filter((socket) => !socket.destroyed && socket.readyState === 'open').length;
    await waitUntil(() => sockets.some((socket) => socket.closed), { what: 'the first connection turned away' });
    await waitUntil(() => alive() <= 256, { what: 'a cap of 256' });
    expect(alive()).toBeGreaterThan(0);
  });

  test('end connections that say nothing, and requests that never finish', async () => {
    const [http, tls] = [await kinds[0][1](), await kinds[1][1]()];
    const silent = [idleSocket(http), idleSocket(tls)];
    const slow = idleSocket(http);
    slow.write('GET / HTTP/1.1\r\nHost: a.test\r\nX-');
    const drip = setInterval(() => slow.destroyed || slow.write('x'), 500);
    opened.push(() => clearInterval(drip));
    const half = idleSocket(tls);
    half.write(Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01]));
    for (const socket of [...silent, slow, half]) socket.resume();
    const all = [...silent, slow, half];
    await waitUntil(() => all.every((socket) => socket.closed), { what: 'all four closed', timeoutMs: 16_000 });
    expect(all.map((socket) => socket.closed)).toEqual([true, true, true, true]);
  }, 25_000);

  test('tls-alpn shakes hands with nobody who asks for something else', async () => {
    const port = await kinds[1][1]();
    const attempt = (options: { readonly servername: string; readonly ALPNProtocols?: string[] }) =>
      new Promise<string>((resolve) => {
        const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false, ...options }, () => (resolve(`connected ${String(socket.alpnProtocol)}`), socket.destroy()));
        socket.on('error', () => resolve('refused'));
      });
    expect(await attempt({ servername: 'a.test', ALPNProtocols: ['acme-tls/1'] })).toBe('connected acme-tls/1');
    for (const servername of ['b.test', '../a.test', '__proto__', 'a.test.']) {
      const outcome = await attempt({ servername, ALPNProtocols: ['acme-tls/1'] });
      expect({ servername, outcome }).toEqual({ servername, outcome: servername === 'a.test.' ? outcome : 'refused' });
    }
    expect(await attempt({ servername: 'a.test', ALPNProtocols: ['http/1.1'] })).toBe('refused');
  });
});
