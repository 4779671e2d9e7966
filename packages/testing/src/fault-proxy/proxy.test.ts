import { once } from 'node:events';
import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type HttpCall, callHttp } from '../http-call.ts';
import { type LeakWatch, watchForLeaks } from '../leaks.ts';
import { seededRandom } from '../seeded-random.ts';
import { expiresInThePast, randomDirectoryKeys, relativeAlternateLinks, shuffledAuthorizations, upperCaseIdentifiers, withoutChallengeType, withoutFinalNewline } from './alterations.ts';
import type { Fault, FaultRule } from './faults.ts';
import { type FaultProxy, startFaultProxy } from './proxy.ts';
import { gzippedProblem, htmlError, problem, problemWithoutType } from './refusals.ts';

/** A server with the shape of an ACME one: it builds its URLs from the Host field and counts what reached it. */
function acmeShape(): { server: Server; reached: string[] } {
  const reached: string[] = [];
  let nonces = 0;
  const server = createServer((request, response) => {
    request.resume();
    const base = `http://${request.headers.host}`;
    const path = request.url ?? '';
    reached.push(`${request.method} ${path}`);
    response.setHeader('replay-nonce', `nonce-${nonces++}`);
    const json = (body: unknown, status = 200) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(body));
    };
    const order = {
      status: 'pending',
      expires: '2099-01-01T00:00:00Z',
      identifiers: [1, 2, 3, 4].map((one) => ({ type: 'dns', value: `n${one}.example` })),
      authorizations: [1, 2, 3, 4].map((one) => `${base}/authz/${one}`),
      finalize: `${base}/finish/1`,
      certificate: `${base}/pem/1`,
    };
    if (path === '/dir') return json({ newOrder: `${base}/make-order`, newNonce: `${base}/nonce` });
    if (path === '/make-order') {
      response.setHeader('location', `${base}/the-order/1`);
      return json(order, 201);
    }
    if (path === '/the-order/1') return json(order);
    if (path.startsWith('/authz/')) return json({ identifier: { type: 'dns', value: 'n1.example' }, challenges: [{ type: 'http-01', url: `${base}/prove/1` }, { type: 'dns-01', url: `${base}/prove/2` }] });
    if (path === '/pem/1') {
      response.setHeader('link', [`<${base}/dir>;rel="index"`, `<${base}/pem/1/alternate/1>;rel="alternate"`]);
      response.end('-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n');
      return undefined;
    }
    return json({}, 404);
  });
  return { server, reached };
}

let leaks: LeakWatch;
let upstream: ReturnType<typeof acmeShape>;
let proxy: FaultProxy;
let base: string;
const ask = (path: string, call?: HttpCall) => callHttp(`${base}${path}`, call);
const json = async (path: string, call?: HttpCall) => JSON.parse((await ask(path, call)).text) as Record<string, never>;
const always = (fault: Fault): FaultRule[] => [{ match: { times: Infinity }, fault }];

beforeEach(async () => {
  leaks = watchForLeaks();
  upstream = acmeShape();
  upstream.server.listen(0, '127.0.0.1');
  await once(upstream.server, 'listening');
  proxy = await startFaultProxy({ target: `http://127.0.0.1:${(upstream.server.address() as AddressInfo).port}/dir` });
  base = new URL(proxy.directoryUrl).origin;
});
afterEach(async () => {
  await proxy[Symbol.asyncDispose]();
  upstream.server.closeAllConnections();
  await new Promise((resolve) => upstream.server.close(resolve));
  await leaks.assertNone();
});

/** Visits everything, so that the proxy knows every URL. */
async function visitAll(): Promise<void> {
  for (const path of ['/dir', '/make-order', '/authz/1', '/pem/1']) await ask(path);
}

