// A process that dies between any two changes of the file system, or meets a full disk at any of them: what is left on the
// disk, what the next load makes of it, and what Certbot's own code makes of it.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { keysMatch, parseCertificate, parsePrivateKeyPem } from '@certward/pki';
import { runScript, temporaryFolder } from '@certward/testing';
import { describe, expect, test } from 'vitest';

import { StoreError } from '../files/errors.ts';
import { type Failure, failingDisk, Killed } from '../files/testdata/failing-disk.ts';
import { type LineageStore, openLineageStore } from './store.ts';
import { certbotView, hasCertbot } from './testdata/certbot-view.ts';
import { material } from './testdata/material.ts';

// Thousands of small copies: in memory where the machine has such a file system, which makes this three times faster.
if (existsSync('/dev/shm')) process.env['TMPDIR'] = '/dev/shm';

const params = new Map([['server', 'https://ca.test/directory'], ['key_type', 'ecdsa']]);
const other = material(['other.test']);
const first = material(['a.test']);
const next = material(['a.test', 'b.test']);

/** Something that changes the lineage `a.test`; `prepare` makes the state before it. */
interface Scenario {
  readonly prepare: (store: LineageStore) => Promise<unknown>;
  readonly change: (store: LineageStore) => Promise<unknown>;
  /** The chains that may be live afterwards; undefined: no such lineage. */
  readonly allowed: readonly (string | undefined)[];
}

/** `a.test` with `count` versions, of which the last is `first`. */
const withVersions = async (store: LineageStore, count: number) => {
  await store.create({ ...other, name: 'other.test', params });
  let lineage = await store.create({ ...(count === 1 ? first : material(['a.test'])), name: 'a.test', params });
  for (let version = 2; version <= count; version += 1) lineage = await store.addVersion(lineage, version === count ? first : material(['a.test']));
};

const readLive = (store: LineageStore) => readFileSync(join(store.configDir, 'live/a.test/fullchain.pem'), 'utf8');
const renew = (store: LineageStore) => store.addVersion(store.load('a.test'), { ...next, params: new Map([...params, ['pre_hook', 'true']]) });

const scenarios: Readonly<Record<string, Scenario>> = {
  'the first lineage of a store': {
    prepare: () => Promise.resolve(),
    change: (store) => store.create({ ...next, name: 'a.test', params }),
    allowed: [undefined, next.fullchainPem],
  },
  'a lineage beside others': {
    prepare: (store) => store.create({ ...other, name: 'other.test', params }),
    change: (store) => store.create({ ...next, name: 'a.test', params }),
    allowed: [undefined, next.fullchainPem],
  },
  'the second version': { prepare: (store) => withVersions(store, 1), change: renew, allowed: [first.fullchainPem, next.fullchainPem] },
  'the eighth version, which prunes': { prepare: (store) => withVersions(store, 7), change: renew, allowed: [first.fullchainPem, next.fullchainPem] },
  'an edit of the conf': {
    prepare: (store) => withVersions(store, 1),
    change: (store) => store.updateConf('a.test', ({ document }) => document.root.section('renewalparams')?.set('pre_hook', 'true')),
    allowed: [first.fullchainPem],
  },
  'a deletion': { prepare: (store) => withVersions(store, 2), change: (store) => store.delete('a.test'), allowed: [undefined, first.fullchainPem] },
};

/** Copies a configuration folder; confs name it by its absolute path, so those are rewritten. */
function copyStore(from: string, to: string): string {
  mkdirSync(to, { recursive: true });
  if (existsSync(from)) cpSync(from, to, { recursive: true, verbatimSymlinks: true });
  const renewal = join(to, 'renewal');
  for (const file of existsSync(renewal) ? readdirSync(renewal) : []) {
    writeFileSync(join(renewal, file), readFileSync(join(renewal, file), 'utf8').replaceAll(from, to));
  }
  return to;
}

/** Runs the change on a copy of `prepared` with a disk that fails at change `at`; not reached: the change needed fewer. */
async function runFailing(scenario: Scenario, { prepared, at, failure, copy }: { prepared: string; at: number; failure: Failure; copy: string }) {
  copyStore(prepared, copy);
  const disk = failingDisk({ at, failure });
  let error: unknown;
  try {
    await scenario.change(openLineageStore({ configDir: copy, disk }));
  } catch (thrown) {
    error = thrown;
  }
  return { reached: disk.changes >= at, error };
}

/** Everything that must hold after recovery. */
function checkSound(store: LineageStore, { allowed }: Scenario): string | undefined {
  const listed = store.list();
  expect(listed.map(({ status, name }) => `${name} ${status}`)).toEqual(store.names().map((name) => `${name} ok`));
  for (const name of store.names()) {
    const { links, liveDir, archiveDir } = store.load(name);
    const chain = readFileSync(links.fullchain, 'utf8');
    expect(readFileSync(links.cert, 'utf8') + readFileSync(links.chain, 'utf8')).toBe(chain);
    expect(keysMatch(parsePrivateKeyPem(readFileSync(links.privkey, 'utf8')), parseCertificate(chain).publicKey)).toBe(true);
    expect(readdirSync(liveDir).sort()).toEqual(['README', 'cert.pem', 'chain.pem', 'fullchain.pem', 'privkey.pem']);
    expect(readdirSync(archiveDir).filter((file) => !/^[a-z]+\d+\.pem$/.test(file))).toEqual([]);
  }
  const renewal = join(store.configDir, 'renewal');
  expect(existsSync(renewal) ? readdirSync(renewal).sort() : []).toEqual(store.names().map((name) => `${name}.conf`).sort());
  const live = store.names().includes('a.test') ? readLive(store) : undefined;
  expect(allowed).toContain(live);
  return live;
}

