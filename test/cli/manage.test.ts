// `certificates`, `revoke` and `delete` as processes.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseCertificate } from '@certward/pki';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { sandboxFor, standalone, startAuthority, type TestAuthority } from './support/authority.ts';
import { requireSuccess, type Sandbox } from './support/sandbox.ts';

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

const frame = `${'- '.repeat(39)}-`;
const live = (name: string, file: string) => path.join(sandbox.config, 'live', name, file);

async function issue(...names: readonly string[]): Promise<void> {
  const end = await sandbox.run(standalone(authority, ...names));
  requireSuccess(end);
}

describe('certificates', () => {
  test('none', async () => {
    const end = await sandbox.run(['certificates']);
    expect(end.code).toBe(0);
    expect(end.stdout).toBe(`\n${frame}\nNo certificates found.\n${frame}\n`);
  });

  test('are listed with their facts; broken configurations are named', async () => {
    await issue('a.test', 'www.a.test');
    sandbox.write('config/renewal/broken.conf', 'x');
    const certificate = parseCertificate(readFileSync(live('a.test', 'cert.pem'), 'utf8'));
    const end = await sandbox.run(['certificates']);
    requireSuccess(end);
    expect(end.stdout).toBe(`
${frame}
Found the following certs:
  Certificate Name: a.test
    Serial Number: ${BigInt(`0x${certificate.serial}`).toString(16)}
    Key Type: ECDSA
    Identifiers: a.test www.a.test
    Expiry Date: ${certificate.notAfter.toISOString().slice(0, 19).replace('T', ' ')}+00:00 (VALID: 89 days)
    Certificate Path: ${live('a.test', 'fullchain.pem')}
    Private Key Path: ${live('a.test', 'privkey.pem')}

The following renewal configurations were invalid:
  ${sandbox.config}/renewal/broken.conf
${frame}
`);
  });

  test('filters by name and by identifier', async () => {
    await issue('a.test', 'www.a.test');
    await issue('b.test');
    const byName = await sandbox.json(['certificates', '-d', 'www.a.test,other.test']);
    expect(byName.document.result).toMatchObject({ certificates: [{ name: 'a.test', keyType: 'ecdsa', valid: true }] });
    const none = await sandbox.run(['certificates', '-d', 'nobody.test']);
    expect([none.code, none.stdout]).toEqual([0, `\n${frame}\nFound the following matching certs:\n${frame}\n`]);
    expect((await sandbox.json(['certificates', '--cert-name', 'b.test'])).document.result).toMatchObject({ certificates: [{ name: 'b.test' }] });
    const unknown = await sandbox.run(['certificates', '--cert-name', 'none']);
    expect([unknown.code, unknown.stdout]).toEqual([0, `\n${frame}\nFound the following matching certs:\n${frame}\n`]);
  });
});

describe('revoke', () => {
  test('by name: with the account, then everything is deleted', async () => {
    await issue('a.test');
    const end = await sandbox.run(['revoke', '-n', '--cert-name', 'a.test', '--reason', 'Superseded']);
    requireSuccess(end);
    expect(end.stdout).toContain(`Congratulations! You have successfully revoked the certificate that was located at ${live('a.test', 'cert.pem')}.\n`);
    expect(end.stdout).toContain('Deleted all files relating to certificate a.test.\n');
    expect(existsSync(path.join(sandbox.config, 'live', 'a.test'))).toBe(false);
  });

  test('by path, kept on request; a second time it is said that it was revoked before', async () => {
    await issue('a.test');
    const words = ['revoke', '-n', '--cert-path', live('a.test', 'cert.pem'), '--no-delete-after-revoke', '--server', authority.directoryUrl];
    expect((await sandbox.run(words)).code).toBe(0);
    const { code, document } = await sandbox.json(words);
    expect(code).toBe(0);
    expect(document.result).toMatchObject({ wasAlreadyRevoked: true, deleted: false });
    expect(existsSync(live('a.test', 'cert.pem'))).toBe(true);
  });

  test('with the key of the certificate and no account', async () => {
    await issue('a.test');
    const other = await sandboxFor(authority);
    const { code, document } = await other.json(['revoke', '-n', '--cert-path', live('a.test', 'cert.pem'), '--key-path', live('a.test', 'privkey.pem'), '--reason', 'keycompromise', '--server', authority.directoryUrl]);
    await other[Symbol.asyncDispose]();
    expect(code).toBe(0);
    expect(document.result).toMatchObject({ reason: 'keycompromise', wasAlreadyRevoked: false });
  });

  test.each([
    ['nothing named', [], 'Exactly one of --cert-path or --cert-name must be specified.'],
    ['both named', ['--cert-path', 'x', '--cert-name', 'a'], 'Exactly one of --cert-path or --cert-name must be specified.'],
    ['an unknown name', ['--cert-name', 'none'], 'No certificate found with name none'],
    ['a file that is not there', ['--cert-path', '/nonexistent.pem'], 'the certificate "/nonexistent.pem" cannot be read'],
  ])('%s', async (_, words, message) => {
    const end = await sandbox.run(['revoke', '-n', '--server', authority.directoryUrl, ...words]);
    expect(end.code).toBe(1);
    expect(end.stderr).toContain(message);
  });

  test('the key of another certificate is refused before the CA is asked', async () => {
    await issue('a.test');
    await issue('b.test');
    const end = await sandbox.run(['revoke', '-n', '--cert-path', live('a.test', 'cert.pem'), '--key-path', live('b.test', 'privkey.pem'), '--server', authority.directoryUrl]);
    expect(end.code).toBe(1);
    expect(end.stderr).toContain('does not belong to the certificate');
  });
});

describe('delete', () => {
  test('removes everything of that certificate only', async () => {
    await issue('a.test');
    await issue('b.test');
    const end = await sandbox.run(['delete', '-n', '--cert-name', 'a.test']);
    requireSuccess(end);
    expect(end.stdout).toContain('The following certificate(s) are selected for deletion:\n\n  * a.test\n');
    expect(end.stdout).toContain('Deleted all files relating to certificate a.test.\n');
    expect(readdirSync(path.join(sandbox.config, 'live')).sort()).toEqual(['README', 'b.test']);
    expect(readdirSync(path.join(sandbox.config, 'archive'))).toEqual(['b.test']);
    expect(readdirSync(path.join(sandbox.config, 'renewal'))).toEqual(['b.test.conf']);
  });

  test('asks for a name, by a list where somebody can answer', async () => {
    await issue('a.test');
    await issue('b.test');
    const unattended = await sandbox.run(['delete', '-n']);
    expect(unattended.code).toBe(1);
    expect(unattended.stderr).toContain('(You can set this with the --cert-name flag)');
    const end = await sandbox.run(['delete', '--force-interactive'], { input: '2\ny\n' });
    requireSuccess(end);
    expect(end.stdout).toContain('Which certificate(s) would you like to delete?');
    expect(readdirSync(path.join(sandbox.config, 'renewal'))).toEqual(['a.test.conf']);
    const no = await sandbox.run(['delete', '--force-interactive', '--cert-name', 'a.test'], { input: 'n\n' });
    expect(no.code).toBe(0);
    expect(no.stdout).toContain('Deletion of certificate(s) canceled.');
  });

  test('an unknown name is an error', async () => {
    const end = await sandbox.run(['delete', '-n', '--cert-name', 'none.test']);
    expect(end.code).toBe(1);
    expect(end.stderr).toContain('No certificate found with name none.test');
  });
});
