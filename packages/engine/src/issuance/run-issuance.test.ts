import { AcmeError, AcmeProblem, ReplyLostError } from '@certward/acme';
import { AppError, type Clock, Secret, systemClock } from '@certward/base';
import { createCsr, describeKey, generatePrivateKey, type Identifier, keysMatch, parsePrivateKeyPem, privateKeyToPem } from '@certward/pki';
import { beforeEach, describe, expect, test } from 'vitest';
import type { IssuanceEvent, Journal, JournalEntry } from '../ports.ts';
import { createMemoryJournal } from './memory-journal.ts';
import { recoverJournal } from './recover-journal.ts';
import type { IssuanceDeps, IssuanceRequest, IssuanceResult } from './request.ts';
import { runIssuance } from './run-issuance.ts';
import { createScriptedAuthenticator, type ScriptedAuthenticator } from './testing/scripted-authenticator.ts';
import { ScriptedCa } from './testing/scripted-ca.ts';

let ca: ScriptedCa;
let journal: Journal;
let http: ScriptedAuthenticator;
let dns: ScriptedAuthenticator;
let stored: IssuanceResult[];
let events: IssuanceEvent[];
/** Sleeps take no time; the day is fixed. */
const clock: Clock = { now: () => new Date('2026-11-20T12:00:00Z'), monotonicMs: () => systemClock.monotonicMs(), sleep: () => Promise.resolve() };

beforeEach(async () => {
  ca = await ScriptedCa.create(() => clock.now());
  journal = createMemoryJournal();
  http = createScriptedAuthenticator({ name: 'http', types: ['http-01'] });
  dns = createScriptedAuthenticator({ name: 'dns', types: ['dns-01'] });
  stored = [];
  events = [];
  ca.script.validate = ({ token }) => (http.published.has(token) || dns.published.has(token) ? undefined : problem('connection'));
});

function name(value: string): Identifier {
  return { type: 'dns', value };
}

function problem(type: string, detail = 'refused') {
  return { type, status: 403, detail, subproblems: [] };
}

function issue(request: Partial<IssuanceRequest> = {}, deps: Partial<IssuanceDeps> = {}): Promise<IssuanceResult> {
  return runIssuance(
    { id: 'a.test', directoryUrl: ca.directoryUrl, account: ca, identifiers: [name('a.test')], authenticatorFor: () => http, ...request },
    { journal, clock, store: async (result) => void stored.push(result), listener: (event) => events.push(event), ...deps },
  );
}

async function failure(work: Promise<unknown>): Promise<AppError> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(Error);
  return error as AppError;
}

async function expectNothingLeft(): Promise<void> {
  expect(http.published.size + dns.published.size).toBe(0);
  expect(await journal.list()).toEqual([]);
}

function count(request: string): number {
  return ca.requests.filter((one) => one === request).length;
}

