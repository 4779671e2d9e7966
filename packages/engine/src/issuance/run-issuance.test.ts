import { AcmeError, AcmeProblem } from '@certward/acme';
import { Secret } from '@certward/base';
import { createCsr, describeKey, generatePrivateKey, type Identifier, keysMatch, parsePrivateKeyPem, privateKeyToPem } from '@certward/pki';
import { beforeEach, describe, expect, test } from 'vitest';
import type { JournalEntry } from '../ports.ts';
import { type Bench, failure, name, openBench, problem } from './testing/bench.ts';
import { createScriptedAuthenticator } from './testing/scripted-authenticator.ts';
import type { ScriptedCa } from './testing/scripted-ca.ts';

let bench: Bench;
let ca: Bench['ca'];
let journal: Bench['journal'];
let http: Bench['http'];
let dns: Bench['dns'];
let stored: Bench['stored'];
let events: Bench['events'];

beforeEach(async () => {
  bench = await openBench();
  ({ ca, journal, http, dns, stored, events } = bench);
});

const issue: Bench['issue'] = (request, deps) => bench.issue(request, deps);

async function expectNothingLeft(): Promise<void> {
  expect(await bench.leftovers()).toEqual([]);
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

  test('cleans up in the order of presentation for an authenticator that counts on it', async () => {
    const hooks = createScriptedAuthenticator({ types: ['http-01'], cleansUpAsPresented: true, published: http.published });
    await issue({ identifiers: [name('a.test'), name('b.test')], authenticatorFor: () => hooks });
    expect(hooks.calls.slice(-2)).toEqual(['cleanUp token-1-0', 'cleanUp token-1-1']);
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
    expect(error).toMatchObject({ code: 'challengeUnsupported' });
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

  test('takes a certificate to which the ca added a name', async () => {
    ca.script.certify = (identifiers) => [...identifiers, name('www.a.test')];
    await issue();
    expect(stored[0]?.chain[0]?.identifiers).toHaveLength(2);
  });

  test('pauses with everything in place when challenges are to be debugged', async () => {
    await issue({}, { debugChallenges: async (challenges) => {
      expect(challenges.map(({ token }) => token)).toEqual(['token-1-0']);
      expect(http.published.size).toBe(1);
      expect(bench.count('challenge')).toBe(0);
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
    expect(bench.count('newOrder')).toBe(1);
  });

  test('drops the names that the ca rejects in the order itself', async () => {
    ca.script.before = (request) => {
      if (request !== 'newOrder' || bench.count('newOrder') > 1) return;
      const subproblems = [{ ...problem('rejectedIdentifier', 'blocked'), identifier: name('bad.test') }];
      throw new AcmeProblem({ type: 'malformed', status: 400, detail: 'some names', subproblems });
    };
    const result = await issue({ identifiers: [name('bad.test'), name('good.test')], allowSubsetOfNames: true });
    expect(result.dropped).toEqual([{ identifier: name('bad.test'), problemType: 'rejectedIdentifier', detail: 'blocked' }]);
    expect(result.identifiers).toEqual([name('good.test')]);
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
