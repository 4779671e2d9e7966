// The real command against a CA that lies, over TLS: what such a CA sends must not steer the terminal, become a path, a shell
// word or a request elsewhere, and must not end up in the store. The advisories are listed in docs/design/security.md.
import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { createCertificate, createCsr, generatePrivateKey, parseCsr, splitPemChain } from '@certward/pki';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startHttpServer } from '../../packages/acme/src/testing/http-server.ts';
import { type Fault, problem, type Resource, type ScriptedCa, startScriptedCa } from '../../packages/acme/src/testing/scripted-ca.ts';
import { createSandbox, type CommandEnd, requireSuccess, type Sandbox } from '../cli/support/sandbox.ts';
import { contentsBelow, filesBelow, hasForgedLine, steeringIn, steeringText } from './support/hostile.ts';

let ca: ScriptedCa;
let sandbox: Sandbox;
beforeEach(async () => {
  ca = await startScriptedCa({ tls: true });
  sandbox = await createSandbox();
  sandbox.write('root.pem', ca.caPem);
});
afterEach(async () => {
  await sandbox[Symbol.asyncDispose]();
  await ca[Symbol.asyncDispose]();
});

function run(words: readonly string[]): Promise<CommandEnd> {
  return sandbox.run([...words, '--server', ca.directoryUrl], { env: { REQUESTS_CA_BUNDLE: sandbox.join('root.pem') } });
}

/** The hook leaves a file, so that a test sees whether it ran at all. */
const manual = () => ['certonly', '-n', '--agree-tos', '--manual', '--manual-auth-hook', `env >> ${sandbox.join('hook-ran')}`, '-d', 'a.test'];

/** The honest answer, its body changed. */
function altered(change: (body: Record<string, unknown>) => unknown): Fault {
  return async ({ proceed }) => {
    const answer = await proceed();
    return { ...answer, body: change(answer.body as Record<string, unknown>) };
  };
}

function expectNothingStored(): void {
  expect(existsSync(path.join(sandbox.config, 'live'))).toBe(false);
  expect(filesBelow(path.join(sandbox.config, 'archive'))).toEqual([]);
}

describe('text of the ca does not steer the terminal or forge log lines', () => {
  const hostileProblem = { type: steeringText, detail: steeringText, title: steeringText, instance: steeringText, subproblems: [{ type: steeringText, detail: steeringText, identifier: { type: 'dns', value: steeringText } }] };
  interface Row {
    readonly name: string;
    readonly resource: Resource;
    readonly fault: Fault;
    readonly words?: readonly string[];
  }
  const rows: readonly Row[] = [
    { name: 'a refused registration', resource: 'newAccount', fault: () => problem('malformed', 400, hostileProblem) },
    { name: 'a refused order', resource: 'newOrder', fault: () => problem('rejectedIdentifier', 400, hostileProblem) },
    { name: 'a refused challenge', resource: 'chall', fault: () => problem('unauthorized', 403, hostileProblem) },
    {
      name: 'a failed validation',
      resource: 'authz',
      fault: async ({ proceed }) => {
        ca.validate = () => ({ type: steeringText, detail: steeringText });
        return await proceed();
      },
    },
    { name: 'an order with an error', resource: 'newOrder', fault: altered((body) => ({ ...body, status: 'invalid', error: hostileProblem })) },
    { name: 'an unknown state', resource: 'newOrder', fault: altered((body) => ({ ...body, status: steeringText })) },
    { name: 'an identifier', resource: 'newOrder', fault: altered((body) => ({ ...body, identifiers: [{ type: 'dns', value: steeringText }] })) },
    { name: 'an url', resource: 'newOrder', fault: altered((body) => ({ ...body, finalize: `https://ca.test/${steeringText}` })) },
    { name: 'a challenge type', resource: 'authz', fault: altered((body) => ({ ...body, challenges: [{ type: steeringText, url: `${ca.origin}/chall/1/x`, token: 'x' }] })) },
    { name: 'the terms, where they have to be agreed to', resource: 'directory', fault: altered((body) => ({ ...body, meta: { termsOfService: `https://ca.test/${steeringText}`, website: steeringText } })), words: ['--required-profile', 'gold'] },
    { name: 'profiles', resource: 'directory', fault: altered((body) => ({ ...body, meta: { profiles: { [steeringText]: steeringText } } })), words: ['--required-profile', 'gold'] },
    { name: 'no json at all', resource: 'newOrder', fault: () => ({ status: 500, headers: { 'content-type': 'text/html' }, body: steeringText }) },
    { name: 'a chain', resource: 'cert', fault: () => ({ status: 200, headers: { 'content-type': 'application/pem-certificate-chain' }, body: `-----BEGIN ${steeringText}-----\nAAAA\n-----END ${steeringText}-----\n` }) },
  ];

  test.each(rows)('$name', async ({ resource, fault, words: more = [] }) => {
    ca.fault(resource, fault, 20);
    const words = manual().filter((word) => resource !== 'directory' || word !== '--agree-tos');
    const end = await run([...words, ...more]);
    expect(end.code).toBe(1);
    const log = contentsBelow(sandbox.logs).get('letsencrypt.log') ?? '';
    const shown = { stdout: end.stdout, stderr: end.stderr, log: Buffer.from(log, 'latin1').toString('utf8') };
    for (const [where, text] of Object.entries(shown)) expect({ where, steering: steeringIn(text), forged: hasForgedLine(text) }).toEqual({ where, steering: [], forged: false });
    expectNothingStored();
  });

  test('contacts that the ca claims', async () => {
    requireSuccess(await run(['register', '-n', '--agree-tos']));
    ca.fault('account', altered((body) => ({ ...body, contact: [`mailto:${steeringText}`] })));
    const end = await run(['show_account']);
    expect(steeringIn(end.stdout + end.stderr)).toEqual([]);
    expect(hasForgedLine(end.stdout)).toBe(false);
  });
});