describe('an issuance', () => {
  test('obtains and stores a certificate for its key and names and leaves nothing behind', async () => {
    const result = await issue({ identifiers: [name('a.test'), name('b.test')] });
    expect(stored).toHaveLength(1);
    expect(result.chain[0]?.identifiers).toEqual([name('a.test'), name('b.test')]);
    const key = parsePrivateKeyPem(result.privateKeyPem?.reveal() ?? '');
    expect(keysMatch(key, result.chain[0]?.publicKey ?? key)).toBe(true);
    expect(describeKey(key)).toEqual({ type: 'ecdsa', curve: 'P-256' });
    expect(result).toMatchObject({ dropped: [], resumed: false, orderUrl: ca.orders[0]?.url, cleanUpFailures: [] });
    await expectNothingLeft();
  });

  test('needs no request that could be saved', async () => {
    await issue();
    expect(ca.requests).toEqual(['newOrder', 'authorization', 'challenge', 'order', 'finalize', 'certificate']);
  });

  test('presents everything before it responds to anything, and cleans up the last one first', async () => {
    const log: string[] = [];
    http.before = (call) => void log.push(call);
    ca.script.before = (request) => void log.push(request);
    await issue({ identifiers: [name('a.test'), name('b.test')] });
    expect(log.lastIndexOf('present token-1-1')).toBeLessThan(log.indexOf('challenge'));
    expect(http.calls.slice(-2)).toEqual(['cleanUp token-1-1', 'cleanUp token-1-0']);
  });

  test('journals what it is about to do before it does it', async () => {
    const seen: Record<string, JournalEntry | undefined> = {};
    const note = async (what: string) => void (seen[what] ??= await journal.load('a.test'));
    http.before = (call) => note(call.split(' ')[0] ?? '');
    const account = Object.assign(Object.create(ca) as ScriptedCa, {
      createOrder: async (wanted: { identifiers: readonly Identifier[] }) => {
        await note('newOrder');
        const order = await ca.createOrder(wanted);
        const finalize = order.finalize.bind(order);
        return Object.defineProperty(order, 'finalize', {
          value: async (csr: Uint8Array) => {
            await note('finalize');
            await finalize(csr);
          },
        });
      },
    });
    await issue({ account }, { store: () => note('store') });
    expect(seen['newOrder']?.order).toEqual({ state: 'creating' });
    expect(seen['present']?.presentations).toHaveLength(1);
    expect(seen['finalize']).toMatchObject({ finalizing: true, keyId: 'privkey' });
    expect(seen['store']?.certificatePem).toContain('BEGIN CERTIFICATE');
  });

  test('mixes authenticators in one certificate', async () => {
    const identifiers = [name('a.test'), name('*.a.test')];
    const result = await issue({ identifiers, authenticatorFor: ({ value }) => (value.startsWith('*.') ? dns : http) });
    expect(http.calls).toContain('present token-1-0');
    expect(dns.calls).toContain('present token-1-1');
    expect(result.identifiers).toEqual(identifiers);
    await expectNothingLeft();
  });

  test('reuses authorizations that are valid already', async () => {
    ca.script.reusesAuthorizations = true;
    await issue();
    await issue({ id: 'again' });
    expect(http.calls.filter((call) => call.startsWith('present'))).toHaveLength(1);
    expect(events).toContainEqual({ type: 'authorization.valid', identifier: name('a.test'), reused: true });
  });

  test('says which authenticator cannot answer which name', async () => {
    const error = await failure(issue({ identifiers: [name('*.a.test')] }));
    expect(error).toMatchObject({ code: 'challengeUnsupported', hint: 'wildcard names need a DNS authenticator' });
    expect(error.message).toContain('"*.a.test"');
    await expectNothingLeft();
    expect(ca.authorizationOf('a.test')?.status).toBe('deactivated');
  });

  test('answers only the types that the user prefers, in that order', async () => {
    const both = createScriptedAuthenticator({ name: 'both', types: ['http-01', 'dns-01'], published: http.published });
    await issue({ authenticatorFor: () => both, challengePreference: ['tls-alpn-01', 'dns-01', 'http-01'] });
    expect(events).toContainEqual(expect.objectContaining({ type: 'challenge.presented', challengeType: 'dns-01' }));
    const error = await failure(issue({ id: 'again', authenticatorFor: () => both, challengePreference: ['tls-alpn-01'] }));
    expect(error.code).toBe('challengeUnsupported');
  });

  test('uses an existing key, another kind of key, or the request of the user', async () => {
    const key = await generatePrivateKey({ type: 'ecdsa', curve: 'P-384' });
    const reused = await issue({ id: '1', key: new Secret(privateKeyToPem(key)) });
    expect(keysMatch(key, reused.chain[0]?.publicKey ?? key)).toBe(true);
    const rsa = await issue({ id: '2', key: { type: 'rsa', bits: 2048 } });
    expect(rsa.chain[0]?.keySpec).toEqual({ type: 'rsa', bits: 2048 });
    const csr = createCsr({ key, identifiers: [name('a.test')] }).der;
    const own = await issue({ id: '3', csr });
    expect(own.privateKeyPem).toBeUndefined();
    expect(keysMatch(key, own.chain[0]?.publicKey ?? key)).toBe(true);
    expect((await issue({ id: '4', mustStaple: true })).chain[0]?.hasMustStaple).toBe(true);
  });

  test('refuses a certificate for other names and stores nothing', async () => {
    ca.script.certify = () => [name('evil.test')];
    expect(await failure(issue())).toMatchObject({ code: 'certificateMismatch' });
    expect(stored).toEqual([]);
    await expectNothingLeft();
  });

  test('pauses with everything in place when challenges are to be debugged', async () => {
    await issue({}, { debugChallenges: async (challenges) => {
      expect(challenges.map(({ token }) => token)).toEqual(['token-1-0']);
      expect(http.published.size).toBe(1);
      expect(count('challenge')).toBe(0);
    } });
  });
});

