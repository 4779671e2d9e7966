// Orders step by step: resource objects, finalize, lost answers, replaces, profiles, polling.
import { describe, expect, test } from 'vitest';

import { createCsr } from '@certward/pki';

import type { Account } from './account.ts';
import type { Order } from './order.ts';
import { type Fixture, names, startFixture } from './testing/fixture.ts';
import { problem } from './testing/scripted-ca.ts';

const certId = 'aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE';

/** An order whose authorizations are all answered. */
async function answered(account: Account, ...values: string[]): Promise<Order> {
  const order = await account.createOrder({ identifiers: names(...values) });
  for (const authorization of await order.authorizations()) await authorization.challenges[0]?.respond();
  return order;
}

/** An order that can be finalized, and its CSR. */
async function ready(fixture: Fixture, ...values: string[]): Promise<{ order: Order; csr: Uint8Array }> {
  const order = await answered(await fixture.newAccount(), ...values);
  await order.pollUntilReady();
  return { order, csr: createCsr({ key: await fixture.newKey(), identifiers: names(...values) }).der };
}

describe('resource objects, step by step', () => {
  test('lead from an order to a certificate, and can be opened again at any step', async () => {
    await using fixture = await startFixture();
    const account = await fixture.newAccount();
    const first = await answered(account, 'a.example', '*.a.example');
    const second = await account.openOrder(first.url);
    expect(await second.pollUntilReady()).toMatchObject({ status: 'ready' });
    const csr = createCsr({ key: await fixture.newKey(), identifiers: names('*.a.example', 'a.example') }).der;
    expect(await second.finalize(csr)).toMatchObject({ status: 'processing' });
    const third = await account.openOrder(first.url);
    expect(await third.pollUntilValid()).toMatchObject({ status: 'valid' });
    expect(await third.pollUntilReady()).toMatchObject({ status: 'valid' });
    const { chain, preferenceMet } = await (await account.openOrder(first.url)).downloadCertificate();
    expect(chain[0]?.identifiers).toHaveLength(2);
    expect(preferenceMet).toBe(true);
  });

  test('an order without names is refused before any request', async () => {
    await using fixture = await startFixture();
    const account = await fixture.newAccount();
    await expect(account.createOrder({ identifiers: [] })).rejects.toMatchObject({ code: 'argumentInvalid' });
  });

  test('validity wishes are sent in whole seconds', async () => {
    await using fixture = await startFixture();
    const account = await fixture.newAccount();
    const order = await account.createOrder({ identifiers: names('a.example'), notBefore: new Date('2026-11-20T12:00:00.750Z'), notAfter: new Date('2026-12-20T12:00:00Z') });
    expect(fixture.ca.payloads.at(-1)?.payload).toMatchObject({ notBefore: '2026-11-20T12:00:00Z', notAfter: '2026-12-20T12:00:00Z' });
    expect(order.state).toMatchObject({ notBefore: new Date('2026-11-20T12:00:00Z'), expires: new Date('2036-01-01T00:00:00Z') });
  });

  test('there is nothing to download before the order is valid', async () => {
    await using fixture = await startFixture();
    const order = await (await fixture.newAccount()).createOrder({ identifiers: names('a.example') });
    await expect(order.downloadCertificate()).rejects.toMatchObject({ code: 'argumentInvalid' });
  });
});

describe('a hostile order', () => {
  test('for other names than asked for is refused', async () => {
    await using fixture = await startFixture();
    const account = await fixture.newAccount();
    fixture.ca.fault('newOrder', async ({ proceed }) => {
      const answer = await proceed();
      return { ...answer, body: { ...(answer.body as object), identifiers: names('a.example', 'bank.example') } };
    });
    await expect(account.createOrder({ identifiers: names('a.example') })).rejects.toMatchObject({ code: 'invalidResponse' });
  });

  test('that wants proof for a foreign name is refused before anything is published', async () => {
    await using fixture = await startFixture();
    const account = await fixture.newAccount();
    const order = await account.createOrder({ identifiers: names('a.example') });
    fixture.ca.fault('authz', async ({ proceed }) => {
      const answer = await proceed();
      return { ...answer, body: { ...(answer.body as object), identifier: { type: 'dns', value: 'bank.example' } } };
    });
    await expect(order.authorizations()).rejects.toMatchObject({ code: 'invalidResponse' });
  });

  test.each(['http://internal.example/', 'https://user:pw@ca.example/', 'file:///etc/shadow'])('that sends us to "%s" is refused', async (finalize) => {
    // Plain http is allowed in this fixture, so the policy is tightened to the one origin.
    await using fixture = await startFixture({}, { acceptUrl: (url) => url.hostname === '127.0.0.1' });
    const account = await fixture.newAccount();
    fixture.ca.fault('newOrder', async ({ proceed }) => {
      const answer = await proceed();
      return { ...answer, body: { ...(answer.body as object), finalize } };
    });
    await expect(account.createOrder({ identifiers: names('a.example') })).rejects.toMatchObject({ code: 'urlRefused' });
  });

  test('whose names came back in other case and order is the same order', async () => {
    await using fixture = await startFixture();
    const account = await fixture.newAccount();
    fixture.ca.fault('newOrder', async ({ proceed }) => {
      const answer = await proceed();
      return { ...answer, body: { ...(answer.body as object), identifiers: names('B.EXAMPLE', 'A.Example'), expires: '2001-01-01T00:00:00Z', novelty: { deep: [1] } } };
    });
    const order = await account.createOrder({ identifiers: names('a.example', 'b.example') });
    expect(order.state).toMatchObject({ status: 'pending', expires: new Date('2001-01-01T00:00:00Z') });
  });
});

