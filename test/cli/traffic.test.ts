// What goes to the CA: how many requests, what the log shows of them, and through which proxy.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import path from 'node:path';
import { Secret } from '@certward/base';
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

const log = () => readFileSync(path.join(sandbox.logs, 'letsencrypt.log'), 'utf8');

test('a certificate takes at most eight requests once the directory is known', async () => {
  requireSuccess(await sandbox.run(standalone(authority, 'a.test')));
  const before = log().length;
  requireSuccess(await sandbox.run(standalone(authority, 'b.test')));
  const requests = log().slice(before).match(/:DEBUG:certward:request .*/g) ?? [];
  expect(requests.length).toBeGreaterThan(4);
  expect(requests.length).toBeLessThanOrEqual(8);
});

test('the log shows orders and answers, and neither signatures nor the MAC of a binding', async () => {
  const hmacKey = Buffer.alloc(32, 7).toString('base64url');
  await using strict = await startAuthority({ eabKeys: { 'kid-1': new Secret(hmacKey) } });
  const root = sandbox.write('strict.pem', strict.ca.rootsPem);
  const end = await sandbox.run([...standalone(strict, 'a.test'), '--eab-kid', 'kid-1', '--eab-hmac-key', hmacKey], { env: { REQUESTS_CA_BUNDLE: root } });
  requireSuccess(end);
  expect(log()).toContain('"payload":{"identifiers":[{"type":"dns","value":"a.test"}]');
  expect(log()).toMatch(/:DEBUG:certward:answer .*"status":201/);
  expect(log()).toContain('"externalAccountBinding":{');
  expect(log()).not.toContain(hmacKey);
  expect(log()).not.toMatch(/"signature":"(?!\[removed\])/);
  expect(log()).not.toContain('PRIVATE KEY');
});

test('HTTPS_PROXY carries everything to the CA, NO_PROXY nothing', async () => {
  const asked: string[] = [];
  const sockets = new Set<Socket>();
  const proxy = createServer();
  proxy.on('connect', (request, socket) => {
    asked.push(request.url ?? '');
    const [host = '', port = ''] = (request.url ?? '').split(':');
    const onward = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      socket.pipe(onward).pipe(socket);
    });
    sockets.add(onward);
    onward.on('error', () => socket.destroy());
    socket.on('error', () => onward.destroy());
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const address = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  try {
    requireSuccess(await sandbox.run(standalone(authority, 'a.test'), { env: { HTTPS_PROXY: address } }));
    expect(new Set(asked)).toEqual(new Set([new URL(authority.directoryUrl).host]));
    asked.length = 0;
    requireSuccess(await sandbox.run(standalone(authority, 'b.test'), { env: { HTTPS_PROXY: address, NO_PROXY: '127.0.0.1,localhost' } }));
    expect(asked).toEqual([]);
  } finally {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => proxy.close(resolve));
  }
});