describe.each(Object.keys(scenarios))('%s', (name) => {
  const scenario = scenarios[name] ?? raise();

  test.each<Failure>(name === 'the second version' || name === 'a lineage beside others' ? ['die', 'tear'] : ['die'])('killed (%s) at any change: loads, and can be done again', async (failure) => {
    await using folder = await temporaryFolder('crash');
    const prepared = folder.join('prepared', 'config');
    await scenario.prepare(openLineageStore({ configDir: prepared }));
    const states: string[] = [];
    for (let at = 1; ; at += 1) {
      const copy = folder.join(`${failure}-${at}`, 'config');
      const { reached, error } = await runFailing(scenario, { prepared, at, failure, copy });
      if (!reached) break;
      expect(error).toBeInstanceOf(Killed);
      states.push(copy);
    }
    expect(states.length).toBeGreaterThan(2);
    const seen = hasCertbot ? certbotView(states.map((state) => copyStore(state, `${state}-for-certbot`))) : [];
    for (const [index, lineages] of seen.entries()) {
      expect({ at: index + 1, broken: lineages.filter((one) => 'error' in one || one.pending || one.version !== one.latest) }).toEqual({ at: index + 1, broken: [] });
    }
    for (const configDir of states) {
      const store = openLineageStore({ configDir });
      await store.settleInterrupted();
      const live = checkSound(store, scenario);
      const deleted = scenario.allowed.includes(undefined) && live === undefined && name === 'a deletion';
      if (!deleted) await scenario.change(store);
      expect(checkSound(store, scenario)).toBe(name === 'a deletion' ? undefined : scenario.allowed.at(-1));
    }
    console.log(`${name}: killed (${failure}) at each of ${states.length} changes`);
  });

  test.each<Failure>(name === 'the second version' ? ['ENOSPC', 'EACCES'] : ['ENOSPC'])('%s at any change: one clear error, and a sound store at once', async (failure) => {
    await using folder = await temporaryFolder('full');
    const prepared = folder.join('prepared', 'config');
    await scenario.prepare(openLineageStore({ configDir: prepared }));
    for (let at = 1; ; at += 1) {
      const copy = folder.join(`${failure}-${at}`, 'config');
      const { reached, error } = await runFailing(scenario, { prepared, at, failure, copy });
      if (!reached) break;
      if (error !== undefined) {
        expect(error).toBeInstanceOf(StoreError);
        expect(error).toMatchObject({ code: failure === 'ENOSPC' ? 'diskFull' : 'notWritable' });
        expect((error as StoreError).details['path']).toContain(folder.path);
      }
      const store = openLineageStore({ configDir: copy });
      expect(store.list().map(({ status }) => status)).not.toContain('broken');
      // What is left to the next run: finishing a deletion, and removing the mark of a creation that is done.
      await store.settleInterrupted();
      checkSound(store, scenario);
    }
  });
});

test('a real process, really killed, leaves a store that loads', async () => {
  await using folder = await temporaryFolder('sigkill');
  writeFileSync(folder.join('material.json'), JSON.stringify(next));
  const script = fileURLToPath(new URL('testdata/killed-child.ts', import.meta.url));
  const outcomes: (string | number | null)[] = [];
  for (const at of [2, 9, 17, 25, 33, 41, 999]) {
    const configDir = folder.join(String(at));
    await withVersions(openLineageStore({ configDir }), 1);
    const { signal, exitCode } = await runScript(script, { args: [configDir, String(at), folder.join('material.json')] });
    outcomes.push(signal ?? exitCode);
    checkSound(openLineageStore({ configDir }), { ...(scenarios['the second version'] ?? raise()) });
  }
  expect(outcomes).toEqual(['SIGKILL', 'SIGKILL', 'SIGKILL', 'SIGKILL', 'SIGKILL', 'SIGKILL', 0]);
});

// Needs Certbot or its libraries, which the test-bed installs on Debian.
test.runIf(existsSync('/usr/bin/certbot'))('the real Certbot lists the lineages after a kill, at a sample of changes', async () => {
  await using folder = await temporaryFolder('sample');
  const scenario = scenarios['the second version'] ?? raise();
  const prepared = folder.join('prepared', 'config');
  await scenario.prepare(openLineageStore({ configDir: prepared }));
  for (const at of [3, 14, 24, 32]) {
    const copy = folder.join(`at-${at}`, 'config');
    const { reached } = await runFailing(scenario, { prepared, at, failure: 'die', copy });
    expect(reached).toBe(true);
    const output = execFileSync('/usr/bin/certbot', ['certificates', '--config-dir', copy, '--work-dir', folder.join('work'), '--logs-dir', folder.join('logs')], { encoding: 'utf8', stdio: 'pipe' });
    expect(output).toContain('Certificate Name: a.test');
    expect(output).toContain('Certificate Name: other.test');
    expect(output).not.toContain('invalid');
  }
});

function raise(): never {
  throw new Error('no such scenario');
}
