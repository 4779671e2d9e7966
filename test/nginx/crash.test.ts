// A run that dies at any change of the disk, as by SIGKILL or a power cut: the next run finds a configuration that nginx
// accepts, either as it was or as it was to become, and can take everything back.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Disk, systemDisk } from '@certward/engine';
import { openCheckpoints } from '@certward/installers';
import { describe, expect, test } from 'vitest';
import { createNginxWorld, mainConfig, type NginxWorld } from './support/nginx.ts';

const site = {
  'nginx.conf': mainConfig('    include conf.d/*.conf;'),
  'conf.d/a.conf': 'server {\n    listen @HTTP@;\n    server_name a.test;\n}\n',
  'conf.d/b.conf': 'server {\n    listen @HTTP@;\n    server_name b.test;\n}\n',
};

/** A disk that is gone from the `stopAt`-th change on; `changes()` counts them. */
function mortalDisk(stopAt: number, failure: () => Error) {
  let count = 0;
  const guarded = <Arguments extends unknown[], Result>(work: (...args: Arguments) => Result) => (...args: Arguments): Result => {
    count++;
    if (count >= stopAt) throw failure();
    return work(...args);
  };
  const changing = Object.entries(systemDisk).filter(([name]) => name !== 'close');
  const disk = { ...Object.fromEntries(changing.map(([name, work]) => [name, guarded(work as (...args: unknown[]) => unknown)])), close: (descriptor: number) => systemDisk.close(descriptor) } as Disk;
  return { disk, changes: () => count };
}

/** A certificate, then a redirect, then a challenge and its end. */
async function run(world: NginxWorld, disk: Disk): Promise<void> {
  const installer = world.installer({ disk, checkpoints: openCheckpoints({ workDir: world.workDir, disk }) });
  const paths = await world.certificate(['a.test', 'b.test']);
  await installer.prepare();
  for (const name of ['a.test', 'b.test']) await installer.deploy(name, paths);
  await installer.save('Deployed ACME Certificate');
  await installer.enhance('a.test', 'redirect');
  await installer.save('Add enhancement');
  const authenticator = installer.createAuthenticator?.();
  const keyAuthorization = `token.${'k'.repeat(43)}`;
  const challenge = { identifier: { type: 'dns', value: 'c.test' }, wildcard: false, type: 'http-01', token: 'token', keyAuthorization, validation: keyAuthorization, recordName: '', accountUrl: '' } as const;
  const [handle = null] = (await authenticator?.plan([challenge])) ?? [];
  await authenticator?.waitUntilReady?.([{ challenge, handle }], {});
  await authenticator?.cleanUp(handle);
}

describe('a run that dies', () => {
  test.each([
    ['for good', 5, () => new Error('killed')],
    ['because the disk is full', 11, () => Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC', syscall: 'write' })],
  ] as const)('%s, at any change, is mended by the next', async (_, stride, failure) => {
    await using world = await createNginxWorld(site);
    await world.start();
    const before = await world.snapshot();
    const whole = mortalDisk(Infinity, failure);
    const states = [before];
    const installer = world.installer();
    await run(world, whole.disk);
    const enhanced = await world.snapshot();
    await installer.rollback(1);
    states.push(await world.snapshot(), enhanced);
    await installer.rollback(1);
    expect(await world.snapshot()).toEqual(before);

    let deaths = 0;
    for (let stopAt = 1; ; stopAt += stride) {
      const died = await run(world, mortalDisk(stopAt, failure).disk).then(
        () => false,
        () => true,
      );
      if (!died) break;
      deaths++;
      await world.installer().prepare();
      expect(states).toContainEqual(await world.snapshot());
      expect(readdirSync(join(world.root, 'conf.d')).sort()).toEqual(['a.conf', 'b.conf']);
      const checkpoints = openCheckpoints({ workDir: world.workDir });
      await checkpoints.rollback(9);
      expect(await world.snapshot()).toEqual(before);
    }
    // The shipped TLS settings were written by the first run only.
    expect(deaths).toBeGreaterThan((0.7 * whole.changes()) / stride);
  });
});
