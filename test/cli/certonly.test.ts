// `certonly` as a process against the embedded authority: authenticators, choices about lineages, keys, output.
import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import path from 'node:path';
import { createCsr, generatePrivateKey, parseCertificate, parsePrivateKeyPem, describeKey } from '@certward/pki';
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

const live = (name: string, file: string) => path.join(sandbox.config, 'live', name, file);
const conf = (name: string) => readFileSync(path.join(sandbox.config, 'renewal', `${name}.conf`), 'utf8');
const certificate = (name: string) => parseCertificate(readFileSync(live(name, 'cert.pem'), 'utf8'));
const names = (name: string) => certificate(name).identifiers.map(({ value }) => value);
const keyOf = (name: string) => describeKey(parsePrivateKeyPem(readFileSync(live(name, 'privkey.pem'), 'utf8')));

describe('a new certificate', () => {
  test('by standalone: files, configuration, and the text that scripts match on', async () => {
    const end = await sandbox.run(standalone(authority, 'a.test', 'www.a.test'));
    requireSuccess(end);
    const day = certificate('a.test').notAfter.toISOString().slice(0, 10);
    expect(end.stdout).toBe(`Account registered.
Requesting a certificate for a.test and www.a.test

Successfully received certificate.
Certificate is saved at: ${live('a.test', 'fullchain.pem')}
Key is saved at:         ${live('a.test', 'privkey.pem')}
This certificate expires on ${day}.
These files will be updated when the certificate renews.

NEXT STEPS:
- The certificate will need to be renewed before it expires: let a timer run \`certward renew\` twice a day.
${'- '.repeat(39)}-
`);
    expect(end.stderr).toBe(`Saving debug log to ${sandbox.logs}/letsencrypt.log\n`);
    expect(readlinkSync(live('a.test', 'privkey.pem'))).toBe('../../archive/a.test/privkey1.pem');
    expect(conf('a.test')).toMatch(/^authenticator = standalone$/m);
    expect(conf('a.test')).toMatch(/^key_type = ecdsa$/m);
    expect(conf('a.test')).toMatch(new RegExp(`^http01_port = ${authority.httpPort}$`, 'm'));
    const log = readFileSync(path.join(sandbox.logs, 'letsencrypt.log'), 'utf8');
    expect(log).not.toMatch(/PRIVATE KEY|"d":/);
  });

  test('by webroot: each name in the root before it; nothing is left', async () => {
    const root = sandbox.join('www');
    mkdirSync(root);
    // The authority asks a port; a web server of the machine would serve the folder there.
    await using server = await serveFolder(root, authority.httpPort);
    expect(server.port).toBe(authority.httpPort);
    const end = await sandbox.run(['certonly', '-n', '--agree-tos', '--webroot', '-w', root, '-d', 'w.test', '--server', authority.directoryUrl]);
    requireSuccess(end);
    expect(readdirSync(root)).toEqual([]);
    expect(conf('w.test')).toContain(`webroot_path = ${root},`);
    expect(conf('w.test')).toContain(`[[webroot_map]]\nw.test = ${root}\n`);
  });

  test('by tls-alpn', async () => {
    const end = await sandbox.run(['certonly', '-n', '--agree-tos', '--tls-alpn', '--tls-alpn-01-port', String(authority.tlsPort), '--tls-alpn-01-address', '127.0.0.1', '-d', 't.test', '--server', authority.directoryUrl]);
    requireSuccess(end);
    expect(conf('t.test')).toMatch(/^authenticator = tls-alpn$/m);
  });

  test('by manual hooks, whose output is shown', async () => {
    const root = sandbox.join('www');
    mkdirSync(root);
    await using server = await serveFolder(root, authority.httpPort);
    expect(server.port).toBe(authority.httpPort);
    const hook = `mkdir -p ${root}/.well-known/acme-challenge && echo "$CERTBOT_VALIDATION" | tr -d '\\n' > ${root}/.well-known/acme-challenge/$CERTBOT_TOKEN; echo "put $CERTBOT_DOMAIN"`;
    const cleanup = `rm ${root}/.well-known/acme-challenge/$CERTBOT_TOKEN; echo "got $CERTBOT_AUTH_OUTPUT" >> ${sandbox.folder}/cleaned`;
    const end = await sandbox.run(['certonly', '-n', '--agree-tos', '--manual', '--manual-auth-hook', hook, '--manual-cleanup-hook', cleanup, '-d', 'm.test', '--server', authority.directoryUrl]);
    requireSuccess(end);
    expect(end.stdout).toContain("Hook '--manual-auth-hook' for m.test ran with output:\n put m.test\n");
    expect(readFileSync(sandbox.join('cleaned'), 'utf8')).toBe('got put m.test\n');
    expect(conf('m.test')).toContain('manual_auth_hook = ');
  });

  test('for an IP address', async () => {
    const end = await sandbox.run([...standalone(authority), '--ip-address', '127.0.0.1']);
    requireSuccess(end);
    expect(names('127.0.0.1')).toEqual(['127.0.0.1']);
  });

  test.each([
    [['--key-type', 'rsa'], { type: 'rsa', bits: 2048 }],
    [['--key-type', 'rsa', '--rsa-key-size', '3072'], { type: 'rsa', bits: 3072 }],
    [['--elliptic-curve', 'secp384r1'], { type: 'ecdsa', curve: 'P-384' }],
  ])('with %j', async (options, spec) => {
    const end = await sandbox.run([...standalone(authority, 'k.test'), ...options]);
    requireSuccess(end);
    expect(keyOf('k.test')).toEqual(spec);
  });

  test('--must-staple and --json', async () => {
    const { code, document, stderr } = await sandbox.json([...standalone(authority, 'j.test'), '--must-staple']);
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(certificate('j.test').hasMustStaple).toBe(true);
    expect(document).toMatchObject({ schema: 1, verb: 'certonly', ok: true, result: { action: 'created', name: 'j.test', identifiers: ['j.test'], paths: { fullchain: live('j.test', 'fullchain.pem') } } });
  });

  test('--dry-run saves nothing and says so', async () => {
    const end = await sandbox.run([...standalone(authority, 'd.test'), '--dry-run']);
    requireSuccess(end);
    expect(end.stdout).toContain('Simulating a certificate request for d.test\nThe dry run was successful.\n');
    expect(existsSync(path.join(sandbox.config, 'live'))).toBe(false);
  });

  test('hooks run in order: folders first, pre, deploy, post', async () => {
    const note = (text: string) => `echo ${text} >> ${sandbox.folder}/ran`;
    for (const kind of ['pre', 'deploy', 'post']) sandbox.write(`config/renewal-hooks/${kind}/hook`, `#!/bin/sh\n${note(`${kind}-folder`)}\n`, 0o755);
    const end = await sandbox.run([...standalone(authority, 'h.test'), '--pre-hook', note('pre'), '--deploy-hook', note('"deploy $RENEWED_LINEAGE $RENEWED_DOMAINS"'), '--post-hook', note('post')]);
    requireSuccess(end);
    expect(readFileSync(sandbox.join('ran'), 'utf8').trim().split('\n')).toEqual(['pre-folder', 'pre', 'deploy-folder', `deploy ${sandbox.config}/live/h.test h.test`, 'post-folder', 'post']);
  });
});

