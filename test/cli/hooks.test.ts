// Hooks beyond Certbot's: --strict-hooks, --failure-hook, and output that is shown while a hook runs.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { freePort } from '@certward/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { sandboxFor, standalone, startAuthority, type TestAuthority } from './support/authority.ts';
import { requireSuccess, type Sandbox } from './support/sandbox.ts';

let authority: TestAuthority;
let sandbox: Sandbox;
beforeAll(async () => {
  authority = await startAuthority({ reuse: { authorizations: false } });
});
afterAll(() => authority[Symbol.asyncDispose]());
beforeEach(async () => {
  sandbox = await sandboxFor(authority);
});
afterEach(() => sandbox[Symbol.asyncDispose]());

const issue = (...options: readonly string[]) => sandbox.run([...standalone(authority, 'a.test'), ...options]);
const note = (text: string) => `echo ${text} >> ${sandbox.folder}/ran`;
const ran = () => readFileSync(sandbox.join('ran'), 'utf8').trim().split('\n');

describe('--strict-hooks', () => {
  test('a failed deploy hook fails the run; the certificate is there', async () => {
    const end = await issue('--strict-hooks', '--deploy-hook', 'sh -c "exit 3"');
    expect(end.code).toBe(1);
    expect(end.stderr).toContain("Hook 'deploy-hook' reported error code 3");
    expect(end.stderr).toContain('1 hook(s) failed');
    expect(existsSync(path.join(sandbox.config, 'live', 'a.test', 'cert.pem'))).toBe(true);
  });

  test('a failed pre-hook stops the attempt', async () => {
    const end = await issue('--strict-hooks', '--pre-hook', 'false');
    expect(end.code).toBe(1);
    expect(end.stderr).toContain('the pre-hook "false" failed, so nothing was attempted');
    expect(existsSync(path.join(sandbox.config, 'live'))).toBe(false);
  });

  test('is stored: renew fails with it, and says which hooks in JSON', async () => {
    requireSuccess(await issue('--strict-hooks', '--post-hook', `test ! -e ${sandbox.folder}/bad`));
    sandbox.write('bad', '');
    const { code, document } = await sandbox.json(['renew', '--force-renewal', '--no-random-sleep-on-renew']);
    expect(code).toBe(1);
    expect(document).toMatchObject({ ok: false, error: { code: 'hookFailed' }, result: { certificates: [{ outcome: 'renewed' }] } });
  });

  test('without it a failed hook changes nothing', async () => {
    requireSuccess(await issue('--pre-hook', 'false', '--deploy-hook', 'false', '--post-hook', 'false'));
  });
});

describe('--failure-hook', () => {
  const failure = () => note('"$FAILED_CERT_NAME|$FAILED_DOMAINS|$FAILED_REASON"');

  test('runs for a certificate that could not be obtained, before the post hook', async () => {
    const end = await issue('--failure-hook', failure(), '--post-hook', note('post'), '--http-01-port', String(await freePort()));
    expect(end.code).toBe(1);
    expect(ran()).toEqual(['a.test|a.test|Some challenges have failed.', 'post']);
  });

  test('is stored for renewals, and silent in a rehearsal', async () => {
    requireSuccess(await issue('--failure-hook', failure()));
    expect(readFileSync(path.join(sandbox.config, 'renewal', 'a.test.conf'), 'utf8')).toContain('failure_hook = ');
    const port = String(await freePort());
    await sandbox.run(['renew', '--dry-run', '--http-01-port', port]);
    expect(existsSync(sandbox.join('ran'))).toBe(false);
    await sandbox.run(['renew', '--force-renewal', '--no-random-sleep-on-renew', '--http-01-port', port]);
    expect(ran()).toEqual(['a.test|a.test|Some challenges have failed.']);
  });
});

test('output is shown while the hook runs', async () => {
  let seen = false;
  const gate = `${sandbox.folder}/gate`;
  const end = await sandbox.run([...standalone(authority, 'a.test'), '--pre-hook', `echo first; i=0; until test -e ${gate} || test $i = 200; do i=$((i+1)); sleep 0.05; done; echo second`], {
    onOutput: ({ output }) => {
      if (seen || !output.includes("Hook 'pre-hook' ran with output:\n first\n")) return;
      seen = !output.includes('second');
      sandbox.write('gate', '');
    },
  });
  requireSuccess(end);
  expect(seen).toBe(true);
  expect(end.stdout).toContain("Hook 'pre-hook' ran with output:\n first\n second\n");
});
