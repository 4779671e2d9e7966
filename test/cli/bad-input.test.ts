// Bad input, one row each: exit status, a message that names the thing, and nothing half-written.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { tryFindBinary } from '@certward/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { sandboxFor, standalone, startAuthority, type TestAuthority } from './support/authority.ts';
import { launcher, runProcess, type Sandbox } from './support/sandbox.ts';

let authority: TestAuthority;
let sandbox: Sandbox;
beforeAll(async () => {
  authority = await startAuthority();
});
afterAll(() => authority[Symbol.asyncDispose]());
beforeEach(async () => {
  sandbox = await sandboxFor(authority);
});
afterEach(() => sandbox[Symbol.asyncDispose]());

/** Nothing of a certificate or an account may exist after a refusal. */
function expectUntouched(): void {
  for (const folder of ['accounts', 'archive', 'live', 'renewal']) expect(existsSync(path.join(sandbox.config, folder))).toBe(false);
}

describe('names', () => {
  test.each([
    ['a URL', ['-d', 'http://a.test'], 'appears to be a URL, not a FQDN. Try again without the leading "http://"'],
    ['an address in -d', ['-d', '192.0.2.1'], 'is an IP address'],
    ['an empty label', ['-d', 'a..test'], 'empty label'],
    ['an empty name', ['-d', 'a.test,'], 'empty label'],
    ['a long label', ['-d', `${'a'.repeat(64)}.test`], 'is too long'],
    ['a long name', ['-d', `${'a.'.repeat(128)}test`], 'is too long'],
    ['a wildcard in the middle', ['-d', 'a.*.test'], 'wildcard in the wrong place'],
    ['two wildcards', ['-d', '*.*.test'], 'wildcard in the wrong place'],
    ['non-ASCII', ['-d', 'bücher.test'], 'Punycode'],
    ['a port', ['-d', 'a.test:443'], 'invalid character'],
    ['a path', ['-d', 'a.test/x'], 'invalid character'],
    ['a shell word', ['-d', 'a.test;rm'], 'invalid character'],
    ['no address', ['--ip-address', 'a.test'], 'is not an IP address'],
    ['no name at all', [], 'Please enter the domain name(s)'],
    ['a name with a path in it', ['-d', 'a.test', '--cert-name', '../x'], 'contains a path separator'],
    ['a certificate name that begins with a dot', ['-d', 'a.test', '--cert-name', '.x'], '".x" cannot name a certificate'],
  ])('%s', async (_, words, message) => {
    const end = await sandbox.run([...standalone(authority), ...words]);
    expect(end.code).toBe(1);
    expect(end.stderr).toContain(message);
    if (!words.includes('.x')) expectUntouched();
    expect(existsSync(path.join(sandbox.config, 'live'))).toBe(false);
  });
});

describe('values', () => {
  test.each([
    ['a port that is none', ['--http-01-port', 'x'], 2, "argument --http-01-port: invalid int value: 'x'"],
    ['a kind of key', ['--key-type', 'dsa'], 2, "invalid choice: 'dsa' (choose from 'rsa', 'ecdsa')"],
    ['a small key', ['--key-type', 'rsa', '--rsa-key-size', '1024'], 1, 'Unsupported RSA key length: 1024'],
    ['a curve', ['--elliptic-curve', 'secp256k1'], 2, 'Unsupported elliptic curve: secp256k1'],
    ['a challenge type', ['--preferred-challenges', 'smoke'], 2, 'Unrecognized challenges: smoke'],
    ['the challenge type of old', ['--preferred-challenges', 'tls-sni'], 2, 'tls-alpn'],
    ['challenges that the authenticator cannot answer', ['--preferred-challenges', 'dns'], 1, 'does not support any combination of challenges'],
    ['a server that is no URL', ['--server', 'ca.test'], 1, 'is not the URL of an ACME directory'],
    ['a server over plain http', ['--server', 'http://ca.test/dir'], 1, 'is not https'],
    ['a plug-in', ['-a', 'bogus'], 1, 'Too many flags setting configurators'],
    ['a hook that is not there', ['--pre-hook', 'no-such-command'], 1, 'unable to find pre-hook command "no-such-command" in the PATH'],
    ['contacts', ['-m', 'nobody'], 1, '"nobody" is not an e-mail address'],
    ['a binding with half of it', ['--eab-kid', 'x'], 1, 'Both --eab-kid and --eab-hmac-key must be supplied'],
    ['the same port twice', ['--http-01-port', '443'], 1, '--http-01-port and --https-port must be different'],
    ['a reason', ['--reason', 'bored'], 2, "argument --reason: invalid choice: 'bored'"],
    ['backups', ['--max-log-backups', '-1'], 2, 'must be a non-negative integer'],
    ['a profile that the CA does not have', ['--required-profile', 'gold'], 1, 'gold'],
    ['an address that is not ours', ['--http-01-address', '192.0.2.1'], 1, '192.0.2.1'],
  ])('%s', async (_, words, code, message) => {
    const end = await sandbox.run([...standalone(authority, 'a.test'), ...words]);
    expect({ code: end.code, names: end.stderr.includes(message), stderr: end.stderr }).toMatchObject({ code, names: true });
    expect(existsSync(path.join(sandbox.config, 'live'))).toBe(false);
  });

  test('an unknown plug-in alone', async () => {
    const end = await sandbox.run(['certonly', '-n', '-a', 'bogus', '-d', 'a.test', '--server', authority.directoryUrl]);
    expect(end.code).toBe(1);
    expect(end.stderr).toContain('The requested bogus plugin does not appear to be installed');
  });

  test('no plug-in at all, unattended', async () => {
    const end = await sandbox.run(['certonly', '-n', '-d', 'a.test', '--agree-tos', '--server', authority.directoryUrl]);
    expect(end.code).toBe(1);
    expect(end.stderr).toContain('Missing command line flags. For non-interactive execution, you will need to specify a plugin on the command line.');
  });
});