describe('finalize', () => {
  test('too early, the order is read again and the problem thrown', async () => {
    await using fixture = await startFixture();
    const account = await fixture.newAccount();
    const order = await account.createOrder({ identifiers: names('a.example') });
    const csr = createCsr({ key: await fixture.newKey(), identifiers: names('a.example') }).der;
    await expect(order.finalize(csr)).rejects.toMatchObject({ type: 'orderNotReady' });
    expect(order.state.status).toBe('pending');
  });

  test('refused as not ready although the order is: sent once more', async () => {
    await using fixture = await startFixture();
    const { order, csr } = await ready(fixture, 'a.example');
    fixture.ca.fault('finalize', () => problem('orderNotReady', 403));
    expect(await order.finalize(csr)).toMatchObject({ status: 'processing' });
  });

  test('with a refused csr leaves the order usable', async () => {
    await using fixture = await startFixture();
    const { order, csr } = await ready(fixture, 'a.example');
    const wrong = createCsr({ key: await fixture.newKey(), identifiers: names('b.example') }).der;
    await expect(order.finalize(wrong)).rejects.toMatchObject({ type: 'badCSR' });
    expect(await order.finalize(csr)).toMatchObject({ status: 'processing' });
  });

  test.each([
    { name: 'the request arrived', arrived: true },
    { name: 'the request never arrived', arrived: false },
  ])('whose answer is lost reads the order: $name', async ({ arrived }) => {
    await using fixture = await startFixture();
    const { order, csr } = await ready(fixture, 'a.example');
    fixture.ca.fault('finalize', async ({ proceed }) => {
      if (arrived) await proceed();
      return 'hangUp' as const;
    });
    await order.finalize(csr);
    expect(await order.pollUntilValid()).toMatchObject({ status: 'valid' });
    expect(fixture.ca.certificates).toHaveLength(1);
  });

  test('whose answers are always lost gives up without a second order', async () => {
    await using fixture = await startFixture();
    const { order, csr } = await ready(fixture, 'a.example');
    fixture.ca.fault('finalize', () => 'hangUp', 100);
    await expect(order.finalize(csr)).rejects.toMatchObject({ code: 'replyLost', retry: 'now' });
    expect(fixture.ca.orders).toHaveLength(1);
  });
});

describe('polling', () => {
  test('an order that turns invalid without a failed authorization tells its own error', async () => {
    await using fixture = await startFixture();
    const { order, csr } = await ready(fixture, 'a.example');
    await order.finalize(csr);
    fixture.ca.fault('order', async ({ proceed }) => {
      const answer = await proceed();
      return { ...answer, body: { ...(answer.body as object), status: 'invalid', error: { type: 'urn:ietf:params:acme:error:caa', detail: 'CAA forbids it' } } };
    });
    await expect(order.pollUntilValid()).rejects.toMatchObject({ code: 'orderInvalid', orderUrl: order.url, problem: { type: 'caa' }, message: 'the order is invalid: CAA forbids it' });
  });

  test('a failed authorization under a pending order is noticed', async () => {
    await using fixture = await startFixture();
    const order = await (await fixture.newAccount()).createOrder({ identifiers: names('a.example') });
    fixture.ca.fault('authz', async ({ proceed }) => {
      const answer = await proceed();
      return { ...answer, body: { ...(answer.body as object), status: 'invalid' } };
    });
    await expect(order.pollUntilReady()).rejects.toMatchObject({ code: 'authorizationFailed', failures: [{ identifier: { value: 'a.example' } }] });
  });

  test('a valid order without its certificate url is not done yet', async () => {
    await using fixture = await startFixture({ looksUntilIssued: 0 });
    const { order, csr } = await ready(fixture, 'a.example');
    await order.finalize(csr);
    const incomplete = await (async () => {
      fixture.ca.fault('order', async ({ proceed }) => {
        const answer = await proceed();
        return { ...answer, body: { ...(answer.body as object), certificate: undefined } };
      });
      return await order.refresh();
    })();
    expect(incomplete.status).toBe('processing');
    expect(await order.pollUntilValid()).toMatchObject({ status: 'valid' });
  });

  test('an order that falls back to ready is reported', async () => {
    await using fixture = await startFixture();
    const { order, csr } = await ready(fixture, 'a.example');
    await order.finalize(csr);
    fixture.ca.fault('order', async ({ proceed }) => {
      const answer = await proceed();
      return { ...answer, body: { ...(answer.body as object), status: 'ready' } };
    });
    await expect(order.pollUntilValid()).rejects.toMatchObject({ code: 'orderInvalid', message: 'the order went back to "ready" after it was finalized' });
  });

  test('a day of Retry-After while processing is thrown with the time to come back', async () => {
    await using fixture = await startFixture();
    const { order, csr } = await ready(fixture, 'a.example');
    fixture.ca.fault('finalize', async ({ proceed }) => {
      const answer = await proceed();
      return { ...answer, headers: { ...answer.headers, 'retry-after': '86400' } };
    });
    await order.finalize(csr);
    await expect(order.pollUntilValid()).rejects.toMatchObject({ code: 'waitTooLong', retry: { afterSeconds: 86_400 } });
    expect(await (await startOver(order)).pollUntilValid()).toMatchObject({ status: 'valid' });
  });

  test.each(['frozen', ''])('an unknown state "%s" is an invalid answer', async (status) => {
    await using fixture = await startFixture();
    const order = await (await fixture.newAccount()).createOrder({ identifiers: names('a.example') });
    fixture.ca.fault('order', async ({ proceed }) => {
      const answer = await proceed();
      return { ...answer, body: { ...(answer.body as object), status } };
    });
    await expect(order.refresh()).rejects.toMatchObject({ code: 'invalidResponse' });
  });

  test('an order in a state that only authorizations have is dead', async () => {
    await using fixture = await startFixture();
    const order = await (await fixture.newAccount()).createOrder({ identifiers: names('a.example') });
    fixture.ca.fault('order', async ({ proceed }) => {
      const answer = await proceed();
      return { ...answer, body: { ...(answer.body as object), status: 'deactivated' } };
    });
    await expect(order.pollUntilReady()).rejects.toMatchObject({ code: 'orderInvalid' });
  });
});