describe('a name that is certified already', () => {
  const issue = async (...args: readonly string[]) => {
    const end = await sandbox.run([...standalone(authority), ...args]);
    requireSuccess(end);
    return end;
  };

  test('the same names are kept while they are not due, and renewed when forced', async () => {
    await issue('-d', 'a.test', '-d', 'b.test');
    const kept = await issue('-d', 'b.test', '-d', 'a.test');
    expect(kept.stdout).toContain('Certificate not yet due for renewal\n');
    expect(kept.stdout).toContain('Certificate not yet due for renewal; no action taken.');
    const forced = await issue('-d', 'b.test', '-d', 'a.test', '--force-renewal');
    expect(forced.stdout).toContain('Renewing an existing certificate for b.test and a.test\n');
    expect(readlinkSync(live('a.test', 'cert.pem'))).toBe('../../archive/a.test/cert2.pem');
  });

  test('more names: unattended needs --expand, which keeps the lineage', async () => {
    await issue('-d', 'a.test');
    const refused = await sandbox.run(standalone(authority, 'a.test', 'b.test'));
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('Missing command line flag or config entry for this setting:');
    expect(refused.stderr).toContain('(You can set this with the --expand flag)');
    await issue('-d', 'a.test', '-d', 'b.test', '--expand');
    expect(names('a.test')).toEqual(['a.test', 'b.test']);
  });

  test('other names make another lineage; --duplicate makes a numbered one', async () => {
    await issue('-d', 'a.test', '-d', 'b.test');
    await issue('-d', 'a.test');
    await issue('-d', 'a.test', '-d', 'b.test', '--duplicate');
    expect(readdirSync(path.join(sandbox.config, 'renewal')).sort()).toEqual(['a.test-0001.conf', 'a.test-0002.conf', 'a.test.conf']);
  });

  test('--cert-name names, selects and changes', async () => {
    await issue('--cert-name', 'mine', '-d', 'a.test');
    await issue('--cert-name', 'mine', '-d', 'c.test');
    expect(names('mine')).toEqual(['c.test']);
    const end = await sandbox.run([...standalone(authority), '--cert-name', 'unknown']);
    expect(end.code).toBe(1);
    expect(end.stderr).toContain('No certificate with name unknown found.');
  });

  test('--reuse-key keeps the key until --new-key or --no-reuse-key', async () => {
    const key = () => readFileSync(live('a.test', 'privkey.pem'), 'utf8');
    await issue('-d', 'a.test', '--reuse-key');
    const first = key();
    await issue('-d', 'a.test', '--force-renewal');
    expect(key()).toBe(first);
    await issue('-d', 'a.test', '--force-renewal', '--new-key');
    const second = key();
    expect(second).not.toBe(first);
    const refused = await sandbox.run([...standalone(authority, 'a.test'), '--force-renewal', '--key-type', 'rsa', '--cert-name', 'a.test']);
    expect(refused.stderr).toContain('Unable to change the --key-type of this certificate because --reuse-key is set.');
    await issue('-d', 'a.test', '--force-renewal', '--no-reuse-key');
    expect(key()).not.toBe(second);
  });

  test('the kind of key changes only when certificate and kind are both named', async () => {
    await issue('-d', 'a.test', '--key-type', 'rsa');
    await issue('-d', 'a.test', '--force-renewal');
    expect(keyOf('a.test').type).toBe('rsa');
    const refused = await sandbox.run([...standalone(authority, 'a.test'), '--force-renewal', '--key-type', 'ecdsa']);
    expect(refused.stderr).toContain('Please provide both --cert-name and --key-type');
    await issue('--cert-name', 'a.test', '--force-renewal', '--key-type', 'ecdsa');
    expect(keyOf('a.test').type).toBe('ecdsa');
  });
});