describe('a refused proof', () => {
  test('is reported for every name with the words of the ca and the advice of the authenticator', async () => {
    ca.script.validate = ({ identifier }) => (identifier.value === 'good.test' ? undefined : problem('connection', `no route to ${identifier.value}`));
    const error = await failure(issue({ identifiers: [name('bad.test'), name('good.test'), name('worse.test')] }));
    expect(error).toMatchObject({
      code: 'validationFailed',
      hint: 'open the firewall',
      failures: [
        { identifier: name('bad.test'), problemType: 'connection', detail: 'no route to bad.test', authenticator: 'http' },
        { identifier: name('worse.test'), problemType: 'connection' },
      ],
    });
    expect(events.filter(({ type }) => type === 'authorization.failed')).toHaveLength(2);
    await expectNothingLeft();
  });

  test('costs only the refused names where a subset is allowed', async () => {
    ca.script.validate = ({ identifier }) => (identifier.value === 'bad.test' ? problem('dns') : undefined);
    const result = await issue({ identifiers: [name('bad.test'), name('good.test')], allowSubsetOfNames: true });
    expect(result.identifiers).toEqual([name('good.test')]);
    expect(result.dropped).toEqual([{ identifier: name('bad.test'), problemType: 'dns', detail: 'refused' }]);
    await expectNothingLeft();
  });

  test('fails the issuance when no name is left', async () => {
    ca.script.validate = () => problem('dns');
    expect(await failure(issue({ allowSubsetOfNames: true }))).toMatchObject({ code: 'validationFailed' });
    expect(count('newOrder')).toBe(1);
  });

  test('drops the names that the ca rejects in the order itself', async () => {
    ca.script.before = (request) => {
      if (request !== 'newOrder' || count('newOrder') > 1) return;
      const subproblems = [{ ...problem('rejectedIdentifier', 'blocked'), identifier: name('bad.test') }];
      throw new AcmeProblem({ type: 'malformed', status: 400, detail: 'some names', subproblems });
    };
    const result = await issue({ identifiers: [name('bad.test'), name('good.test')], allowSubsetOfNames: true });
    expect(result.dropped).toEqual([{ identifier: name('bad.test'), problemType: 'rejectedIdentifier', detail: 'blocked' }]);
    expect(result.identifiers).toEqual([name('good.test')]);
  });
});

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
    const later = { ...clock, now: () => new Date('2027-01-10T12:00:00Z') };
    const result = await issue({}, { clock: later });
    expect(result.resumed).toBe(false);
    expect(ca.issued).toHaveLength(2);
    await expectNothingLeft();
  });

  test('keeps the order when the ca is slow and picks the certificate up later', async () => {
    ca.script.processingLooks = 5;
    expect(await failure(issue({ issuanceTimeoutMs: 2000 }))).toMatchObject({ code: 'issuancePending', retry: { afterSeconds: 30 } });
    expect(http.published.size).toBe(0);
    await issue();
    expect(count('newOrder')).toBe(1);
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
    expect(count('newOrder')).toBe(1);
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

  test('starts anew when the order of the journal is invalid, expired, unknown or about other names', async () => {
    const interrupt = () => failure(issue({}, { debugChallenges: () => Promise.reject(new AcmeError('network', 'gone')) }));
    await interrupt();
    const [first] = ca.orders;
    if (first?.authorizations[0] !== undefined) first.authorizations[0].status = 'invalid';
    await issue();
    expect(ca.orders).toHaveLength(2);

    await interrupt();
    const third = ca.orders[2];
    if (third !== undefined) third.expires = new Date('2026-11-01');
    await issue();
    expect(ca.orders).toHaveLength(4);

    await interrupt();
    ca.orders.pop();
    await issue();
    expect(ca.orders).toHaveLength(5);

    await interrupt();
    await issue({ identifiers: [name('a.test'), name('b.test')] });
    expect(ca.orders).toHaveLength(7);
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
    expect(await recoverJournal(journal, { authenticatorOf: () => http, clock })).toEqual({ removed: 1, failures: [] });
    expect(http.published.size).toBe(0);
    await issue();
    expect(ca.orders).toHaveLength(1);
  });

  test('leaves alone what others work on, and lists what no authenticator is there for', async () => {
    await interrupt();
    http.before = () => undefined;
    expect(await recoverJournal(journal, { authenticatorOf: () => http, isInUse: () => true, clock })).toEqual({ removed: 0, failures: [] });
    const { failures } = await recoverJournal(journal, { authenticatorOf: () => undefined, clock });
    expect(failures).toMatchObject([{ code: 'cleanUpFailed' }]);
    expect(await journal.list()).toMatchObject([{ presentations: [{ authenticator: 'http' }] }]);
  });

  test('forgets entries that nobody came back to for a month', async () => {
    await interrupt();
    http.before = () => undefined;
    const later = { ...clock, now: () => new Date('2026-12-24T12:00:00Z') };
    expect(await recoverJournal(journal, { authenticatorOf: () => http, clock: later })).toMatchObject({ removed: 1 });
    await expectNothingLeft();
  });
});

describe('a dry run', () => {
  test('exercises every challenge although the ca would reuse proof, stores nothing and leaves no valid authorization', async () => {
    ca.script.reusesAuthorizations = true;
    await issue();
    stored.length = 0;
    http.calls.length = 0;
    await issue({ dryRun: true });
    expect(stored).toEqual([]);
    expect(http.calls.filter((call) => call.startsWith('present'))).toHaveLength(1);
    expect(ca.orders.flatMap((order) => order.authorizations).filter(({ status }) => status === 'valid')).toEqual([]);
    await expectNothingLeft();
  });

  test('does not continue the real issuance of the same name', async () => {
    await failure(issue({}, { debugChallenges: () => Promise.reject(new AcmeError('network', 'gone')) }));
    await issue({ dryRun: true });
    expect(await journal.list()).toHaveLength(1);
    await issue();
    expect(ca.orders).toHaveLength(2);
    expect(stored).toHaveLength(1);
  });
});

describe('requests that cannot be', () => {
  test.each([
    { name: 'without names', request: { identifiers: [] } },
    { name: 'with a csr and names to leave out', request: { csr: new Uint8Array(), allowSubsetOfNames: true } },
  ])('are refused: $name', async ({ request }) => {
    expect(await failure(issue(request))).toMatchObject({ code: 'requestInvalid' });
    expect(ca.requests).toEqual([]);
  });
});