describe('webroot', () => {
  test.each([
    ['a folder that is not there', ['-w', '/nonexistent-root'], '/nonexistent-root does not exist or is not a directory'],
    ['no folder', [], 'Input the webroot for a.test:'],
    ['a map that is no JSON', ['--webroot-map', '{'], '--webroot-map is not a JSON object'],
    ['a map of something else', ['--webroot-map', '{"a.test":7}'], '--webroot-map is not a JSON object'],
  ])('%s', async (_, words, message) => {
    const end = await sandbox.run(['certonly', '-n', '--agree-tos', '--webroot', '-d', 'a.test', '--server', authority.directoryUrl, ...words]);
    expect(end.code).toBe(1);
    expect(end.stderr).toContain(message);
    expectUntouched();
  });
});

describe('files', () => {
  test.each([
    ['a CSR that is not there', undefined, 'cannot be read'],
    ['a CSR that is none', 'hello', 'is not a certificate signing request'],
    ['a CSR with a broken middle', '-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n', 'is not a certificate signing request'],
  ])('%s', async (_, content, message) => {
    const file = content === undefined ? sandbox.join('none.csr') : sandbox.write('x.csr', content);
    const end = await sandbox.run([...standalone(authority), '--csr', file]);
    expect(end.code).toBe(1);
    expect(end.stderr).toContain(message);
    expect(end.stderr).toContain(file);
    expectUntouched();
  });

  test.each([
    ['credentials that are not there', undefined, 'File not found: '],
    ['credentials that are no INI', 'x = "unterminated', 'x.ini'],
    ['credentials without a server', 'dns_rfc2136_name = key.\n', 'dns_rfc2136_server'],
  ])('%s', async (_, content, message) => {
    const file = content === undefined ? sandbox.join('x.ini') : sandbox.write('x.ini', content, 0o600);
    const end = await sandbox.run(['certonly', '-n', '--agree-tos', '--dns-rfc2136', '--dns-rfc2136-credentials', file, '-d', 'a.test', '--server', authority.directoryUrl]);
    expect(end.code).toBe(1);
    expect(end.stderr).toContain(message);
  });

  test('credentials that others can read are used with a warning', async () => {
    const file = sandbox.write('x.ini', 'dns_rfc2136_name = key.\n', 0o644);
    const end = await sandbox.run(['certonly', '-n', '--agree-tos', '--dns-rfc2136', '--dns-rfc2136-credentials', file, '-d', 'a.test', '--server', authority.directoryUrl]);
    expect(end.stderr).toContain(`Unsafe permissions on credentials configuration file: ${file}`);
  });

  test('a CA bundle that is not there', async () => {
    const end = await sandbox.run(standalone(authority, 'a.test'), { env: { REQUESTS_CA_BUNDLE: '/nonexistent.pem' } });
    expect(end.code).toBe(1);
    expect(end.stderr).toContain('REQUESTS_CA_BUNDLE names "/nonexistent.pem"');
  });

  test('a certificate to revoke that is none', async () => {
    const file = sandbox.write('x.pem', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n');
    const end = await sandbox.run(['revoke', '-n', '--cert-path', file, '--server', authority.directoryUrl]);
    expect(end.code).toBe(1);
  });

  test('a CA that is not trusted', async () => {
    const end = await sandbox.run(standalone(authority, 'a.test'), { env: { REQUESTS_CA_BUNDLE: '' } });
    expect(end.code).toBe(1);
    expect(end.stderr).toMatch(/certificate/);
    const insecure = await sandbox.run([...standalone(authority, 'a.test'), '--no-verify-ssl'], { env: { REQUESTS_CA_BUNDLE: '' } });
    expect(insecure.code).toBe(0);
  });
});

describe('the machine', () => {
  test('a taken port is named', async () => {
    const { createServer } = await import('node:net');
    const taken = createServer();
    await new Promise<void>((resolve) => {
      taken.listen(authority.httpPort, '127.0.0.1', resolve);
    });
    const end = await sandbox.run(standalone(authority, 'a.test'));
    taken.close();
    expect(end.code).toBe(1);
    expect(end.stderr).toContain(String(authority.httpPort));
    expect(existsSync(path.join(sandbox.config, 'live'))).toBe(false);
  });

  test('a folder in the way of a folder', async () => {
    sandbox.write('config', 'a file');
    const end = await sandbox.run(standalone(authority, 'a.test'));
    expect(end.code).toBe(1);
    expect(end.stderr).toContain(`"${sandbox.config}"`);
  });

  const asRoot = process.getuid?.() === 0;
  if (!asRoot) console.log('full disk, read-only folder: not run (needs root)');

  // Needs root: other owners, mounts or another user. The test-bed runs as root.
  test.runIf(asRoot)('a full disk: nothing is half-written, and the next run succeeds', async () => {
    mkdirSync(sandbox.config);
    // Room for folders and a log, not for a certificate: every page of a tmpfs is 4 KiB.
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', sandbox.config]);
    try {
      const filler = path.join(sandbox.config, 'filler');
      execFileSync('sh', ['-c', `dd if=/dev/zero of=${filler} bs=4096 count=100 2>/dev/null; true`]);
      const end = await sandbox.run(standalone(authority, 'a.test'));
      expect(end.code).toBe(1);
      expect(end.stderr).toMatch(/no space left/i);
      execFileSync('rm', [filler]);
      expect(readdirSync(sandbox.config).filter((name) => !['renewal-hooks', 'accounts'].includes(name))).toEqual([]);
      execFileSync('mount', ['-o', 'remount,size=1m', sandbox.config]);
      const again = await sandbox.run(standalone(authority, 'a.test'));
      expect(again.code).toBe(0);
    } finally {
      execFileSync('umount', [sandbox.config]);
    }
  });

  // Needs root: other owners, mounts or another user. The test-bed runs as root.
  test.runIf(asRoot)('a read-only folder', async () => {
    mkdirSync(sandbox.config);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'ro,size=64k', 'tmpfs', sandbox.config]);
    try {
      const end = await sandbox.run(standalone(authority, 'a.test'));
      expect(end.code).toBe(1);
      expect(end.stderr).toContain(sandbox.config);
      expect(end.stderr).toContain('hint: ');
    } finally {
      execFileSync('umount', [sandbox.config]);
    }
  });

  const faketime = tryFindBinary('faketime');
  if (faketime === undefined) console.log('clock far off: not run (faketime is not installed)');

  // Needs a program that a machine may lack.
  test.runIf(faketime !== undefined).each(['2001-01-01', '2049-01-01'])('a clock that shows %s', async (day) => {
    const words = standalone(authority, 'a.test').concat('--config-dir', sandbox.config, '--work-dir', sandbox.work, '--logs-dir', sandbox.logs);
    const end = await runProcess([faketime ?? '', `${day} 12:00:00`, process.execPath, launcher, ...words], { env: { REQUESTS_CA_BUNDLE: sandbox.join('root.pem') } });
    expect(end.code).toBe(1);
    expect(end.stderr).toContain('clock');
    expectUntouched();
  });

  test('logs that cannot be written', async () => {
    sandbox.write('logs', 'a file');
    const end = await sandbox.run(['certificates']);
    expect(end.code).toBe(1);
    expect(end.stderr).toContain(`the log "${sandbox.logs}/letsencrypt.log" cannot be written`);
    expect(end.stderr).toMatch(/See the logfile \/tmp\/certward-log-\w+\/log/);
  });
});
