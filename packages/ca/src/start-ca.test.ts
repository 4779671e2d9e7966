import { once } from 'node:events';
import { stat } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { request as requestHttps } from 'node:https';
import { createServer as createTcpServer, type AddressInfo, type Socket } from 'node:net';
import { connect } from 'node:tls';
import { Secret } from '@certward/base';
import { parseCertificateChain, verifySignature } from '@certward/pki';
import { createFakeClock, temporaryFolder, waitUntil } from '@certward/testing';
import { afterEach, describe, expect, test } from 'vitest';
import type { CaRequest, CaResponse } from './handler/exchange.ts';
import { type RunningCa, startCa } from './start-ca.ts';
import { RawClient } from './testing/raw-client.ts';

const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

async function start(options: Parameters<typeof startCa>[0] = {}): Promise<RunningCa> {
  const ca = await startCa(options);
  open.push(async () => await ca[Symbol.asyncDispose]());
  return ca;
}

/** A web server that answers HTTP-01 from a map of tokens. */
async function startWebServer(): Promise<{ readonly port: number; readonly answers: Map<string, string> }> {
  const answers = new Map<string, string>();
  const server: Server = createServer((request, response) => {
    const body = answers.get((request.url ?? '').replace('/.well-known/acme-challenge/', ''));
    response.writeHead(body === undefined ? 404 : 200).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push(() => new Promise((resolve) => server.close(resolve)));
  return { port: (server.address() as AddressInfo).port, answers };
}

/** Sends the raw client's requests over HTTPS, trusting only the authority's own root. */
function overHttps(ca: RunningCa): { readonly publicUrl: string; handle(request: CaRequest): Promise<CaResponse> } {
  return {
    publicUrl: ca.publicUrl,
    handle: (request) =>
      new Promise((resolve, reject) => {
        const headers = Object.fromEntries(Object.entries(request.headers).filter((entry): entry is [string, string] => entry[1] !== undefined));
        const outgoing = requestHttps(`${ca.publicUrl}${request.path}`, { method: request.method, headers, ca: ca.rootsPem, agent: false }, (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('end', () =>
            resolve({ status: response.statusCode ?? 0, headers: response.headers as CaResponse['headers'], body: Buffer.concat(chunks) }),
          );
        });
        outgoing.on('error', reject);
        outgoing.end(request.body);
      }),
  };
}

describe('startCa', () => {
  test('says in which mode it runs, and everything odd about it', async () => {
    const quiet = await start();
    expect([quiet.mode, quiet.startMessage]).toEqual([
      'intranet',
      [
        'Certward CA in intranet mode: machines that trust its root trust what it issues',
        `directory: https://127.0.0.1:${quiet.port}/directory`,
        'keys and state are in memory and will be forgotten',
      ],
    ]);
    const odd = await start({ skipValidation: true, hostile: {}, allowUnsafe: ['skipValidation', 'hostile'], validation: { httpPort: 5002, tlsPort: 5001, hosts: {} }, name: 'Odd' });
    expect(odd.mode).toBe('test');
    expect(odd.startMessage[0]).toBe('Odd in TEST MODE: nothing should trust its root');
    expect(odd.startMessage.filter((line) => line.startsWith('warning:'))).toHaveLength(5);
  });

  test.each([{ hostile: {} }, { skipValidation: true }, { skipValidation: true, allowUnsafe: ['hostile' as const] }])(
    'refuses %j unless it is allowed by name',
    async (options) => {
      await expect(startCa(options)).rejects.toMatchObject({ code: 'unsafeOptionUnnamed', hint: expect.stringContaining('allowUnsafe') as string });
    },
  );

  test('serves plain http on loopback only', async () => {
    const ca = await start({ tls: false, host: 'localhost' });
    expect(ca.directoryUrl).toBe(`http://localhost:${ca.port}/directory`);
    for (const host of ['0.0.0.0', '::', '192.0.2.1', 'ca.test', '1270.0.0.1', '127.0.0.1.nip.test']) {
      await expect(startCa({ tls: false, host })).rejects.toMatchObject({ code: 'plainHttpBeyondLoopback' });
    }
  });

  test('says so when the port is taken, and leaves nothing open', async () => {
    const ca = await start();
    await expect(startCa({ port: ca.port })).rejects.toMatchObject({ code: 'listenRefused', message: `cannot listen on "127.0.0.1" port ${ca.port}` });
  });

  test.each([{ roots: 0 }, { roots: 1.5 }, { roots: 99 }, { publicUrl: 'https://ca.test/' }, { publicUrl: 'ca.test' }, { profiles: {} }])(
    'refuses the option %j',
    async (options) => {
      await expect(startCa(options)).rejects.toMatchObject({ code: 'optionInvalid' });
    },
  );

  test.each(['', 'a+b/', 'AA=='])('refuses the external account key %j without showing it', async (key) => {
    const error = await startCa({ eabKeys: { kid: new Secret(key) } }).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'optionInvalid', message: 'the external account key "kid" is not base64url' });
  });

  test('has names for itself in its certificate, signed by its own root', async () => {
    const ca = await start({ hostNames: ['ca.example.test'] });
    const socket = connect({ host: '127.0.0.1', port: ca.port, ca: ca.rootsPem, servername: 'ca.example.test' });
    await once(socket, 'secureConnect');
    expect(socket.authorized).toBe(true);
    const { subjectaltname } = socket.getPeerCertificate();
    socket.destroy();
    expect(subjectaltname).toBe('DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1, DNS:ca.example.test');
  });

  test('renews its own certificate while it runs', async () => {
    const clock = createFakeClock(new Date());
    const ca = await start({ clock });
    const serialNow = async () => {
      // By the machine's clock the second one is not valid yet.
      const socket = connect({ host: '127.0.0.1', port: ca.port, rejectUnauthorized: false });
      await once(socket, 'secureConnect');
      const { serialNumber } = socket.getPeerCertificate();
      socket.destroy();
      return serialNumber;
    };
    const before = await serialNow();
    await clock.advance(61 * 24 * 60 * 60 * 1000);
    await waitUntil(async () => (await serialNow()) !== before, { what: 'another certificate' });
    expect(await serialNow()).not.toBe(before);
  });

  test('keeps accounts, orders and certificates over a restart', async () => {
    const folder = await temporaryFolder();
    open.push(async () => await folder[Symbol.asyncDispose]());
    const options = { dataFolder: folder.join('ca'), skipValidation: true, allowUnsafe: ['skipValidation'] as const };
    const first = await startCa(options);
    const client = await RawClient.registered(overHttps(first));
    const { order, orderUrl, pem } = await client.obtain(first, ['a.test']);
    await first[Symbol.asyncDispose]();
    expect((await stat(folder.join('ca'))).mode & 0o777).toBe(0o700);

    const second = await start({ ...options, port: first.port });
    expect(second.rootsPem).toBe(first.rootsPem);
    const later = new RawClient(overHttps(second), { origin: second.publicUrl, key: client.key });
    expect(await later.register({ onlyReturnExisting: true })).toMatchObject({ status: 200 });
    expect(later.kid).toBe(client.kid);
    expect((await later.post(orderUrl)).body['status']).toBe('valid');
    expect((await later.post(String(order.body['certificate']))).text).toBe(pem);
    const [leaf] = parseCertificateChain(pem);
    expect(await later.post('/acme/revoke-cert', { certificate: Buffer.from(leaf?.der ?? []).toString('base64url') })).toMatchObject({ status: 200 });
  });

  test('does not share its data folder with another one', async () => {
    await using folder = await temporaryFolder();
    const dataFolder = folder.join('ca');
    const ca = await startCa({ dataFolder });
    await expect(startCa({ dataFolder })).rejects.toMatchObject({ code: 'dataFolderInUse' });
    await ca[Symbol.asyncDispose]();
    await (await startCa({ dataFolder }))[Symbol.asyncDispose]();
  });

  test('answers 413 to a body that is too large, 404 and 405 over sockets as without', async () => {
    const ca = await start();
    const client = await RawClient.registered(overHttps(ca));
    expect(await client.raw('/acme/new-order', Buffer.alloc(300_000, 0x20))).toMatchObject({ status: 413, problem: 'malformed' });
    expect(await client.get('/nothing')).toMatchObject({ status: 404, problem: 'malformed' });
    expect(await client.get('/acme/new-order')).toMatchObject({ status: 405, headers: { allow: 'POST' } });
    expect(await client.get('/acme/new-nonce', 'HEAD')).toMatchObject({ status: 200, text: '' });
  });

  test('cuts the connection where hostile mode loses the reply', async () => {
    const ca = await start({ hostile: { lostReplies: 1, only: ['newAccount'] }, allowUnsafe: ['hostile'] });
    const client = await RawClient.create(overHttps(ca));
    await expect(client.register()).rejects.toMatchObject({ code: 'ECONNRESET' });
  });

  test('ends while validations hang', async () => {
    const silent = createTcpServer();
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    open.push(() => new Promise((resolve) => silent.close(resolve)));
    const sockets: Socket[] = [];
    silent.on('connection', (socket) => sockets.push(socket));
    open.push(async () => sockets.forEach((socket) => socket.destroy()));
    const ca = await startCa({ validation: { httpPort: (silent.address() as AddressInfo).port, hosts: { '*': ['127.0.0.1'] } } });
    const client = await RawClient.registered(overHttps(ca));
    await client.respondAll(await client.order(['a.test']));
    await once(silent, 'connection').catch(() => {});
    // Waiting for the validation would outlast the test.
    await expect(ca[Symbol.asyncDispose]()).resolves.toBeUndefined();
  });

  test('issues over HTTPS after a real HTTP-01 validation', async () => {
    const web = await startWebServer();
    const ca = await start({ validation: { httpPort: web.port, hosts: { '*': ['127.0.0.1'] } } });
    const client = await RawClient.registered(overHttps(ca));
    const order = await client.order(['www.example.test']);
    expect(order.status).toBe(201);
    const [authorizationUrl = ''] = order.body['authorizations'] as string[];
    const authorization = await client.post(authorizationUrl);
    const challenge = (authorization.body['challenges'] as Record<string, string>[]).find(({ type }) => type === 'http-01') ?? {};
    web.answers.set(challenge['token'] ?? '', client.keyAuthorization(challenge['token']));
    await client.post(challenge['url'] ?? '', {});
    await ca.idle();
    const finalized = await client.finalize(order);
    expect(finalized.body['status']).toBe('valid');
    const { headers, text } = await client.post(finalized.body['certificate'] as string);
    expect(headers['content-type']).toBe('application/pem-certificate-chain');
    const [leaf, intermediate] = parseCertificateChain(text);
    const [root] = parseCertificateChain(ca.rootsPem);
    expect(leaf?.identifiers).toEqual([{ type: 'dns', value: 'www.example.test' }]);
    expect(leaf !== undefined && intermediate !== undefined && verifySignature(leaf, intermediate)).toBe(true);
    expect(intermediate !== undefined && root !== undefined && verifySignature(intermediate, root)).toBe(true);
  });
});
