// Signed requests against a scripted CA: nonces, retries, lost and broken answers.
import { gzipSync } from 'node:zlib';

import { describe, expect, test } from 'vitest';

import { names, startFixture } from './testing/fixture.ts';
import { type Fault, problem } from './testing/scripted-ca.ts';

const html: Fault = () => ({ status: 500, headers: { 'content-type': 'text/html' }, body: '<html>oops</html>' });

describe('every request', () => {
  test('carries User-Agent, Accept-Language and no-store, asks for no compression, and is signed for exactly its url', async () => {
    await using fixture = await startFixture({}, { userAgent: 'my-program/1.2', language: 'de' });
    const account = await fixture.newAccount();
    await account.refresh();
    for (const { headers } of fixture.ca.incoming) {
      expect(headers).toMatchObject({ 'user-agent': expect.stringMatching(/^my-program\/1\.2 certward-acme\//) as string, 'accept-language': 'de', 'cache-control': 'no-store', 'accept-encoding': 'identity' });
    }
    const [first, second] = fixture.ca.headers;
    expect(Object.keys(first ?? {}).toSorted()).toEqual(['alg', 'jwk', 'nonce', 'url']);
    expect(Object.keys(second ?? {}).toSorted()).toEqual(['alg', 'kid', 'nonce', 'url']);
    expect(second?.['url']).toBe(account.url);
  });

  test('never signs twice alike: each attempt has its own nonce', async () => {
    await using fixture = await startFixture();
    const account = await fixture.newAccount();
    const bodies: string[] = [];
    fixture.ca.fault('account', ({ request }) => (bodies.push(request.body), { status: 503 }), 2);
    await account.refresh();
    expect(new Set([...bodies, fixture.ca.incoming.at(-1)?.body]).size).toBe(3);
  });
});

describe('nonces', () => {
  test('a refusal is answered at once with the nonce that came with it', async () => {
    await using fixture = await startFixture();
    const account = await fixture.newAccount();
    fixture.startCounting();
    let offered = '';
    fixture.ca.fault('account', ({ nonce }) => {
      offered = nonce();
      return { ...problem('badNonce', 400), headers: { 'replay-nonce': offered } };
    });
    await account.refresh();
    expect(fixture.ca.requests).toEqual(['POST account', 'POST account']);
    expect(fixture.ca.headers.at(-1)?.['nonce']).toBe(offered);
    expect(fixture.clock.slept).toEqual([]);
  });

  test('a compressed refusal, which nobody asked for, is understood', async () => {
    await using fixture = await startFixture();
    const account = await fixture.newAccount();
    fixture.startCounting();
    const body = gzipSync(JSON.stringify(problem('badNonce', 400).body));
    fixture.ca.fault('account', ({ nonce }) => ({ status: 400, headers: { 'content-type': 'application/problem+json', 'content-encoding': 'gzip', 'replay-nonce': nonce() }, body }));
    await account.refresh();
    expect(fixture.ca.requests).toEqual(['POST account', 'POST account']);
  });

  test('refusals without end are given up after three rounds of eleven', async () => {
    await using fixture = await startFixture();
    const account = await fixture.newAccount();
    fixture.startCounting();
    fixture.ca.fault('account', ({ nonce }) => ({ ...problem('badNonce', 400), headers: { 'replay-nonce': nonce() } }), 1_000);
    await expect(account.refresh()).rejects.toMatchObject({ type: 'badNonce', hint: expect.stringContaining('caching proxy') as string });
    expect(fixture.ca.requests.filter((one) => one === 'POST account')).toHaveLength(33);
    expect(fixture.clock.slept).toHaveLength(2);
  });

  test('a refusal without a nonce sends the client to newNonce', async () => {
    await using fixture = await startFixture();
    const account = await fixture.newAccount();
    fixture.startCounting();
    fixture.ca.fault('account', () => problem('badNonce', 400));
    await account.refresh();
    expect(fixture.ca.requests).toEqual(['POST account', 'HEAD newNonce', 'POST account']);
  });

  test('the same nonce again and again is reported as a caching proxy', async () => {
    await using fixture = await startFixture();
    fixture.ca.fault('newNonce', () => ({ status: 200, headers: { 'replay-nonce': 'cached' } }), 100);
    fixture.ca.fault('newAccount', () => ({ ...problem('badNonce', 400), headers: { 'replay-nonce': 'cached' } }), 100);
    const first = fixture.client.createAccount({ key: await fixture.newKey() });
    await expect(first).rejects.toMatchObject({ code: 'nonceUnavailable', message: 'the server hands out the same nonce again', hint: expect.stringContaining('proxy') as string });
  });

  test.each(['', 'not a nonce', 'a=='])('a newNonce that answers "%s" is no ACME server', async (value) => {
    await using fixture = await startFixture();
    fixture.ca.fault('newNonce', () => ({ status: 200, headers: value === '' ? {} : { 'replay-nonce': value } }), 3);
    await expect(fixture.client.createAccount({ key: await fixture.newKey() })).rejects.toMatchObject({ code: 'nonceUnavailable', message: 'the server hands out no usable nonce' });
  });

  test('an old nonce is not risked on a new order', async () => {
    await using fixture = await startFixture();
    const account = await fixture.newAccount();
    fixture.clock.advance(60_000);
    fixture.startCounting();
    await account.createOrder({ identifiers: names('example.com') });
    expect(fixture.ca.requests).toEqual(['HEAD newNonce', 'POST newOrder']);
  });
});

describe('passing faults', () => {
  test.each<{ name: string; fault: Fault }>([
    { name: 'a 500 page in HTML', fault: html },
    { name: 'serverInternal', fault: () => problem('serverInternal', 500) },
    { name: 'an answer cut short', fault: async ({ proceed }) => ({ ...(await proceed()), cutAfter: 3 }) },
    { name: 'a hang-up', fault: () => 'hangUp' },
    { name: 'HTML with status 200', fault: () => ({ status: 200, headers: { 'content-type': 'text/html' }, body: '<html>login</html>' }) },
    { name: 'JSON under a wrong content type', fault: async ({ proceed }) => ({ ...(await proceed()), headers: { 'content-type': 'text/plain' } }) },
    { name: 'broken JSON', fault: () => ({ status: 200, headers: { 'content-type': 'application/json' }, body: '{"status": "val' }) },
    { name: 'a body that claims to be compressed', fault: () => ({ status: 200, headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' }, body: '{}' }) },
    { name: 'an encoding that nobody knows', fault: () => ({ status: 502, headers: { 'content-encoding': 'zstd' }, body: '?' }) },
  ])('$name is repeated after a pause, and succeeds', async ({ fault }) => {
    await using fixture = await startFixture();
    const account = await fixture.newAccount();
    fixture.ca.fault('account', fault, 2);
    expect(await account.refresh()).toMatchObject({ status: 'valid' });
    expect(fixture.clock.slept).toEqual([187.5, 375]);
  });

  test('are given up after three attempts, with the last error', async () => {
    await using fixture = await startFixture();
    const account = await fixture.newAccount();
    fixture.startCounting();
    fixture.ca.fault('account', html, 10);
    await expect(account.refresh()).rejects.toMatchObject({ code: 'problem', type: 'about:blank', status: 500, detail: 'http status 500 without a problem document', details: { attempt: 3, class: 'transient' } });
    expect(fixture.ca.requests.filter((one) => one === 'POST account')).toHaveLength(3);
  });

  test('a problem without type and status is judged by the status of the answer', async () => {
    await using fixture = await startFixture();
    const account = await fixture.newAccount();
    fixture.ca.fault('account', () => ({ status: 404, body: { detail: 'gone' } }));
    await expect(account.refresh()).rejects.toMatchObject({ type: 'about:blank', status: 404, detail: 'gone', retry: 'never' });
  });

  test('permanent problems are not repeated', async () => {
    await using fixture = await startFixture();
    const account = await fixture.newAccount();
    fixture.startCounting();
    fixture.ca.fault('account', () => problem('malformed', 400), 5);
    await expect(account.refresh()).rejects.toMatchObject({ type: 'malformed' });
    expect(fixture.ca.requests).toHaveLength(1);
  });

  test('an oversize answer is refused', async () => {
    await using fixture = await startFixture();
    const account = await fixture.newAccount();
    fixture.ca.fault('account', () => ({ status: 200, body: { padding: 'x'.repeat(1_100_000) } }), 5);
    await expect(account.refresh()).rejects.toMatchObject({ code: 'responseTooLarge' });
  });

  test('a compressed answer cannot unfold beyond the limit', async () => {
    await using fixture = await startFixture();
    const account = await fixture.newAccount();
    const bomb = gzipSync(Buffer.alloc(20_000_000));
    fixture.ca.fault('account', () => ({ status: 200, headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' }, body: bomb }), 3);
    await expect(account.refresh()).rejects.toMatchObject({ code: 'invalidResponse' });
  });
});

describe('waiting', () => {
  test.each([
    { name: 'a limit', answer: problem('rateLimited', 429) },
    { name: 'an edge limit without a document', answer: { status: 503, body: 'slow down' } },
    { name: '429 without a document', answer: { status: 429, body: 'slow down' } },
  ])('$name with a short Retry-After is waited for', async ({ answer }) => {
    await using fixture = await startFixture();
    const account = await fixture.newAccount();
    fixture.ca.fault('account', () => ({ ...answer, headers: { 'retry-after': '7' } }));
    await account.refresh();
    expect(fixture.clock.slept).toEqual([7_000]);
  });

  test('an HTTP-date counts from the present', async () => {
    await using fixture = await startFixture();
    const account = await fixture.newAccount();
    fixture.ca.fault('account', () => ({ status: 503, headers: { 'retry-after': new Date(fixture.clock.now().getTime() + 9_000).toUTCString() } }));
    await account.refresh();
    expect(fixture.clock.slept).toEqual([9_000]);
  });

  test('a long Retry-After is thrown for the caller to come back', async () => {
    await using fixture = await startFixture();
    const account = await fixture.newAccount();
    fixture.ca.fault('newOrder', () => ({ ...problem('rateLimited', 429), headers: { 'retry-after': '86400' } }));
    await expect(account.createOrder({ identifiers: names('example.com') })).rejects.toMatchObject({ type: 'rateLimited', retry: { afterSeconds: 86_400 } });
    expect(fixture.clock.slept).toEqual([]);
  });

  test('a limit without a time is not retried blindly', async () => {
    await using fixture = await startFixture();
    const account = await fixture.newAccount();
    fixture.startCounting();
    fixture.ca.fault('account', () => problem('rateLimited', 429), 5);
    await expect(account.refresh()).rejects.toMatchObject({ type: 'rateLimited' });
    expect(fixture.ca.requests).toHaveLength(1);
  });
});

describe('redirects', () => {
  test('of signed requests are refused', async () => {
    await using fixture = await startFixture();
    const account = await fixture.newAccount();
    fixture.startCounting();
    fixture.ca.fault('account', () => ({ status: 307, headers: { location: `${fixture.ca.origin}/account/2` } }));
    await expect(account.refresh()).rejects.toMatchObject({ code: 'redirectRefused' });
    expect(fixture.ca.requests).toHaveLength(1);
  });

  test.each([
    { name: 'within the origin is followed', to: (origin: string) => `${origin}/directory/`, works: true },
    { name: 'relative is followed', to: () => '/directory/', works: true },
    { name: 'to another origin is refused', to: () => 'https://evil.example/directory', works: false },
  ])('of the directory: $name', async ({ to, works }) => {
    await using fixture = await startFixture();
    fixture.ca.fault('directory', () => ({ status: 301, headers: { location: to(fixture.ca.origin) } }));
    if (works) expect(await fixture.client.directory()).toMatchObject({ newOrder: `${fixture.ca.origin}/newOrder` });
    else await expect(fixture.client.directory()).rejects.toMatchObject({ code: 'redirectRefused' });
  });

  test('of the directory in circles end', async () => {
    await using fixture = await startFixture();
    fixture.ca.fault('directory', () => ({ status: 301, headers: { location: '/directory' } }), 100);
    await expect(fixture.client.directory()).rejects.toMatchObject({ code: 'redirectRefused' });
  });
});

test('an abort rejects with its reason and is not retried', async () => {
  await using fixture = await startFixture();
  const account = await fixture.newAccount();
  const controller = new AbortController();
  const reason = new Error('stop');
  fixture.startCounting();
  fixture.ca.fault('account', () => (controller.abort(reason), 'silence'), 5);
  await expect(account.refresh({ signal: controller.signal })).rejects.toBe(reason);
  expect(fixture.ca.requests).toHaveLength(1);
});