/** What another run would do: read the order again. */
async function startOver(order: Order): Promise<Order> {
  await order.refresh();
  return order;
}

describe('replaces', () => {
  test('is sent where the ca has renewal information, and left out where not', async () => {
    await using fixture = await startFixture();
    const account = await fixture.newAccount();
    expect((await account.createOrder({ identifiers: names('a.example'), replaces: certId })).state.replaces).toBe(certId);
    fixture.ca.extraDirectory = { renewalInfo: undefined };
    await fixture.client.directory({ refresh: true });
    expect((await account.createOrder({ identifiers: names('a.example'), replaces: certId })).state.replaces).toBeUndefined();
  });

  test.each(['alreadyReplaced', 'malformed', 'conflict', 'serverInternal'])('is left out after %s, once', async (type) => {
    await using fixture = await startFixture({ refuseReplaces: type });
    const account = await fixture.newAccount();
    fixture.startCounting();
    const order = await account.createOrder({ identifiers: names('a.example'), replaces: certId });
    expect(order).toMatchObject({ replacesRefused: { type }, state: { status: 'pending' } });
    expect(fixture.ca.requests).toEqual(['POST newOrder', 'POST newOrder']);
    expect(fixture.clock.slept).toEqual([]);
  });

  test('is not given up for other reasons', async () => {
    await using fixture = await startFixture({ refuseReplaces: 'rejectedIdentifier' });
    const account = await fixture.newAccount();
    await expect(account.createOrder({ identifiers: names('a.example'), replaces: certId })).rejects.toMatchObject({ type: 'rejectedIdentifier' });
  });
});

describe('profiles', () => {
  const meta = { profiles: { classic: 'the usual', shortlived: 'six days' } };

  test('a required one must be offered', async () => {
    await using fixture = await startFixture({ meta });
    const account = await fixture.newAccount();
    expect((await account.createOrder({ identifiers: names('a.example'), profile: 'shortlived' })).state.profile).toBe('shortlived');
    await expect(account.createOrder({ identifiers: names('a.example'), profile: 'tlsserver' })).rejects.toMatchObject({ code: 'profileNotOffered', details: { offered: ['classic', 'shortlived'] }, hint: 'it offers "classic", "shortlived"' });
  });

  test('a required one that is new is found by reading the directory afresh', async () => {
    await using fixture = await startFixture({ meta: {} });
    const account = await fixture.newAccount();
    fixture.ca.meta = meta;
    expect((await account.createOrder({ identifiers: names('a.example'), profile: 'classic' })).state.profile).toBe('classic');
  });

  test('a preferred one is used where it is offered, and dropped where it is not or no longer', async () => {
    await using fixture = await startFixture({ meta });
    const account = await fixture.newAccount();
    expect((await account.createOrder({ identifiers: names('a.example'), preferredProfile: 'classic' })).state.profile).toBe('classic');
    expect((await account.createOrder({ identifiers: names('a.example'), preferredProfile: 'tlsserver' })).state.profile).toBeUndefined();
    fixture.ca.meta = {};
    expect((await account.createOrder({ identifiers: names('a.example'), preferredProfile: 'classic' })).state.profile).toBeUndefined();
  });
});
