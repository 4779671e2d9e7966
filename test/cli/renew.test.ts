// `renew` as a process: what is due, what is stored, what is printed, what happens to one failure among others.
import { existsSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { renewalInfoCertId, parseCertificate } from '@certward/pki';
import { freePort } from '@certward/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { sandboxFor, standalone, startAuthority, type TestAuthority } from './support/authority.ts';
import { requireSuccess, type Sandbox } from './support/sandbox.ts';

let authority: TestAuthority;
let sandbox: Sandbox;
beforeAll(async () => {
  // Every renewal has to prove control again, so that a listener on the wrong port fails.
  authority = await startAuthority({ reuse: { authorizations: false } });
});
afterAll(() => authority[Symbol.asyncDispose]());
beforeEach(async () => {
  sandbox = await sandboxFor(authority);
});
afterEach(() => sandbox[Symbol.asyncDispose]());

const frame = `${'- '.repeat(39)}-`;
const live = (name: string, file: string) => path.join(sandbox.config, 'live', name, file);
const confPath = (name: string) => path.join(sandbox.config, 'renewal', `${name}.conf`);
const version = (name: string) => Number(/(\d+)\.pem$/.exec(readlinkSync(live(name, 'cert.pem')))?.[1]);
const certificate = (name: string) => parseCertificate(readFileSync(live(name, 'cert.pem'), 'utf8'));
const day = (name: string) => certificate(name).notAfter.toISOString().slice(0, 10);

async function issue(name: string, ...options: readonly string[]): Promise<void> {
  const end = await sandbox.run([...standalone(authority, name), ...options]);
  requireSuccess(end);
}

const renew = (...options: readonly string[]) => sandbox.run(['renew', '--no-random-sleep-on-renew', ...options]);

test('nothing there', async () => {
  const end = await renew();
  requireSuccess(end);
  expect(end.stdout).toBe(`\n${frame}\nNo renewals were attempted.\n${frame}\n`);
});

describe('nothing due', () => {
  test('is said for each, and nothing is locked or changed the second time', async () => {
    await issue('b.test');
    await issue('a.test');
    // The first look asks the CA and stores its answer.
    await renew();
    const before = readFileSync(confPath('a.test'), 'utf8');
    expect(before).toContain('[acme_renewal_info]');
    const end = await renew();
    requireSuccess(end);
    expect(end.stdout).toBe(`
${frame}
Processing ${confPath('a.test')}
${frame}
Certificate not yet due for renewal

${frame}
Processing ${confPath('b.test')}
${frame}
Certificate not yet due for renewal

${frame}
The following certificates are not due for renewal yet:
  ${live('a.test', 'fullchain.pem')} expires on ${day('a.test')} (skipped)
  ${live('b.test', 'fullchain.pem')} expires on ${day('b.test')} (skipped)
No renewals were attempted.
${frame}
`);
    expect(readFileSync(confPath('a.test'), 'utf8')).toBe(before);
  });

  test('-q says nothing, --json says why', async () => {
    await issue('a.test');
    const quiet = await renew('-q');
    expect([quiet.code, quiet.stdout, quiet.stderr]).toEqual([0, '', '']);
    const { document } = await sandbox.json(['renew']);
    expect(document).toMatchObject({ ok: true, verb: 'renew', result: { certificates: [{ name: 'a.test', outcome: 'skipped', decision: { due: false, reason: 'ariInstant' } }] } });
  });
});

describe('renewing', () => {
  test('forced, with stored settings; typed ones are stored', async () => {
    await issue('a.test', '--deploy-hook', `echo old >> ${sandbox.folder}/ran`);
    const end = await renew('--force-renewal', '--deploy-hook', `echo new >> ${sandbox.folder}/ran`);
    requireSuccess(end);
    expect(end.stdout).toContain(`Processing ${confPath('a.test')}\n${frame}\nRenewing an existing certificate for a.test\n`);
    expect(end.stdout).toContain(`Congratulations, all renewals succeeded: \n  ${live('a.test', 'fullchain.pem')} (success)\n`);
    expect(version('a.test')).toBe(2);
    expect(readFileSync(sandbox.join('ran'), 'utf8')).toBe('old\nnew\n');
    expect(readFileSync(confPath('a.test'), 'utf8')).toContain('echo new');
    const again = await renew('--force-renewal');
    expect(again.code).toBe(0);
    expect(readFileSync(sandbox.join('ran'), 'utf8')).toBe('old\nnew\nnew\n');
  });

  test('when the CA moves its window into the past', async () => {
    await issue('a.test');
    await renew();
    expect(version('a.test')).toBe(1);
    const hour = 3_600_000;
    const now = Date.now();
    const moved = await authority.ca.setRenewalWindow(renewalInfoCertId(certificate('a.test')), { startAt: new Date(now - 2 * hour), endAt: new Date(now - hour) });
    expect(moved).toBe(true);
    // The CA is asked again only after its Retry-After, so that time is made to pass.
    forgetAnswer('a.test');
    const end = await renew('-v');
    requireSuccess(end);
    expect(version('a.test')).toBe(2);
  });

  test('the earlier rule of a configuration from before 4.0 is honoured', async () => {
    await issue('a.test');
    writeFileSync(confPath('a.test'), `renew_before_expiry = 100 years\n${readFileSync(confPath('a.test'), 'utf8')}`);
    const end = await renew();
    requireSuccess(end);
    expect(version('a.test')).toBe(2);
  });

  test('--no-autorenew keeps a certificate out, except by force', async () => {
    await issue('a.test', '--no-autorenew');
    writeFileSync(confPath('a.test'), `renew_before_expiry = 100 years\n${readFileSync(confPath('a.test'), 'utf8')}`);
    expect((await renew()).stdout).toContain('(skipped)');
    expect((await renew('--force-renewal')).stdout).toContain('(success)');
  });

  test('a dry run changes nothing and runs no deploy hooks', async () => {
    await issue('a.test', '--deploy-hook', `echo deploy >> ${sandbox.folder}/ran`, '--post-hook', `echo post >> ${sandbox.folder}/ran`);
    rmSync(sandbox.join('ran'));
    const before = readFileSync(confPath('a.test'), 'utf8');
    const end = await renew('--dry-run');
    requireSuccess(end);
    expect(end.stdout).toContain('Simulating renewal of an existing certificate for a.test\n');
    expect(end.stdout).toContain(`Congratulations, all simulated renewals succeeded: \n  ${live('a.test', 'fullchain.pem')} (success)\n`);
    expect(readFileSync(sandbox.join('ran'), 'utf8')).toBe('post\n');
    expect(readFileSync(confPath('a.test'), 'utf8')).toBe(before);
    expect(version('a.test')).toBe(1);
  });

  test('one failure and one broken configuration do not stop the others; post hooks run after the summary', async () => {
    const post = `echo "post $RENEWED_DOMAINS/$FAILED_DOMAINS" >> ${sandbox.folder}/ran`;
    await issue('a.test', '--post-hook', post);
    await issue('b.test');
    rmSync(sandbox.join('ran'));
    writeFileSync(confPath('c.test'), 'this is no configuration');
    const broken = readFileSync(confPath('a.test'), 'utf8').replace(/http01_port = \d+/, `http01_port = ${await freePort()}`);
    writeFileSync(confPath('a.test'), broken);
    const { code, document, stderr } = await sandbox.json(['renew', '--force-renewal', '--no-random-sleep-on-renew']);
    expect(code).toBe(1);
    expect(document).toMatchObject({
      ok: false,
      error: { code: 'renewalFailed', message: '1 renew failure(s), 1 parse failure(s)' },
      result: { certificates: [{ name: 'a.test', outcome: 'failed' }, { name: 'b.test', outcome: 'renewed' }, { name: 'c.test', outcome: 'invalid' }] },
    });
    expect(stderr).toContain('Failed to renew certificate a.test with error: Some challenges have failed.');
    expect(stderr).toContain(`  ${live('a.test', 'fullchain.pem')} (failure)`);
    expect(version('b.test')).toBe(2);
    expect(readFileSync(sandbox.join('ran'), 'utf8')).toBe('post b.test/a.test\n');
  });

  test('--cert-name renews that one; an unknown one is an error', async () => {
    await issue('a.test');
    await issue('b.test');
    await renew('--force-renewal', '--cert-name', 'b.test');
    expect([version('a.test'), version('b.test')]).toEqual([1, 2]);
    const end = await renew('--cert-name', 'none.test');
    expect(end.code).toBe(1);
    expect(end.stderr).toContain(`No certificate found with name none.test (expected ${confPath('none.test')}).`);
  });

  test('five earlier versions are kept', async () => {
    await issue('a.test');
    for (let run = 0; run < 6; run++) expect((await renew('--force-renewal', '-q')).code).toBe(0);
    const kept = readdirSync(path.join(sandbox.config, 'archive', 'a.test')).filter((name) => name.startsWith('cert')).sort();
    expect(kept).toEqual(['cert2.pem', 'cert3.pem', 'cert4.pem', 'cert5.pem', 'cert6.pem', 'cert7.pem']);
  });
});

test('a server that does not answer is asked once in six hours, and renewal goes on by lifetime', async () => {
  await issue('a.test');
  writeFileSync(confPath('a.test'), readFileSync(confPath('a.test'), 'utf8').replace(/server = .*/, 'server = https://127.0.0.1:9/directory'));
  const end = await renew();
  requireSuccess(end);
  expect(end.stdout).toContain('(skipped)');
  expect(existsSync(path.join(sandbox.work, 'certward', 'silent-servers.json'))).toBe(true);
});

function forgetAnswer(name: string): void {
  const text = readFileSync(confPath(name), 'utf8').replace(/^certward_next_check = .*$/m, 'certward_next_check = 2020-01-01T00:00:00.000Z');
  writeFileSync(confPath(name), text);
}
