// Canaries: every verb runs, in success and in failure, with everything logged; then no key and no credential may be found in
// what was printed, logged or stored, except in the files made to hold it, nor in what hooks and child processes get to see.
import { generateKeyPairSync } from 'node:crypto';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Secret } from '@certward/base';
import { createCsr, privateKeyToPem } from '@certward/pki';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { sandboxFor, standalone, startAuthority, type TestAuthority } from '../cli/support/authority.ts';
import { type CommandEnd, requireSuccess, type Sandbox } from '../cli/support/sandbox.ts';
import { Canaries } from './support/canaries.ts';
import { contentsBelow } from './support/hostile.ts';

const eabKey = Buffer.from('an-external-account-binding-key!').toString('base64url');
const tsigSecret = Buffer.from('a-secret-shared-with-the-dns-server').toString('base64');

let authority: TestAuthority;
let sandbox: Sandbox;
let canaries: Canaries;
let printed: string[];
beforeAll(async () => {
  authority = await startAuthority({ eabKeys: { kid1: new Secret(eabKey) }, reuse: { authorizations: false } });
});
afterAll(() => authority[Symbol.asyncDispose]());
beforeEach(async () => {
  sandbox = await sandboxFor(authority);
  canaries = new Canaries();
  canaries.addText(eabKey, 'the eab key');
  canaries.addText(tsigSecret, 'the tsig secret');
  printed = [];
});
afterEach(() => sandbox[Symbol.asyncDispose]());

/** The EAB key lies in cli.ini, so that no command line has it. */
function writeIni(more = ''): void {
  sandbox.write('xdg/letsencrypt/cli.ini', `eab-kid = kid1\neab-hmac-key = ${eabKey}\n${more}`, 0o600);
}

async function run(words: readonly string[]): Promise<CommandEnd> {
  const end = await sandbox.run([...words, '-vvv', '--debug']);
  printed.push(end.stdout, end.stderr);
  canaries.addKeysBelow(sandbox.config);
  return end;
}

/** Where secrets are at home. Everything else is searched. */
const mayHoldSecrets = /^(config\/archive\/[^/]+\/privkey\d+\.pem|config\/live\/[^/]+\/privkey\.pem|config\/accounts\/.*\/private_key\.json|xdg\/letsencrypt\/cli\.ini|own\/.*)$/;

function expectNoLeak(): void {
  const leaks: { where: string; what: readonly string[] }[] = [];
  for (const [index, text] of printed.entries()) if (canaries.findIn(text).length > 0) leaks.push({ where: `output ${index}`, what: canaries.findIn(text) });
  for (const [file, content] of contentsBelow(sandbox.folder)) {
    const found = mayHoldSecrets.test(file) ? [] : canaries.findIn(content);
    if (found.length > 0) leaks.push({ where: file, what: found });
  }
  expect(leaks).toEqual([]);
}

const server = () => ['--server', authority.directoryUrl];
/** A hook that writes down its environment and the command lines of itself and of everything above it. */
function nosy(name: string): string {
  const script = `p=$$; while [ "$p" -gt 1 ]; do cat /proc/$p/cmdline; p=$(cut -d' ' -f4 /proc/$p/stat); done >> "$1"; env >> "$1"
`;
  return `${sandbox.write('nosy.sh', `#!/bin/sh
${script}`, 0o755)} ${sandbox.join(name)}`;
}

test('the search finds what it is looking for', () => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  canaries.addKey(privateKey, 'a key');
  expect(canaries.findIn(privateKeyToPem(privateKey)).length).toBeGreaterThan(0);
  expect(canaries.findIn(JSON.stringify({ x: privateKey.export({ format: 'jwk' }) }))).toContain('a key, d');
  expect(canaries.findIn(`eab ${eabKey.slice(3, 25)}`)).toEqual(['the eab key']);
  const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  expect(canaries.findIn(privateKeyToPem(other))).toEqual([]);
});

test('every verb, from registration to the end of the account', async () => {
  writeIni(`pre-hook = ${nosy('pre')}\n`);
  requireSuccess(await run(['register', '-n', '--agree-tos', '-m', 'a@example.com', ...server()]));
  requireSuccess(await run([...standalone(authority, 'a.test'), '--deploy-hook', nosy('deploy'), '--post-hook', nosy('post')]));
  requireSuccess(await run([...standalone(authority, 'b.test'), '--key-type', 'rsa', '--json']));
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const csr = sandbox.write('request.pem', createCsr({ key: privateKey, identifiers: [{ type: 'dns', value: 'c.test' }] }).pem);
  const outputs = ['cert', 'chain', 'fullchain'].flatMap((name) => [`--${name}-path`, sandbox.join(`${name}.pem`)]);
  requireSuccess(await run([...standalone(authority), '--csr', csr, ...outputs]));
  requireSuccess(await run(['certonly', '-n', '--manual', '--manual-auth-hook', `${nosy('manual')}; false`, '-d', 'm.test', ...server()]).then((end) => ({ ...end, code: end.code === 1 ? 0 : 1 })));
  for (const words of [['renew', '--force-renewal', '--no-random-sleep-on-renew'], ['renew', '--dry-run'], ['renew', '--json'], ['certificates'], ['certificates', '--json'], ['show_account', ...server()], ['show_account', '--json', ...server()], ['update_account', '-n', '-m', 'b@example.com', ...server()]]) {
    requireSuccess(await run(words));
  }
  const key = sandbox.write('own/key.pem', readFileSync(path.join(sandbox.config, 'live/b.test/privkey.pem'), 'utf8'), 0o600);
  requireSuccess(await run(['revoke', '-n', '--cert-path', path.join(sandbox.config, 'live/b.test/cert.pem'), '--key-path', key, '--reason', 'keycompromise', ...server()]));
  requireSuccess(await run(['revoke', '-n', '--cert-name', 'a.test', '--no-delete-after-revoke']));
  requireSuccess(await run(['delete', '-n', '--cert-name', 'a.test', '--json']));
  requireSuccess(await run(['unregister', '-n', ...server()]));
  for (const hook of ['pre', 'deploy', 'post', 'manual']) expect(statSync(sandbox.join(hook)).size).toBeGreaterThan(100);
  // Account, three certificates, two renewals, the two credentials.
  expect(canaries.count).toBeGreaterThanOrEqual(8);
  expectNoLeak();
});

