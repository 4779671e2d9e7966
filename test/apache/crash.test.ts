// Killed at any change of the file system, or with the disk full from any on, a deployment is either there as a checkpoint or wholly taken back by the next run.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runScript } from '@certward/testing';
import { describe, expect, test } from 'vitest';
import { createApacheRoot } from './support/apache-root.ts';
import { writeLineage } from './support/certificates.ts';
import type { CrashPlan } from './support/crash-child.ts';
import { installerFor, optionsFor } from './support/installer.ts';

const child = fileURLToPath(new URL('support/crash-child.ts', import.meta.url));
const kills = 12;

describe('a deployment that is killed', () => {
  test('leaves what the next run repairs to the byte', async () => {
    await using root = await createApacheRoot({ quiet: true });
    await root.addSite('one.conf', `<VirtualHost *:${root.httpPort}>\n\tServerName one.test\n</VirtualHost>\n`);
    const { paths } = await writeLineage(join(root.configDir, 'live/one.test'), ['one.test']);
    const before = await root.snapshot();
    const run = async (killAt: number, fullAt = 0) => {
      const plan: CrashPlan = { killAt, fullAt, name: 'one.test', paths, installer: optionsFor(root) };
      return runScript(child, { args: [JSON.stringify(plan)] });
    };
    const rollBack = async () => {
      const installer = installerFor(root);
      await installer.prepare();
      const finished = existsSync(join(root.workDir, 'backups')) && readdirSync(join(root.workDir, 'backups')).length > 0;
      if (!finished) expect(await root.snapshot()).toEqual(before);
      await installer.configTest();
      await installer.rollback(100);
      expect(await root.snapshot()).toEqual(before);
    };
    let points = 0;
    // The first run also writes the TLS options, which stay; the later ones all change the same.
    for (let round = 0; round < 2; round++) {
      const complete = await run(0);
      expect(complete).toMatchObject({ exitCode: 0, stderr: '' });
      points = Number(complete.stdout);
      await rollBack();
    }
    expect(points).toBeGreaterThan(20);
    for (let index = 0; index < kills; index++) {
      const killed = await run(1 + Math.floor((index * points) / kills));
      expect(killed.signal).toBe('SIGKILL');
      await rollBack();
    }
    for (let index = 0; index < 4; index++) {
      const full = await run(0, 1 + Math.floor((index * points) / 4));
      expect(full.exitCode).toBe(1);
      expect(full.stderr).toContain('no space left');
      await rollBack();
    }
  });
});
