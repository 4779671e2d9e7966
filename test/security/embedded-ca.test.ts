// The embedded authority over real sockets, asked by clients that cheat. What a single request can get wrong is tested beside
// the handler (packages/ca); here are attacks that need two accounts, a network, or patience.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { type RunningCa, startCa, type StartCaOptions } from '@certward/ca';
import { createCsr, generatePrivateKey } from '@certward/pki';
import { callHttp, freePort } from '@certward/testing';
import { afterEach, describe, expect, test } from 'vitest';
import { RawClient, type Reply } from '../../packages/ca/src/testing/raw-client.ts';

const opened: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

async function start(options: StartCaOptions = {}): Promise<RunningCa> {
  const ca = await startCa(options);
  opened.push(async () => await ca[Symbol.asyncDispose]());
  return ca;
}

/** A client whose requests go over TLS. */
async function clientOf(ca: RunningCa): Promise<RawClient> {
  const client = await RawClient.create({
    publicUrl: ca.publicUrl,
    handle: async ({ method, path, headers, body }) => {
      const named = Object.fromEntries(Object.entries(headers).filter((entry): entry is [string, string] => entry[1] !== undefined));
      const text = body.length === 0 ? {} : { body: Buffer.from(body).toString() };
      const answer = await callHttp(`${ca.publicUrl}${path}`, { method, headers: named, trustedCaPem: ca.rootsPem, ...text });
      const answered = Object.entries(answer.headers).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
      return { status: answer.status, headers: Object.fromEntries(answered), body: answer.text };
    },
  });
  await client.register();
  return client;
}

/** A web server of a victim or an attacker on loopback. */
async function serve(answer: (request: IncomingMessage, response: ServerResponse) => void, host = '127.0.0.1'): Promise<number> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  opened.push(() => new Promise((resolve) => (server.closeAllConnections(), server.close(resolve))));
  return (server.address() as AddressInfo).port;
}

describe('what one account owns, no other account reads or changes', () => {
  test('whatever url of it is named, with whatever payload', async () => {
    const ca = await start({ skipValidation: true, allowUnsafe: ['skipValidation'] });
    const [owner, thief] = [await clientOf(ca), await clientOf(ca)];
    const placed = await owner.order(['a.test', 'b.test']);
    const orderUrl = String(placed.headers['location']);
    const done = await owner.obtain(ca, ['c.test']);
    const authorizations = placed.body['authorizations'] as string[];
    const challenges = (await Promise.all(authorizations.map((url) => owner.post(url)))).flatMap(({ body }) => (body['challenges'] as { url: string }[]).map(({ url }) => url));
    const { der } = createCsr({ key: await generatePrivateKey({ type: 'ecdsa', curve: 'P-256' }), identifiers: [{ type: 'dns', value: 'a.test' }, { type: 'dns', value: 'b.test' }] });
    const account = await owner.post(owner.kid ?? '');
    const urls = [owner.kid ?? '', orderUrl, placed.body['finalize'] as string, ...authorizations, ...challenges, done.order.body['certificate'] as string, account.body['orders'] as string];
    const before = [await owner.post(orderUrl), ...(await Promise.all(authorizations.map((url) => owner.post(url))))].map(({ text }) => text);
    expect(urls.every((url) => typeof url === 'string' && url.startsWith(ca.publicUrl))).toBe(true);
    for (const url of urls) {
      for (const payload of [undefined, {}, { status: 'deactivated' }, { csr: Buffer.from(der).toString('base64url') }, { contact: ['mailto:thief@b.test'] }]) {
        const reply = await thief.post(url, payload);
        expect({ url, payload, refused: reply.status >= 400 && reply.status < 500 }).toEqual({ url, payload, refused: true });
      }
    }
    await ca.idle();
    expect([await owner.post(orderUrl), ...(await Promise.all(authorizations.map((url) => owner.post(url))))].map(({ text }) => text)).toEqual(before);
    expect((await owner.post(owner.kid ?? '')).body['status']).toBe('valid');
  }, 30_000);

  test('nor by naming the kid of the other with a key of its own', async () => {
    const ca = await start();
    const [owner, thief] = [await clientOf(ca), await clientOf(ca)];
    const reply = await owner.post(owner.kid ?? '', { contact: ['mailto:thief@b.test'] }, { key: thief.key, useJwk: false });
    expect(reply).toMatchObject({ status: 400, problem: 'malformed' });
  });
});