describe('--csr', () => {
  const csrFor = async (...domains: readonly string[]) => {
    const key = await generatePrivateKey({ type: 'ecdsa', curve: 'P-256' });
    return createCsr({ key, identifiers: domains.map((value) => ({ type: 'dns', value })) });
  };

  test('gives three numbered files and no lineage', async () => {
    const file = sandbox.write('request.pem', (await csrFor('c.test')).pem);
    const folder = path.dirname(sandbox.write('out/x', ''));
    const end = await sandbox.run([...standalone(authority), '--csr', file], { cwd: folder });
    requireSuccess(end);
    expect(readdirSync(folder).sort()).toEqual(['0000_cert.pem', '0000_chain.pem', '0001_chain.pem', 'x']);
    expect(end.stdout).toContain(`Certificate is saved at:            ${folder}/0000_cert.pem\nIntermediate CA chain is saved at:  ${folder}/0000_chain.pem\nFull certificate chain is saved at: ${folder}/0001_chain.pem\n`);
    expect(existsSync(path.join(sandbox.config, 'renewal'))).toBe(false);
  });

  test('typed paths that exist are refused before anything is ordered', async () => {
    const file = sandbox.write('request.pem', (await csrFor('c.test')).pem);
    const taken = sandbox.write('taken.pem', '');
    const end = await sandbox.run([...standalone(authority), '--csr', file, '--cert-path', taken]);
    expect(end.code).toBe(1);
    expect(end.stderr).toContain(`the file "${taken}" exists`);
  });

  test('other names than those of the request are refused', async () => {
    const file = sandbox.write('request.pem', (await csrFor('c.test')).pem);
    const end = await sandbox.run([...standalone(authority, 'other.test'), '--csr', file]);
    expect(end.code).toBe(1);
    expect(end.stderr).toContain('Inconsistent domain requests:\nFrom the CSR: c.test\nFrom command line/config: other.test');
  });
});

