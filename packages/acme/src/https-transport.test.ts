// The real transport against a real loopback server: connections, TLS, limits, broken answers.
import { describe, expect, test } from 'vitest';

import { createHttpsTransport } from './https-transport.ts';
import { type Incoming, type Reaction, startHttpServer } from './testing/http-server.ts';
import type { TransportRequest } from './transport.ts';

const request = (url: string, more: Partial<TransportRequest> = {}): TransportRequest => ({ method: 'GET', url, headers: { accept: '*/*' }, maxBytes: 1_000, timeoutMs: 5_000, ...more });

async function serve(react: (incoming: Incoming) => Reaction, options: { tls?: boolean } = {}) {
  return await startHttpServer(react, options);
}

describe('createHttpsTransport', () => {
  test('keeps one connection for requests in a row, and sends Content-Length', async () => {
    const seen: Incoming[] = [];
    await using server = await serve((incoming) => (seen.push(incoming), { status: 200, body: 'ok' }), { tls: true });
    const transport = createHttpsTransport({ trustedCaPem: server.caPem });
    for (let index = 0; index < 3; index++) {
      const response = await transport.send(request(`${server.origin}/a`, { method: 'POST', body: 'grüße' }), {});
      expect(Buffer.from(response.body).toString()).toBe('ok');
    }
    await transport.close();
    expect(server.connections()).toBe(1);
    expect(seen[0]?.headers).toMatchObject({ 'content-length': '7', accept: '*/*' });
    expect(seen[0]?.headers['transfer-encoding']).toBeUndefined();
    expect(seen[0]?.headers['accept-encoding']).toBeUndefined();
  });

  test('opens no more connections than allowed', async () => {
    await using server = await serve(() => ({ status: 200 }));
    const transport = createHttpsTransport({ connections: 3 });
    await Promise.all(Array.from({ length: 20 }, () => transport.send(request(`${server.origin}/a`), {})));
    await transport.close();
    expect(server.connections()).toBeLessThanOrEqual(3);
  });

  test('refuses a server from an unknown root, before the request goes out', async () => {
    let count = 0;
    await using server = await serve(() => (count++, { status: 200 }), { tls: true });
    await using other = await serve(() => ({ status: 200 }), { tls: true });
    for (const transport of [createHttpsTransport(), createHttpsTransport({ trustedCaPem: other.caPem })]) {
      await expect(transport.send(request(server.origin), {})).rejects.toMatchObject({ code: 'network', requestMayHaveArrived: false, hint: expect.stringContaining('unknown root') as string });
      await transport.close();
    }
    expect(count).toBe(0);
    const careless = createHttpsTransport({ verifyTls: false });
    expect(await careless.send(request(server.origin), {})).toMatchObject({ status: 200 });
    await careless.close();
  });

  test('says that nothing arrived when nobody listens', async () => {
    const server = await serve(() => ({ status: 200 }));
    await server[Symbol.asyncDispose]();
    await expect(createHttpsTransport().send(request(server.origin), {})).rejects.toMatchObject({ code: 'network', requestMayHaveArrived: false, details: { reason: 'ECONNREFUSED' }, hint: expect.stringContaining('nothing listens') as string });
  });

  test.each<{ name: string; reaction: Reaction; more?: Partial<TransportRequest>; expected: object }>([
    { name: 'hanging up without an answer', reaction: 'hangUp', expected: { code: 'network', requestMayHaveArrived: true } },
    { name: 'an answer cut short', reaction: { status: 201, headers: { location: 'https://ca.example/1' }, body: 'x'.repeat(100), cutAfter: 10 }, expected: { code: 'network', partial: { status: 201, headers: { location: 'https://ca.example/1' } } } },
    { name: 'too long an answer', reaction: { status: 200, body: 'x'.repeat(5_000) }, expected: { code: 'responseTooLarge' } },
    { name: 'no answer at all', reaction: 'silence', more: { timeoutMs: 150 }, expected: { code: 'network', cause: { code: 'timeout' } } },
    { name: 'an answer that drips', reaction: { status: 200, body: 'x'.repeat(900), dripMs: 20 }, more: { timeoutMs: 200 }, expected: { code: 'network', cause: { code: 'timeout' }, partial: { status: 200 } } },
  ])('rejects $name', async ({ reaction, more, expected }) => {
    await using server = await serve(() => reaction);
    const transport = createHttpsTransport();
    await expect(transport.send(request(server.origin, more), {})).rejects.toMatchObject(expected);
    await transport.close();
  });

  test('gives an idle connection up', async () => {
    await using server = await serve(() => 'silence');
    const transport = createHttpsTransport({ idleTimeoutMs: 100 });
    await expect(transport.send(request(server.origin), {})).rejects.toMatchObject({ code: 'network', requestMayHaveArrived: true });
    await transport.close();
  });

  test('rejects with the reason of its signal', async () => {
    await using server = await serve(() => 'silence');
    const transport = createHttpsTransport();
    const controller = new AbortController();
    const reason = new Error('enough');
    const sending = transport.send(request(server.origin), { signal: controller.signal });
    setTimeout(() => controller.abort(reason), 50);
    await expect(sending).rejects.toBe(reason);
    await expect(transport.send(request(server.origin), { signal: controller.signal })).rejects.toBe(reason);
    await transport.close();
  });
});
