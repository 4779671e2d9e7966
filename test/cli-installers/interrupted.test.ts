// A run that is stopped in the middle of a challenge: the configuration of nginx is as it was, at once or with the next run.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { tryFindBinary } from '@certward/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { requireSuccess } from '../cli/support/sandbox.ts';
import { type NginxSite, startNginxSite } from './support/nginx-site.ts';

const nginx = tryFindBinary('nginx');
if (nginx === undefined) console.log('interrupted runs with nginx: not run (nginx is not installed)');

let site: NginxSite;

// Needs a program that a machine may lack.
describe.runIf(nginx !== undefined)('stopped while the answers are in the configuration', () => {
  beforeEach(async () => {
    site = await startNginxSite('127.0.93');
  });
  afterEach(() => site[Symbol.asyncDispose]());

  /** Obtains, and sends the signal as soon as the answer to the challenge is in place. */
  async function stop(signal: NodeJS.Signals) {
    let changed: unknown;
    const end = await site.sandbox.run(['-v', '-d', 'a.test', ...site.plugin, ...site.unattended], {
      onOutput: (running) => {
        // Once: a second signal ends the command without cleaning up.
        if (changed !== undefined || !running.output.includes('Waiting for the verification')) return;
        changed = existsSync(path.join(site.sandbox.work, 'temp_checkpoint'));
        running.kill(signal);
      },
    });
    return { end, changed };
  }

  test('SIGTERM: taken back before the process ends', async () => {
    const before = await site.nginx.snapshot();
    const { end } = await stop('SIGTERM');
    expect(end.signal).toBe('SIGTERM');
    expect(await site.nginx.snapshot()).toEqual(before);
    expect(existsSync(path.join(site.sandbox.work, 'temp_checkpoint'))).toBe(false);
  });

  test.each([['renew'], ['run']])('SIGKILL: taken back by the next %s', async (verb) => {
    const before = await site.nginx.snapshot();
    requireSuccess(await site.sandbox.run(['certonly', '-d', 'b.test', ...site.plugin, ...site.unattended]));
    const { end, changed } = await stop('SIGKILL');
    expect([end.signal, changed]).toEqual(['SIGKILL', true]);
    expect(await site.nginx.snapshot()).not.toEqual(before);
    if (verb === 'renew') {
      const next = await site.sandbox.run(['renew', '--no-random-sleep-on-renew']);
      requireSuccess(next);
      expect(next.stderr).toContain('they were taken back');
      expect(await site.nginx.snapshot()).toEqual(before);
    } else {
      requireSuccess(await site.sandbox.run(['-d', 'a.test', ...site.plugin, ...site.unattended]));
      expect((await site.https('a.test')).certificate.subjectaltname).toBe('DNS:a.test');
      expect(JSON.stringify(await site.nginx.snapshot())).not.toContain('acme-challenge');
    }
    expect(existsSync(path.join(site.sandbox.work, 'temp_checkpoint'))).toBe(false);
  });
});
