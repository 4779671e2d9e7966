// The suite that every journal of issuances passes: files, memory, database. The test runner is passed in.
import { deepEqual, equal, ok } from 'node:assert/strict';
import type { Journal, JournalEntry } from '../ports.ts';
import type { ConformanceRunner } from './dns-provider.ts';

/** A journal and the same journal as another process sees it after a restart. */
export interface JournalUnderTest {
  readonly journal: Journal;
  /** Opens the same storage anew. For journals that live in one process: the journal itself. */
  readonly reopen: () => Promise<Journal>;
}

/** Registers the suite. `subject` is called inside each test and must give an empty journal. */
export function testJournal(name: string, runner: ConformanceRunner, subject: () => Promise<JournalUnderTest>): void {
  runner.describe(`journal ${name}`, () => {
    for (const [sentence, body] of Object.entries(cases)) {
      runner.test(sentence, async () => body(await subject()));
    }
  });
}

const cases: Readonly<Record<string, (subject: JournalUnderTest) => Promise<void>>> = {
  'knows nothing at first': async ({ journal }) => {
    equal(await journal.load('a'), undefined);
    equal(await journal.loadKey('a', 'k'), undefined);
    deepEqual(await journal.list(), []);
    await journal.remove('a');
  },
  'gives back every member after a restart': async ({ journal, reopen }) => {
    await journal.save(fullEntry('a'));
    const reopened = await reopen();
    deepEqual(await reopened.load('a'), fullEntry('a'));
    deepEqual(await reopened.list(), [fullEntry('a')]);
  },
  'replaces an entry as a whole': async ({ journal, reopen }) => {
    await journal.save(fullEntry('a'));
    await journal.save(smallEntry('a'));
    deepEqual(await (await reopen()).load('a'), smallEntry('a'));
  },
  'keeps entries apart, whatever their ids look like': async ({ journal, reopen }) => {
    const ids = ['a', 'A', 'a/b', '../a', 'a.b', '', '.', 'ü', '*.a.test', 'x'.repeat(1000), 'a\nb', 'a\u0000b'];
    for (const id of ids) {
      await journal.save(smallEntry(id));
      await journal.saveKey(id, 'k', `key of ${id}`);
    }
    const reopened = await reopen();
    for (const id of ids) {
      deepEqual(await reopened.load(id), smallEntry(id));
      equal(await reopened.loadKey(id, 'k'), `key of ${id}`);
    }
    equal((await reopened.list()).length, ids.length);
  },
  'removes an entry with its keys and nothing else': async ({ journal, reopen }) => {
    for (const id of ['a', 'b']) {
      await journal.save(smallEntry(id));
      await journal.saveKey(id, 'one', `1 ${id}`);
      await journal.saveKey(id, 'two', `2 ${id}`);
    }
    await journal.remove('a');
    const reopened = await reopen();
    equal(await reopened.load('a'), undefined);
    equal(await reopened.loadKey('a', 'one'), undefined);
    equal(await reopened.loadKey('a', 'two'), undefined);
    equal(await reopened.loadKey('b', 'two'), '2 b');
    deepEqual(await reopened.list(), [smallEntry('b')]);
  },
  'keeps a key before there is an entry, and replaces it': async ({ journal, reopen }) => {
    await journal.saveKey('a', 'k', 'first');
    await journal.saveKey('a', 'k', 'second');
    equal(await (await reopen()).loadKey('a', 'k'), 'second');
  },
  'is not changed through what it was given or gave': async ({ journal }) => {
    const entry = structuredClone(fullEntry('a'));
    await journal.save(entry);
    (entry.identifiers as unknown[]).length = 0;
    const loaded = await journal.load('a');
    ok(loaded !== undefined);
    (loaded.identifiers as unknown[]).length = 0;
    deepEqual(await journal.load('a'), fullEntry('a'));
  },
  'takes writes of many entries at once': async ({ journal, reopen }) => {
    const ids = Array.from({ length: 40 }, (_, index) => `entry-${index}`);
    await Promise.all(ids.map((id) => journal.save(fullEntry(id))));
    equal((await (await reopen()).list()).length, ids.length);
  },
};

function smallEntry(id: string): JournalEntry {
  return {
    id,
    directoryUrl: 'https://ca.test/directory',
    accountUrl: 'https://ca.test/account/1',
    identifiers: [{ type: 'dns', value: 'a.test' }],
    startedAt: '2026-11-20T12:00:00.000Z',
    order: { state: 'none' },
    presentations: [],
    finalizing: false,
  };
}

function fullEntry(id: string): JournalEntry {
  return {
    ...smallEntry(id),
    identifiers: [
      { type: 'dns', value: '*.a.test' },
      { type: 'ip', value: '2001:db8::1' },
    ],
    profile: 'shortlived',
    replaces: 'aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE',
    order: { state: 'created', url: 'https://ca.test/order/1' },
    presentations: [
      {
        authenticator: 'dns-rfc2136',
        challenge: {
          identifier: { type: 'dns', value: 'a.test' },
          wildcard: true,
          type: 'dns-01',
          token: 'token',
          keyAuthorization: 'token.thumb',
          validation: 'digest',
          recordName: '_acme-challenge.a.test',
          accountUrl: 'https://ca.test/account/1',
        },
        handle: { zone: 'a.test', nested: [1, null, true, { deep: 'ü' }] },
      },
    ],
    keyId: 'privkey',
    finalizing: true,
    certificatePem: '-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n',
  };
}