describe('without rules', () => {
  test('the server believes to live where the proxy listens', async () => {
    expect(await json('/dir')).toEqual({ newOrder: `${base}/make-order`, newNonce: `${base}/nonce` });
  });

  test('resources are told apart by what the server says about its URLs', async () => {
    await visitAll();
    for (const path of ['/the-order/1', '/authz/4', '/prove/2', '/finish/1', '/pem/1/alternate/1', '/elsewhere']) await ask(path);
    expect(proxy.log.requests.map((one) => one.resource)).toEqual([
      'directory', 'newOrder', 'authorization', 'certificate', 'order', 'authorization', 'challenge', 'finalize', 'certificate', 'other',
    ]);
    expect(proxy.log.ordersMade()).toBe(1);
  });

  test('signed requests are logged decoded', async () => {
    const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    await ask('/make-order', { body: JSON.stringify({ protected: encode({ nonce: 'n', kid: 'k' }), payload: encode({ a: 1 }), signature: '' }) });
    await ask('/the-order/1', { body: JSON.stringify({ protected: encode({ nonce: 'o' }), payload: '', signature: '' }) });
    expect(proxy.log.requests.map(({ protectedHeader, payload }) => ({ protectedHeader, payload }))).toEqual([
      { protectedHeader: { nonce: 'n', kid: 'k' }, payload: { a: 1 } },
      { protectedHeader: { nonce: 'o' }, payload: '' },
    ]);
  });
});

describe('rules', () => {
  test('strike the nth matching request, as often as they say, and tell when they never did', async () => {
    proxy.setRules([
      { match: { path: /dir/, nth: 2, times: 2 }, fault: htmlError(500) },
      { match: { resource: 'finalize' }, fault: htmlError(500) },
    ]);
    const statuses: number[] = [];
    for (let round = 0; round < 4; round++) statuses.push((await ask('/dir')).status);
    expect(statuses).toEqual([200, 500, 500, 200]);
    expect(proxy.unusedRules()).toHaveLength(1);
  });
});

describe('faults of the connection', () => {
  test('a drop after forwarding leaves the work done and the client without an answer', async () => {
    proxy.setRules([{ match: { path: /make-order/ }, fault: { kind: 'drop', when: 'afterForwarding' } }]);
    await ask('/dir');
    await expect(ask('/make-order')).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(upstream.reached).toContain('GET /make-order');
    expect(proxy.log.ordersMade()).toBe(1);
    expect(proxy.log.about('newOrder')[0]).toMatchObject({ serverStatus: 201, status: undefined });
  });

  test('a drop before forwarding keeps the request from the server', async () => {
    proxy.setRules([{ match: {}, fault: { kind: 'drop', when: 'beforeForwarding' } }]);
    await expect(ask('/dir')).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(upstream.reached).toEqual([]);
  });

  test('a duplicate is a second answer on the same connection', async () => {
    proxy.setRules([{ match: {}, fault: { kind: 'duplicate' } }]);
    const socket = connect(Number(new URL(base).port), '127.0.0.1');
    socket.write('GET /dir HTTP/1.1\r\nhost: x\r\n\r\n');
    let received = '';
    for await (const chunk of socket as AsyncIterable<Buffer>) {
      received += chunk.toString();
      if (received.split('HTTP/1.1 200').length === 3 && received.endsWith('}')) break;
    }
    expect(upstream.reached).toHaveLength(1);
  });

  test('an earlier answer can be given again, nonce included, without asking the server', async () => {
    proxy.setRules([{ match: { nth: 2 }, fault: { kind: 'repeatEarlier' } }]);
    const nonces = [];
    for (let round = 0; round < 3; round++) nonces.push((await ask('/dir')).headers['replay-nonce']);
    expect(nonces).toEqual(['nonce-0', 'nonce-0', 'nonce-1']);
  });

  test('drops of an answer come slowly and add up to all of it', async () => {
    proxy.setRules(always({ kind: 'drip', bytes: 20, everyMs: 5 }));
    expect(await json('/dir')).toHaveProperty('newOrder');
  });
});