describe('a refusal', () => {
  test('names the identifier, the problem and what to look at', async () => {
    const free = await startAuthority();
    const end = await sandbox.run([...standalone(authority, 'a.test'), '--http-01-port', String(free.httpPort)]);
    await free[Symbol.asyncDispose]();
    expect(end.code).toBe(1);
    expect(end.stdout).toContain('Certward failed to authenticate some domains (authenticator: standalone). The Certificate Authority reported these problems:\n  Identifier: a.test\n  Type:   connection\n  Detail: ');
    expect(end.stdout).toMatch(/\nHint: .*port/);
    expect(end.stderr).toContain('Some challenges have failed.\nAsk for help or search for solutions at https://community.letsencrypt.org. See the logfile ');
    expect(existsSync(path.join(sandbox.config, 'live', 'a.test'))).toBe(false);
  });

  test('--allow-subset-of-names goes on without the names that were refused', async () => {
    await using picky = await startAuthority({ validation: { hosts: { 'bad.test': ['127.0.0.2'], '*': ['127.0.0.1'] } } });
    const words = [...standalone(authority, 'good.test', 'bad.test'), '--server', picky.directoryUrl, '--http-01-port', String(picky.httpPort)];
    const trust = { REQUESTS_CA_BUNDLE: sandbox.write('picky.pem', picky.ca.rootsPem) };
    expect((await sandbox.run(words, { env: trust })).code).toBe(1);
    const end = await sandbox.run([...words, '--allow-subset-of-names'], { env: trust });
    requireSuccess(end);
    expect(end.stderr).toContain('Unable to obtain a certificate with every requested domain. Retrying without: bad.test');
    expect(names('good.test')).toEqual(['good.test']);
  });

  test('a wildcard with standalone says what could prove it', async () => {
    const end = await sandbox.run(standalone(authority, '*.a.test'));
    expect(end.code).toBe(1);
    expect(end.stderr).toContain('does not support any combination of challenges that will satisfy the CA.');
    expect(end.stderr).toContain('hint: "*.a.test" is a wildcard');
  });
});

/** A web server of the machine: serves a folder on the port that the authority asks. */
async function serveFolder(root: string, port: number): Promise<AsyncDisposable & { readonly port: number }> {
  const { createServer } = await import('node:http');
  const server = createServer((request, response) => {
    const file = path.join(root, path.normalize(request.url ?? '/'));
    const found = file.startsWith(root) && existsSync(file);
    response.writeHead(found ? 200 : 404);
    response.end(found ? readFileSync(file) : '');
  });
  await new Promise<void>((resolve) => {
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    port,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
