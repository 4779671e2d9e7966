import { AcmeError, AcmeProblem, ReplyLostError } from '@certward/acme';
import { AppError, Secret } from '@certward/base';
import { describeKey, generatePrivateKey, keysMatch, parsePrivateKeyPem, privateKeyToPem } from '@certward/pki';
import { beforeEach, describe, expect, test } from 'vitest';
import { recoverJournal } from './recover-journal.ts';
import { type Bench, failure, fixedClock, name, openBench, problem } from './testing/bench.ts';

let bench: Bench;
let ca: Bench['ca'];
let journal: Bench['journal'];
let http: Bench['http'];
let stored: Bench['stored'];
let events: Bench['events'];

beforeEach(async () => {
  bench = await openBench();
  ({ ca, journal, http, stored, events } = bench);
});

const issue: Bench['issue'] = (request, deps) => bench.issue(request, deps);

async function expectNothingLeft(): Promise<void> {
  expect(await bench.leftovers()).toEqual([]);
}

describe('trouble on the way', () => {
  test('takes back what was presented when another presentation fails, and ends the authorizations', async () => {
    http.before = (call) => {
      if (call === 'present token-1-1') throw new AppError('portInUse', 'port 80 is in use');
    };
    expect(await failure(issue({ identifiers: [name('a.test'), name('b.test')] }))).toMatchObject({ code: 'portInUse' });
    expect(ca.authorizationOf('a.test')?.status).toBe('deactivated');
    await expectNothingLeft();
  });

  test('reports failed clean-up without hiding the certificate, and the next run removes the rest', async () => {
    http.before = (call) => {
      if (call.startsWith('cleanUp')) throw new Error('disk on fire');
    };
    const result = await issue();
    expect(result.cleanUpFailures).toHaveLength(1);
    expect(events).toContainEqual({ type: 'cleanup.failed', message: expect.stringContaining('disk on fire') as unknown });
    expect(await journal.list()).toMatchObject([{ order: { state: 'none' }, presentations: [{ authenticator: 'http' }] }]);
    expect(JSON.stringify(await journal.list())).not.toContain('CERTIFICATE');
    http.before = () => undefined;
    expect(await recoverJournal(journal, { authenticatorOf: () => http })).toEqual({ removed: 1, failures: [] });
    await expectNothingLeft();
  });

  test('never lets failed clean-up replace the error', async () => {
    ca.script.validate = () => problem('dns');
    http.before = (call) => {
      if (call.startsWith('cleanUp')) throw new Error('disk on fire');
    };
    expect(await failure(issue())).toMatchObject({ code: 'validationFailed' });
  });

  test('cleans up after an abort under a fresh signal and rethrows the reason', async () => {
    const controller = new AbortController();
    const reason = new Error('ctrl-c');
    const error = await failure(issue({}, { signal: controller.signal, debugChallenges: async () => controller.abort(reason) }));
    expect(error).toBe(reason);
    expect(ca.authorizationOf('a.test')?.status).toBe('deactivated');
    await expectNothingLeft();
  });

  test('gives up on an authenticator that never finishes its clean-up', async () => {
    http.before = (call) => (call.startsWith('cleanUp') ? new Promise(() => {}) : undefined);
    const result = await issue({ cleanUpTimeoutMs: 20 });
    expect(result.cleanUpFailures).toHaveLength(1);
    expect(stored).toHaveLength(1);
  });

  test('keeps order, key and certificate when storing fails, and stores the same one next time', async () => {
    await failure(issue({}, { store: () => Promise.reject(new Error('disk full')) }));
    expect(http.published.size).toBe(0);
    const result = await issue();
    expect(result.resumed).toBe(true);
    expect(ca.issued).toHaveLength(1);
    expect(stored[0]?.chain[0]?.serial).toBe(ca.issued[0]?.serial);
    await expectNothingLeft();
  });

  test('does not hand out a certificate that an interrupted run left weeks ago', async () => {
    await failure(issue({}, { store: () => Promise.reject(new Error('disk full')) }));
    const later = { ...fixedClock, now: () => new Date('2027-01-10T12:00:00Z') };
    const result = await issue({}, { clock: later });
    expect(result.resumed).toBe(false);
    expect(ca.issued).toHaveLength(2);
    await expectNothingLeft();
  });

  test('does not hand out a certificate that another program has overtaken meanwhile', async () => {
    await failure(issue({}, { store: () => Promise.reject(new Error('disk full')) }));
    const [left] = ca.issued;
    const since = (ms: number) => new Date((left?.notBefore.getTime() ?? 0) + ms);
    await failure(issue({ newerThan: since(0) }, { store: () => Promise.reject(new Error('disk full')) }));
    expect(ca.issued).toHaveLength(1);
    const result = await issue({ newerThan: since(1000) });
    expect(result.resumed).toBe(false);
    expect(ca.issued).toHaveLength(2);
    await expectNothingLeft();
  });

  test('takes the key of the interrupted run only where the ca has it already or it is what is wanted now', async () => {
    await failure(issue({}, { store: () => Promise.reject(new Error('disk full')) }));
    const [first] = ca.issued;
    const kept = await issue({ key: { type: 'ecdsa', curve: 'P-384' } });
    expect(describeKey(parsePrivateKeyPem(kept.privateKeyPem?.reveal() ?? ''))).toEqual(first?.keySpec);

    let down = true;
    ca.script.before = (request) => {
      if (request === 'finalize' && down) throw new AcmeError('network', 'connection refused', { retry: 'now' });
    };
    await failure(issue({ id: 'b' }));
    down = false;
    const wanted = await generatePrivateKey({ type: 'ecdsa', curve: 'P-256' });
    const changed = await issue({ id: 'b', key: new Secret(privateKeyToPem(wanted)) });
    expect(changed.resumed).toBe(true);
    expect(keysMatch(wanted, changed.chain[0]?.publicKey ?? wanted)).toBe(true);
    await expectNothingLeft();
  });

  test('keeps the order when the ca is slow and picks the certificate up later', async () => {
    ca.script.processingLooks = 5;
    expect(await failure(issue({ issuanceTimeoutMs: 2000 }))).toMatchObject({ code: 'issuancePending', retry: { afterSeconds: 30 } });
    expect(http.published.size).toBe(0);
    await issue();
    expect(bench.count('newOrder')).toBe(1);
    expect(ca.issued).toHaveLength(1);
    await expectNothingLeft();
  });

  test('keeps the order through network trouble and continues it', async () => {
    let down = true;
    ca.script.before = (request) => {
      if (request === 'challenge' && down) throw new AcmeError('network', 'connection refused', { retry: 'now' });
    };
    await failure(issue());
    expect(http.published.size).toBe(0);
    down = false;
    await issue();
    expect(bench.count('newOrder')).toBe(1);
    await expectNothingLeft();
  });

  test('finds the order whose reply was lost, among others of the account', async () => {
    await issue({ id: 'older' });
    let lose = true;
    ca.script.after = (request) => {
      if (request !== 'newOrder' || !lose) return;
      lose = false;
      throw new ReplyLostError('the new order', {});
    };
    await issue();
    expect(ca.orders).toHaveLength(2);
    await expectNothingLeft();
  });

  test('asks again at a CA without a list of orders, which hands the open order out again', async () => {
    ca.script.listsOrders = false;
    ca.script.reusesOrders = true;
    let lose = true;
    ca.script.after = (request) => {
      if (request !== 'newOrder' || !lose) return;
      lose = false;
      throw new ReplyLostError('the new order', {});
    };
    await issue();
    expect(ca.orders).toHaveLength(1);

    // The process dies instead of asking again.
    ca.script.after = (request) => {
      if (request === 'newOrder') throw new Error('killed');
    };
    await failure(issue({ id: 'b.test', identifiers: [name('b.test')] }));
    ca.script.after = () => undefined;
    await issue({ id: 'b.test', identifiers: [name('b.test')] });
    expect(ca.orders).toHaveLength(2);
    await expectNothingLeft();
  });

  test('does not take over the open order of another issuance', async () => {
    ca.script.processingLooks = 0;
    await failure(issue({ id: 'other' }, { debugChallenges: () => Promise.reject(new AcmeError('network', 'gone')) }));
    let lose = true;
    ca.script.before = (request) => {
      if (request !== 'newOrder' || !lose) return;
      lose = false;
      throw new ReplyLostError('the new order', {});
    };
    await issue();
    expect(ca.orders).toHaveLength(2);
    expect(await journal.list()).toMatchObject([{ id: 'other', order: { url: ca.orders[0]?.url } }]);
  });

  test('starts anew when the order of the journal is invalid, unknown or about other names', async () => {
    const interrupt = () => failure(issue({}, { debugChallenges: () => Promise.reject(new AcmeError('network', 'gone')) }));
    await interrupt();
    const [first] = ca.orders;
    if (first?.authorizations[0] !== undefined) first.authorizations[0].status = 'invalid';
    await issue();
    expect(ca.orders).toHaveLength(2);

    await interrupt();
    ca.orders.pop();
    await issue();
    expect(ca.orders).toHaveLength(3);

    await interrupt();
    await issue({ identifiers: [name('a.test'), name('b.test')] });
    expect(ca.orders).toHaveLength(5);
    await expectNothingLeft();
  });

  test('continues an order that only a fast clock takes for expired, from the journal and after a lost reply', async () => {
    const fast = { ...fixedClock, now: () => new Date('2031-01-01T00:00:00Z') };
    await failure(issue({}, { clock: fast, debugChallenges: () => Promise.reject(new AcmeError('network', 'gone')) }));
    await issue({}, { clock: fast });
    expect(ca.orders).toHaveLength(1);

    let lose = true;
    ca.script.after = (request) => {
      if (request !== 'newOrder' || !lose) return;
      lose = false;
      throw new ReplyLostError('the new order', {});
    };
    await issue({ id: 'b.test', identifiers: [name('b.test')] }, { clock: fast });
    expect(ca.orders).toHaveLength(2);
    await expectNothingLeft();
  });

  test('orders anew when the CA refuses to go on with an order that looked expired', async () => {
    await failure(issue({}, { debugChallenges: () => Promise.reject(new AcmeError('network', 'gone')) }));
    const late = { ...fixedClock, now: () => new Date('2026-11-30T00:00:00Z') };
    let refuse = true;
    ca.script.before = (request) => {
      if (request !== 'finalize' || !refuse) return;
      refuse = false;
      throw new AcmeProblem({ type: 'malformed', status: 404, detail: 'order is expired', subproblems: [] }, {});
    };
    await issue({}, { clock: late });
    expect(ca.orders).toHaveLength(2);
    await expectNothingLeft();
  });

  test('orders anew when the continued order dies of what happened while nobody answered', async () => {
    await failure(issue({}, { debugChallenges: () => Promise.reject(new AcmeError('network', 'gone')) }));
    let first = true;
    ca.script.validate = () => (first ? ((first = false), problem('connection')) : undefined);
    const result = await issue();
    expect(ca.orders).toHaveLength(2);
    expect(result.resumed).toBe(false);
    await expectNothingLeft();
  });

  test('keeps an order that is not finalized because the clock is wrong, and nothing where there is none yet', async () => {
    const wrong = (when: string) => {
      ca.script.before = (request) => {
        if (request === when) throw new AcmeError('clockWrong', 'the clock is wrong');
      };
    };
    wrong('newOrder');
    await failure(issue());
    await expectNothingLeft();
    wrong('finalize');
    await failure(issue());
    wrong('never');
    await issue();
    expect(ca.orders).toHaveLength(1);
    await expectNothingLeft();
  });

  test('sends no rate-limited order into the journal', async () => {
    ca.script.before = (request) => {
      if (request === 'newOrder') throw new AcmeProblem({ type: 'rateLimited', status: 429, detail: 'later', subproblems: [] }, { retryAfterSeconds: 60 });
    };
    expect(await failure(issue())).toMatchObject({ code: 'problem', retry: { afterSeconds: 60 } });
    await expectNothingLeft();
  });
});

