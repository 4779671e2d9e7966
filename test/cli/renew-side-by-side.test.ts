// `renew` with several certificates due: side by side, hooks in order, summary in the order of names.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
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

const frame = `${'- '.repeat(39)}-`;
const confPath = (name: string) => path.join(sandbox.config, 'renewal', `${name}.conf`);
const names = ['a.test', 'b.test', 'c.test', 'd.test', 'e.test'];
const renew = (...options: readonly string[]) => sandbox.run(['renew', '--no-random-sleep-on-renew', '--force-renewal', ...options]);
const ran = () => readFileSync(sandbox.join('ran'), 'utf8').trim().split('\n');
const note = (text: string) => `echo ${text} >> ${sandbox.folder}/ran`;

async function issueAll(...options: readonly string[]): Promise<void> {
  for (const name of names) requireSuccess(await sandbox.run([...standalone(authority, name), ...options]));
}

describe('several at once', () => {
  test.each([['--parallel', '1'], ['--parallel', '4']])('%s %s: pre once before the first, deploy for each, post once at the end', async (...options) => {
    await issueAll();
    const end = await renew('--pre-hook', note('pre'), '--deploy-hook', note('deploy $RENEWED_DOMAINS'), '--post-hook', note('post'), ...options);
    requireSuccess(end);
    expect(ran()[0]).toBe('pre');
    expect(ran().at(-1)).toBe('post');
    expect(ran().slice(1, -1).sort()).toEqual(names.map((name) => `deploy ${name}`));
    const paths = names.map((name) => `  ${path.join(sandbox.config, 'live', name, 'fullchain.pem')} (success)\n`);
    expect(end.stdout).toContain(`Congratulations, all renewals succeeded: \n${paths.join('')}`);
    // What is said about one certificate stands together.
    for (const name of names) expect(end.stdout).toContain(`Processing ${confPath(name)}\n${frame}\nRenewing an existing certificate for ${name}\n`);
  });

  test('the JSON result keeps the order of names', async () => {
    await issueAll();
    const { document } = await sandbox.json(['renew', '--no-random-sleep-on-renew', '--force-renewal']);
    expect((document.result?.['certificates'] as { name: string }[] | undefined ?? []).map(({ name }) => name)).toEqual(names);
  });

  test('commands of a manual authenticator are never run for two certificates at once', async () => {
    const busy = `${sandbox.folder}/busy`;
    const folder = sandbox.join('served', '.well-known', 'acme-challenge');
    const auth = sandbox.write('auth.sh', `#!/bin/sh\nmkdir ${busy} || echo clash >> ${sandbox.folder}/ran\nmkdir -p ${folder}\n`, 0o755);
    const cleanup = sandbox.write('cleanup.sh', `#!/bin/sh\nrmdir ${busy}\n`, 0o755);
    await issueAll();
    const end = await renew('--authenticator', 'manual', '--manual-auth-hook', auth, '--manual-cleanup-hook', cleanup);
    // Nothing serves the answers, so each fails; what counts is that none met another.
    expect(end.code).toBe(1);
    expect(existsSync(sandbox.join('ran'))).toBe(false);
  });
});