describe('a token that is no token becomes neither file nor hook', () => {
  // Every other shape is refused beside the parser (acme) and beside each authenticator (engine).
  test.each(['../../../pwned', 'pwned\u0000.txt', '$(touch pwned)'])('%j', async (token) => {
    ca.challenges = (standard) => standard.map((one) => ({ ...one, token }));
    const root = sandbox.join('outer', 'root');
    mkdirSync(root, { recursive: true });
    const byWebroot = await run(['certonly', '-n', '--agree-tos', '--webroot', '-w', root, '-d', 'a.test']);
    expect(byWebroot.code).toBe(1);
    expect(filesBelow(sandbox.join('outer'))).toEqual([]);
    const byHook = await run(manual());
    expect(byHook.code).toBe(1);
    expect(existsSync(sandbox.join('hook-ran'))).toBe(false);
    expect(filesBelow(sandbox.folder).filter((file) => file.includes('pwned'))).toEqual([]);
    expectNothingStored();
  });
});

describe('an url in an answer leads nowhere but to https', () => {
  const places: readonly (readonly [string, (url: string) => void])[] = [
    ['newNonce', (url) => ca.fault('directory', altered((body) => ({ ...body, newNonce: url })))],
    ['the account', (url) => ca.fault('newAccount', async ({ proceed }) => ({ ...(await proceed()), headers: { location: url } }))],
    ['the order', (url) => ca.fault('newOrder', async ({ proceed }) => ({ ...(await proceed()), headers: { location: url } }))],
    ['an authorization', (url) => ca.fault('newOrder', altered((body) => ({ ...body, authorizations: [url] })))],
    ['finalize', (url) => ca.fault('newOrder', altered((body) => ({ ...body, finalize: url })))],
    ['a challenge', (url) => ca.fault('authz', altered((body) => ({ ...body, challenges: [{ type: 'http-01', token: 'abc', url }] })))],
    ['the certificate', (url) => ca.fault('order', altered((body) => ({ ...body, status: 'valid', certificate: url })), 20)],
  ];

  // Every kind of URL is judged beside the policy (acme); here each place meets one of them.
  const kinds: readonly ((trap: string) => string)[] = [(trap) => `${trap}/x`, () => 'file:///etc/shadow', () => `${ca.origin.replace('//', '//user:pw@')}/x`];

  test.each(places.map(([name, arrange], index) => [name, arrange, kinds[index % kinds.length] ?? (() => '')] as const))('%s', async (_, arrange, urlOf) => {
    let visits = 0;
    await using trap = await startHttpServer(() => {
      visits++;
      return { status: 200, headers: { 'replay-nonce': 'abc' }, body: {} };
    });
    arrange(urlOf(trap.origin));
    expect((await run(manual())).code).toBe(1);
    expect(visits).toBe(0);
  });

  test.each<Resource>(['directory', 'newNonce', 'newAccount', 'newOrder', 'finalize', 'cert'])('nor does a redirect of %s', async (resource) => {
    let visits = 0;
    await using trap = await startHttpServer(() => {
      visits++;
      return { status: 200, headers: { 'replay-nonce': 'abc' }, body: {} };
    }, { tls: true });
    ca.fault(resource, () => ({ status: 307, headers: { location: `${trap.origin}/x` } }), 20);
    const end = await run(manual());
    expect(end.code).toBe(1);
    expect(visits).toBe(0);
  });
});