describe('HTTP-01 is no way into the network of the authority', () => {
  async function validate(options: StartCaOptions): Promise<Reply> {
    const ca = await start(options);
    const client = await clientOf(ca);
    const placed = await client.order(['attacker.test']);
    await client.respondAll(placed);
    await ca.idle();
    return await client.post((placed.body['authorizations'] as string[])[0] ?? '');
  }

  test('redirected to an address inside, it neither asks there nor tells what is there', async () => {
    const asked: string[] = [];
    const inside = await serve((request, response) => {
      asked.push(request.url ?? '');
      response.end('SECRET-OF-THE-INSIDE');
    });
    const outside = await serve((_, response) => response.writeHead(302, { location: `http://127.0.0.1:${inside}/latest/meta-data/` }).end(), '127.0.0.2');
    // Both on a port of validation, as 80 and 443 are: only the address is what is wrong.
    const authorization = await validate({ validation: { httpPort: outside, tlsPort: inside, hosts: { '*': ['127.0.0.2'] } } });
    expect(authorization.body['status']).toBe('invalid');
    expect(authorization.text).not.toContain('SECRET-OF-THE-INSIDE');
    expect(asked).toEqual([]);
  });

  test('what another host served after a redirect is not told', async () => {
    const port: number = await serve((request, response) => {
      if (request.headers.host?.startsWith('attacker.test') === true) response.writeHead(302, { location: `http://intranet.test:${port}/secret` }).end();
      else response.end('SECRET-OF-THE-INTRANET');
    });
    const authorization = await validate({ validation: { httpPort: port, hosts: { '*': ['127.0.0.1'] } } });
    expect(authorization.body['status']).toBe('invalid');
    expect(authorization.text).not.toContain('SECRET-OF-THE-INTRANET');
  });

  test.each(['file:///etc/passwd', 'gopher://127.0.0.1:6379/_FLUSHALL', 'http://127.0.0.1:22/', 'http://[::1]:25/', 'http://0.0.0.0:PORT/', 'http://169.254.169.254:PORT/', 'http://[::ffff:127.0.0.1]:PORT/', 'http://2130706433:PORT/', 'http://0x7f.1:PORT/', 'http://user:pw@127.0.0.1:PORT/'])('not by a redirect to %s', async (location) => {
    let visits = 0;
    const port: number = await serve((_, response) => {
      visits++;
      response.writeHead(302, { location: location.replace('PORT', String(port)) }).end();
    });
    const authorization = await validate({ validation: { httpPort: port, hosts: { '*': ['127.0.0.1'] }, connectTimeoutMs: 500 } });
    expect(authorization.body['status']).toBe('invalid');
    expect(visits).toBe(1);
  });
});

describe('a client that never finishes does not keep others out', () => {
  test('hundreds of half-open requests, and one that is whole', async () => {
    const ca = await start({ tls: false });
    const sockets: Socket[] = [];
    for (let count = 0; count < 300; count++) {
      const socket = connect(ca.port, '127.0.0.1');
      socket.on('error', () => undefined);
      socket.write('POST /acme/new-order HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\nContent-Type: application/jose+json\r\n\r\n{');
      sockets.push(socket);
    }
    opened.push(async () => sockets.forEach((socket) => socket.destroy()));
    const answer = await fetch(ca.directoryUrl, { signal: AbortSignal.timeout(5_000) });
    expect(answer.status).toBe(200);
  });

  test('a host that drips its answer does not hold a validation for ever', async () => {
    const httpPort = await serve((_, response) => {
      response.writeHead(200);
      const drip = () => void (response.destroyed || (response.write('x'), setTimeout(drip, 50)));
      drip();
    });
    const ca = await start({ validation: { httpPort, hosts: { '*': ['127.0.0.1'] }, connectTimeoutMs: 400 } });
    const client = await clientOf(ca);
    await client.respondAll(await client.order(['slow.test']));
    await ca.idle();
    expect((await client.order(['slow.test'])).body['status']).toBe('pending');
  });

  test('a host that redirects without end and slowly is left after three time-outs, not eleven', async () => {
    let visits = 0;
    const port: number = await serve((request, response) => {
      visits++;
      setTimeout(() => response.writeHead(302, { location: `${request.url ?? ''}x` }).end(), 300);
    });
    const ca = await start({ validation: { httpPort: port, hosts: { '*': ['127.0.0.1'] }, connectTimeoutMs: 400 } });
    const client = await clientOf(ca);
    await client.respondAll(await client.order(['slow.test']));
    await ca.idle();
    // 1200 ms in all; a slow machine fits fewer.
    expect(visits).toBeLessThanOrEqual(5);
  });
});

test('plain http is not offered beyond this machine', async () => {
  await expect(startCa({ tls: false, host: '0.0.0.0', port: await freePort() })).rejects.toMatchObject({ code: 'plainHttpBeyondLoopback' });
});

test('two installations share neither roots nor nonces nor accounts', async () => {
  const [one, other] = [await start(), await start()];
  expect(one.rootsPem).not.toBe(other.rootsPem);
  const client = await clientOf(one);
  const nonce = await client.nonce();
  const stranger = await clientOf(other);
  expect(await stranger.post(stranger.kid ?? '', undefined, { nonce })).toMatchObject({ problem: 'badNonce' });
  expect(await stranger.post(stranger.kid ?? '', undefined, { header: { kid: client.kid } })).toMatchObject({ problem: 'accountDoesNotExist' });
});
