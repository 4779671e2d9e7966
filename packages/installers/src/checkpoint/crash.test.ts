// A process that dies between any two changes of the file system: whatever is left, our recovery and Certbot's both bring
// back the content from before, or find the change complete.
import { existsSync, mkdirSync, readdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { temporaryFolder } from '@certward/testing';
import { describe, expect, test } from 'vitest';

import { type Checkpoints, openCheckpoints } from './checkpoints.ts';
import { replaceFile } from './config-file.ts';
import { certbotReverter, hasCertbot } from './testdata/certbot-reverter.ts';
import { failingDisk, Killed } from './testdata/failing-disk.ts';

if (existsSync('/dev/shm')) process.env['TMPDIR'] = '/dev/shm';

interface Site {
  readonly checkpoints: Checkpoints;
  readonly path: (name: string) => string;
  readonly write: (name: string, content: string) => Promise<void>;
}

/** A deployment: one file changed, one made. */
async function deploy({ checkpoints, path, write }: Site, content: string): Promise<void> {
  await checkpoints.addFiles([path('a.conf')], { notes: `to ${content}\n` });
  await checkpoints.addNewFiles([path('ssl.conf')]);
  await write('a.conf', content);
  await write('ssl.conf', `ssl ${content}`);
}

async function finalizedOnce(site: Site): Promise<void> {
  await deploy(site, 'one');
  await site.checkpoints.finalize('First');
}

const states = { empty: 'old', one: 'one + ssl one', two: 'two + ssl two' } as const;

interface Scenario {
  readonly prepare?: (site: Site) => Promise<void>;
  readonly change: (site: Site) => Promise<void>;
  /** What the files may be after recovery. */
  readonly allowed: readonly string[];
}

const scenarios: Readonly<Record<string, Scenario>> = {
  'a deployment that is finalized': { change: finalizedOnce, allowed: [states.empty, states.one] },
  'a second deployment': {
    prepare: finalizedOnce,
    change: async (site) => {
      await deploy(site, 'two');
      await site.checkpoints.finalize('Second');
    },
    allowed: [states.one, states.two],
  },
  'a challenge and its end': {
    prepare: finalizedOnce,
    change: async (site) => {
      await site.checkpoints.addFiles([site.path('a.conf')], { temporary: true });
      await site.checkpoints.addNewFiles([site.path('challenge.conf')], { temporary: true });
      await site.write('a.conf', 'challenge');
      await site.write('challenge.conf', 'challenge');
      await site.checkpoints.revertTemporary();
    },
    allowed: [states.one],
  },
  'a deployment taken back': {
    prepare: (site) => deploy(site, 'one'),
    change: (site) => site.checkpoints.revertInProgress(),
    allowed: [states.empty],
  },
  'a rollback': {
    prepare: finalizedOnce,
    change: async (site) => void (await site.checkpoints.rollback(1)),
    allowed: [states.empty, states.one],
  },
};

function openSite(root: string, disk = failingDisk(Number.POSITIVE_INFINITY)): Site {
  const path = (name: string) => join(root, name);
  return { checkpoints: openCheckpoints({ workDir: path('work'), disk }), path, write: (name, content) => replaceFile(path(name), content, { disk }) };
}

/** The site's files in words; temporary files must be gone. */
function describeSite(root: string): string {
  expect(readdirSync(root).filter((name) => name.startsWith('.'))).toEqual([]);
  return readdirSync(root).filter((name) => name.endsWith('.conf')).sort().map((name) => readFileSync(join(root, name), 'utf8')).join(' + ');
}

/** Runs the change on a fresh site and dies at disk change `at`; false when it needed fewer. */
async function runDying({ prepare, change }: Scenario, root: string, at: number): Promise<boolean> {
  mkdirSync(join(root, 'work'), { recursive: true });
  writeFileSync(join(root, 'a.conf'), 'old');
  await prepare?.(openSite(root));
  const disk = failingDisk(at);
  try {
    await change(openSite(root, disk));
  } catch (error) {
    if (!disk.isDead()) throw error;
  }
  return disk.isDead();
}

describe.each(Object.keys(scenarios))('%s', (name) => {
  const scenario = scenarios[name] ?? { change: () => Promise.reject(new Killed('no such scenario')), allowed: [] };

  test('killed at any change is repaired by the next run, which can then deploy and roll back', async () => {
    await using folder = await temporaryFolder('crash');
    const seen = new Set<string>();
    for (let at = 1; await runDying(scenario, folder.join(String(at)), at); at += 1) {
      const root = folder.join(String(at));
      const site = openSite(root);
      await site.checkpoints.recover();
      const state = describeSite(root);
      expect(scenario.allowed).toContain(state);
      seen.add(state);
      expect(await site.checkpoints.recover()).toBe(false);
      await deploy(site, 'two');
      await site.checkpoints.finalize('Again');
      await site.checkpoints.rollback(1);
      expect(describeSite(root)).toBe(state);
      await site.checkpoints.rollback(9);
      expect(describeSite(root)).toBe(states.empty);
    }
    expect([...seen].sort()).toEqual([...scenario.allowed].sort());
  });

  // Needs Certbot or its libraries, which the test-bed installs on Debian.
  test.runIf(hasCertbot())('killed at any change is repaired by Certbot', async () => {
    await using folder = await temporaryFolder('crash');
    const roots: string[] = [];
    for (let at = 1; await runDying(scenario, folder.join(String(at)), at); at += 1) roots.push(folder.join(String(at)));
    expect(roots.length).toBeGreaterThan(3);
    certbotReverter(roots.map((root) => ({ workDir: join(root, 'work'), call: 'recovery_routine' })));
    for (const root of roots) {
      // Certbot does not know our temporary files; they start with a dot, which no include pattern takes.
      for (const leftover of readdirSync(root).filter((one) => one.startsWith('.'))) unlinkSync(join(root, leftover));
      expect(scenario.allowed).toContain(describeSite(root));
    }
    certbotReverter(roots.map((root) => ({ workDir: join(root, 'work'), call: 'rollback_checkpoints', count: 9 })));
    for (const root of roots) expect(describeSite(root)).toBe(states.empty);
  });
});

test('a full disk while recording is an error, and the files are as they were', async () => {
  await using folder = await temporaryFolder('full');
  for (let at = 1; at < 40; at += 1) {
    const root = folder.join(String(at));
    mkdirSync(join(root, 'work'), { recursive: true });
    writeFileSync(join(root, 'a.conf'), 'old');
    const disk = failingDisk(at, 'ENOSPC');
    const failed = await finalizedOnce(openSite(root, disk)).then(() => false, () => true);
    await openSite(root).checkpoints.recover();
    expect(describeSite(root)).toBe(failed ? states.empty : states.one);
  }
});