describe('failures', () => {
  test('a binding that the ca refuses, and a key that is mistyped', async () => {
    const register = ['register', '-n', '--agree-tos', ...server()];
    expect((await run([...register, '--eab-kid', 'nobody', '--eab-hmac-key', eabKey])).code).toBe(1);
    expect((await run([...register, '--eab-kid', 'kid1', '--eab-hmac-key', `${eabKey} !`, '--json'])).code).toBe(1);
    expectNoLeak();
  });

  test.each([
    ['an option that does not exist', (key: string) => [`--eab-hmac-keyy=${key}`]],
    ['an option that does not exist, the value apart', (key: string) => ['--eab-hmac-keyy', key]],
    ['an ambiguous option', (key: string) => [`--eab-hmac=${key}`]],
  ])('%s', async (_, words) => {
    const end = await sandbox.run(['register', '-n', '--agree-tos', ...server(), '--eab-kid', 'kid1', ...words(eabKey)]);
    expect(end.code).toBe(2);
    printed.push(end.stdout, end.stderr);
    expectNoLeak();
  });

  test('a mistyped line in cli.ini', async () => {
    for (const line of [`eab-hmac-keyy = ${eabKey}`, `= ${eabKey}`, `eab-hmac-key [${eabKey}`]) {
      sandbox.write('xdg/letsencrypt/cli.ini', `${line}\n`, 0o600);
      const end = await sandbox.run(['register', '-n', '--agree-tos', ...server()]);
      printed.push(end.stdout, end.stderr);
    }
    expectNoLeak();
  });

  test('an account key that is damaged', async () => {
    writeIni();
    requireSuccess(await run(['register', '-n', '--agree-tos', ...server()]));
    const file = path.join(sandbox.config, String(readdirSync(sandbox.config, { recursive: true }).find((one) => String(one).endsWith('private_key.json'))));
    const text = readFileSync(file, 'utf8');
    const atSecret = text.indexOf('"d"');
    for (const damaged of [text.slice(0, atSecret + 30), text.replace(/("d": ?"[\w-]{20})/, '$1"'), text.replace(/("d": ?"[\w-]{20})/, '$1!!'), text.replace('"crv"', '"crw"')]) {
      writeFileSync(file, damaged);
      printed.push(...Object.values(await sandbox.run(['show_account', ...server(), '-vvv', '--debug'])).map(String));
      printed.push(...Object.values(await sandbox.run([...standalone(authority, 'a.test'), '--debug', '-vvv'])).map(String));
    }
    writeFileSync(file, '{}');
    expectNoLeak();
  });

  test('a certificate key that is damaged', async () => {
    writeIni();
    requireSuccess(await run(standalone(authority, 'a.test')));
    const file = path.join(sandbox.config, 'archive/a.test/privkey1.pem');
    const pem = readFileSync(file, 'utf8');
    for (const damaged of [pem.slice(0, -60), pem.replace(/\n(.{20})/, '\n$1!!'), pem.replace('BEGIN PRIVATE', 'BEGIN PRIVAT')]) {
      writeFileSync(file, damaged);
      for (const words of [['renew', '--force-renewal', '--reuse-key', '--no-random-sleep-on-renew'], ['revoke', '-n', '--cert-name', 'a.test', '--key-path', file], ['certificates']]) {
        printed.push(...Object.values(await sandbox.run([...words, '-vvv', '--debug'])).map(String));
      }
    }
    writeFileSync(file, '');
    expectNoLeak();
  });

  test('credentials of a DNS server: mistyped, misplaced, and used', async () => {
    const whole = `dns_rfc2136_server = 127.0.0.1\ndns_rfc2136_port = 9\ndns_rfc2136_name = acme.\ndns_rfc2136_secret = ${tsigSecret}\n`;
    for (const text of [whole, whole.replace('_secret = ', '_secret = "'), whole.replace('_secret = ', '_secret '), `${whole}[${tsigSecret}]\n[[[${tsigSecret}]]]\n`, whole.replace(tsigSecret, `${tsigSecret.slice(0, -4)}*${tsigSecret.slice(-3)}`)]) {
      sandbox.write('own/rfc2136.ini', text, 0o600);
      const end = await run(['certonly', '-n', '--agree-tos', '--eab-kid', 'kid1', '--eab-hmac-key', eabKey, '--dns-rfc2136', '--dns-rfc2136-credentials', sandbox.join('own/rfc2136.ini'), '--dns-rfc2136-propagation-seconds', '1', '-d', 'a.test', ...server()]);
      expect(end.code).toBe(1);
    }
    expectNoLeak();
  });
});