describe('a certificate that was not asked for is not stored', () => {
  async function foreignLeaf(names: readonly string[]): Promise<string> {
    const csr = parseCsr(createCsr({ key: await generatePrivateKey({ type: 'ecdsa', curve: 'P-256' }), identifiers: names.map((value) => ({ type: 'dns', value })) }).der);
    const validity = { notBefore: new Date('2026-11-20T00:00:00Z'), notAfter: new Date('2036-02-18T00:00:00Z') };
    return createCertificate({ subjectPublicKey: csr.publicKey, issuer: ca.issuer, identifiers: csr.identifiers, serialBytes: Uint8Array.of(9), ...validity }).pem;
  }
  const chainType = { 'content-type': 'application/pem-certificate-chain' };

  test('for another key', async () => {
    const leaf = await foreignLeaf(['a.test']);
    ca.fault('cert', () => ({ status: 200, headers: chainType, body: leaf + ca.issuer.certificate.pem }), 20);
    expect((await run(manual())).code).toBe(1);
    expectNothingStored();
  });

  test('for another key, as the preferred alternate', async () => {
    const leaf = await foreignLeaf(['a.test']);
    ca.fault('cert', async ({ proceed }) => ({ ...(await proceed()), headers: { ...chainType, link: '</cert/1/1>;rel="alternate"' } }));
    ca.fault('cert', () => ({ status: 200, headers: chainType, body: leaf }), 20);
    // Only the foreign chain has the preferred issuer on top.
    requireSuccess(await run([...manual(), '--preferred-chain', 'Scripted Intermediate']));
    const stored = contentsBelow(sandbox.config).get('archive/a.test/cert1.pem');
    expect(stored).toBeDefined();
    expect(stored).not.toBe(leaf);
  });

  test('in a chain of hundreds', async () => {
    ca.fault('cert', async ({ proceed }) => {
      const answer = await proceed();
      const [leaf = ''] = splitPemChain(String(answer.body));
      return { ...answer, body: leaf + ca.issuer.certificate.pem.repeat(300) };
    }, 20);
    const end = await run(manual());
    expect(end.code).toBe(1);
    expectNothingStored();
  });

  test('nor are alternates fetched without end', async () => {
    let fetched = 0;
    ca.fault('cert', async ({ proceed }) => {
      fetched++;
      const links = Array.from({ length: 200 }, (_, index) => `</cert/1?${fetched * 1000 + index}>;rel="alternate"`);
      return { ...(await proceed()), headers: { ...chainType, link: links.join(', ') } };
    }, 10_000);
    await run([...manual(), '--preferred-chain', 'No Such Issuer']);
    expect(fetched).toBeGreaterThan(1);
    expect(fetched).toBeLessThanOrEqual(20);
  });
});

describe('json of the ca', () => {
  const raw = (body: string): Fault => () => ({ status: 200, headers: { 'content-type': 'application/json' }, body });

  test('with __proto__ and constructor keys changes nothing of ours', async () => {
    const evil = '"__proto__":{"newOrder":"http://127.0.0.1:1/","isAdmin":true,"allowHttp":true},"constructor":{"prototype":{"x":1}}';
    ca.fault('directory', async ({ proceed }) => {
      const text = JSON.stringify((await proceed()).body);
      return { status: 200, headers: { 'content-type': 'application/json' }, body: `{${evil},${text.slice(1)}` };
    });
    const end = await run(['register', '-n', '--agree-tos', '--json']);
    expect(end.code).toBe(0);
    expect(end.stdout).not.toContain('isAdmin');
  });

  test('with only an inherited-looking directory is refused', async () => {
    ca.fault('directory', raw('{"__proto__":{"newNonce":"https://a.test/n","newAccount":"https://a.test/a","newOrder":"https://a.test/o"}}'), 20);
    expect((await run(['register', '-n', '--agree-tos'])).stderr).toContain('without "newNonce"');
  });

  test('nested a hundred thousand deep is an orderly error or is ignored', async () => {
    const deep = '['.repeat(100_000) + ']'.repeat(100_000);
    ca.fault('directory', async ({ proceed }) => {
      const text = JSON.stringify((await proceed()).body);
      return { status: 200, headers: { 'content-type': 'application/json' }, body: `{"x":${deep},${text.slice(1)}` };
    }, 20);
    const end = await run(['register', '-n', '--agree-tos']);
    expect(end.stderr).not.toContain('unexpected error');
    expect(end.stderr).not.toContain('call stack');
    expect(end.code).toBe(0);
  });
});