describe('recovery of the journal', () => {
  const interrupt = () =>
    failure(issue({ cleanUpTimeoutMs: 1 }, { debugChallenges: async () => {
      http.before = (call) => (call.startsWith('cleanUp') ? Promise.reject(new Error('cut off')) : undefined);
      throw new AcmeError('network', 'gone');
    } }));

  test('removes what was presented and keeps the order for the next run', async () => {
    await interrupt();
    http.before = () => undefined;
    expect(await recoverJournal(journal, { authenticatorOf: () => http, clock: fixedClock })).toEqual({ removed: 1, failures: [] });
    expect(http.published.size).toBe(0);
    await issue();
    expect(ca.orders).toHaveLength(1);
  });

  test('leaves alone what others work on, and lists what no authenticator is there for', async () => {
    await interrupt();
    http.before = () => undefined;
    expect(await recoverJournal(journal, { authenticatorOf: () => http, isInUse: () => true, clock: fixedClock })).toEqual({ removed: 0, failures: [] });
    const { failures } = await recoverJournal(journal, { authenticatorOf: () => undefined, clock: fixedClock });
    expect(failures).toMatchObject([{ code: 'cleanUpFailed' }]);
    expect(await journal.list()).toMatchObject([{ presentations: [{ authenticator: 'http' }] }]);
  });

  test('forgets entries whose certificate is stored already', async () => {
    await failure(issue({}, { store: () => Promise.reject(new Error('killed right after it was stored')) }));
    await recoverJournal(journal, { authenticatorOf: () => http, isStored: ({ certificatePem }) => certificatePem === undefined, clock: fixedClock });
    expect(await journal.list()).toHaveLength(1);
    await recoverJournal(journal, { authenticatorOf: () => http, isStored: ({ certificatePem }) => certificatePem !== undefined, clock: fixedClock });
    await expectNothingLeft();
  });

  test('forgets entries that nobody came back to for a month', async () => {
    await interrupt();
    http.before = () => undefined;
    const later = { ...fixedClock, now: () => new Date('2026-12-24T12:00:00Z') };
    expect(await recoverJournal(journal, { authenticatorOf: () => http, clock: later })).toMatchObject({ removed: 1 });
    await expectNothingLeft();
  });
});