describe('faults of the nonce', () => {
  test('it is missing', async () => {
    proxy.setRules(always({ kind: 'withoutNonce' }));
    expect((await ask('/dir')).headers).not.toHaveProperty('replay-nonce');
  });

  test('it is unknown to the server', async () => {
    proxy.setRules(always({ kind: 'staleNonce' }));
    expect((await ask('/dir')).headers['replay-nonce']).toMatch(/^[A-Za-z0-9_-]{22}$/);
  });

  test('it was used before', async () => {
    proxy.setRules(always({ kind: 'usedNonce' }));
    const used = Buffer.from('{"nonce":"used-one"}').toString('base64url');
    const answer = await ask('/make-order', { body: JSON.stringify({ protected: used, payload: '', signature: '' }) });
    expect(answer.headers['replay-nonce']).toBe('used-one');
  });
});

describe('answers in place of the server', () => {
  test.each([
    { name: 'seconds', retryAfter: 7, field: '7' },
    { name: 'a date', retryAfter: new Date('2026-11-20T12:00:00Z'), field: 'Fri, 20 Nov 2026 12:00:00 GMT' },
  ])('a refusal says when to come back in $name', async ({ retryAfter, field }) => {
    proxy.setRules(always(problem(429, 'rateLimited', { retryAfter })));
    const answer = await ask('/dir');
    expect(answer).toMatchObject({ status: 429, headers: { 'retry-after': field } });
    expect(JSON.parse(answer.text)).toMatchObject({ type: 'urn:ietf:params:acme:error:rateLimited' });
    expect(upstream.reached).toEqual([]);
  });

  test('pages for people, documents without a type, compressed documents', async () => {
    proxy.setRules([
      { match: { nth: 1 }, fault: htmlError(500) },
      { match: { nth: 2 }, fault: problemWithoutType(403) },
    ]);
    expect(await ask('/dir')).toMatchObject({ status: 500, headers: { 'content-type': 'text/html' } });
    expect(JSON.parse((await ask('/dir')).text)).toEqual({ detail: 'something went wrong' });
    const compressed = gzippedProblem(400, 'malformed');
    if (compressed.kind !== 'refuse') throw new Error('not a refusal');
    expect(gunzipSync(compressed.answer.body).toString()).toContain('error:malformed');
  });
});

describe('altered answers', () => {
  beforeEach(visitAll);
  const random = seededRandom(5);

  test.each([
    { fault: expiresInThePast(), path: '/the-order/1', becomes: { expires: '2001-01-01T00:00:00Z', status: 'pending' } },
    { fault: upperCaseIdentifiers(), path: '/authz/1', becomes: { identifier: { type: 'dns', value: 'N1.EXAMPLE' } } },
    { fault: withoutChallengeType('http-01'), path: '/authz/1', becomes: { challenges: [{ type: 'dns-01' }] } },
    { fault: randomDirectoryKeys(random), path: '/dir', becomes: { newOrder: expect.stringContaining('/make-order') as string } },
  ])('$fault.name', async ({ fault, path, becomes }) => {
    const before = await json(path);
    proxy.setRules(always(fault));
    const after = await json(path);
    expect(after).toMatchObject(becomes);
    expect(after).not.toEqual(before);
  });

  test('shuffling keeps all and changes the order', async () => {
    const before = (await json('/the-order/1'))['authorizations'] as unknown as string[];
    proxy.setRules(always(shuffledAuthorizations(random)));
    const after = (await json('/the-order/1'))['authorizations'] as unknown as string[];
    expect(after).not.toEqual(before);
    expect([...after].sort()).toEqual(before);
  });

  test('chains lose their final newline and link alternates relatively', async () => {
    proxy.setRules([
      { match: {}, fault: withoutFinalNewline() },
      { match: {}, fault: relativeAlternateLinks() },
    ]);
    const answer = await ask('/pem/1');
    expect(answer.text.endsWith('-----')).toBe(true);
    expect(answer.headers['link']).toBe(`<${base}/dir>;rel="index", </pem/1/alternate/1>;rel="alternate"`);
  });
});
