import { execFile } from 'node:child_process';
import { stat, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { systemRandom } from '@certward/base';
import { generatePrivateKey, type Issuer, parseCertificate, privateKeyToPem } from '@certward/pki';
import { createFakeClock, temporaryFolder } from '@certward/testing';
import { afterEach, describe, expect, test } from 'vitest';
import { RawClient } from '../testing/raw-client.ts';
import { createTestCa } from '../testing/test-ca.ts';
import { Authority } from './authority.ts';
import { createMemoryCredentials, openCredentialFolder } from './credential-folder.ts';
import { openHierarchy, type HierarchyOptions } from './hierarchy.ts';

const yearMs = 365 * 24 * 60 * 60 * 1000;
const run = promisify(execFile);
const open: AsyncDisposable[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one[Symbol.asyncDispose]();
});

async function folder() {
  const made = await temporaryFolder();
  open.push(made);
  return made;
}

function options(more: Partial<HierarchyOptions> = {}): HierarchyOptions {
  return { credentials: createMemoryCredentials(), clock: createFakeClock(), random: systemRandom, name: 'Test CA', key: { type: 'ecdsa', curve: 'P-256' }, roots: 1, ...more };
}

const pemOf = ({ certificate }: Issuer) => certificate.pem;

describe('the hierarchy', () => {
  test('is made at the first start and loaded at the next, by the files of its folder', async () => {
    const { path } = await folder();
    const credentials = await openCredentialFolder(`${path}/keys`);
    const first = await openHierarchy(options({ credentials, roots: 2 }));
    expect([...(await credentials.names())].sort()).toEqual([
      'intermediate-1-by-root-2.pem', 'intermediate-1.key.pem', 'intermediate-1.pem', 'root-1.key.pem', 'root-1.pem', 'root-2.key.pem', 'root-2.pem',
    ]);
    const second = await openHierarchy(options({ credentials: await openCredentialFolder(`${path}/keys`), roots: 2 }));
    expect(second.roots.map(pemOf)).toEqual(first.roots.map(pemOf));
    expect(second.intermediates.flatMap(({ certificates }) => certificates.map(({ pem }) => pem))).toEqual(
      first.intermediates.flatMap(({ certificates }) => certificates.map(({ pem }) => pem)),
    );
  });

  test('keeps its folder and files to the owner', async () => {
    const { path } = await folder();
    const credentials = await openCredentialFolder(`${path}/keys`);
    await openHierarchy(options({ credentials }));
    expect((await stat(`${path}/keys`)).mode & 0o777).toBe(0o700);
    for (const name of await credentials.names()) expect((await stat(`${path}/keys/${name}`)).mode & 0o777).toBe(0o600);
  });

  test('gets another root without losing the first', async () => {
    const credentials = createMemoryCredentials();
    const first = await openHierarchy(options({ credentials }));
    const second = await openHierarchy(options({ credentials, roots: 2 }));
    expect(second.roots.map(pemOf)[0]).toBe(first.roots.map(pemOf)[0]);
    expect(second.intermediates).toHaveLength(1);
    expect(second.intermediates[0]?.certificates).toHaveLength(2);
  });

  test('gets a fresh intermediate in time, and keeps the old one for its chains and its revocation list', async () => {
    const credentials = createMemoryCredentials();
    const clock = createFakeClock();
    const first = await Authority.open(options({ credentials, clock }));
    await clock.advance(3.9 * yearMs);
    expect((await openHierarchy(options({ credentials, clock }))).intermediates).toHaveLength(1);
    await clock.advance(0.2 * yearMs);
    const later = await Authority.open(options({ credentials, clock }));
    expect(later.chainsOf('intermediate-1')).toEqual(first.chainsOf('intermediate-1'));
    const { issuerId } = later.issueLeaf({ publicKey: await generatePrivateKey({ type: 'ecdsa', curve: 'P-256' }), identifiers: [{ type: 'dns', value: 'a.test' }], notBefore: clock.now(), notAfter: clock.now(), serialBytes: Uint8Array.of(1) });
    expect(issuerId).toBe('intermediate-2');
    expect(later.hasIssuer('intermediate-1')).toBe(true);
  });

  test('goes on after a crash between key and certificate', async () => {
    const credentials = createMemoryCredentials();
    const key = await generatePrivateKey({ type: 'ecdsa', curve: 'P-256' });
    await credentials.write('root-1.key.pem', privateKeyToPem(key));
    const { roots } = await openHierarchy(options({ credentials }));
    expect(roots).toHaveLength(1);
  });

  test('does not start with a key that belongs to another certificate', async () => {
    const credentials = createMemoryCredentials();
    await openHierarchy(options({ credentials }));
    await credentials.write('root-1.key.pem', privateKeyToPem(await generatePrivateKey({ type: 'ecdsa', curve: 'P-256' })));
    await expect(openHierarchy(options({ credentials }))).rejects.toMatchObject({ code: 'dataFolderUnreadable' });
  });

  test('does not start over a folder that is a file', async () => {
    const { path } = await folder();
    await writeFile(`${path}/file`, '');
    await expect(openCredentialFolder(`${path}/file`)).rejects.toMatchObject({ code: 'dataFolderUnreadable' });
  });

  test('may be RSA', async () => {
    const { intermediates, roots } = await openHierarchy(options({ key: { type: 'rsa', bits: 2048 } }));
    expect([roots[0]?.certificate.keySpec, intermediates[0]?.issuer.certificate.keySpec]).toEqual([{ type: 'rsa', bits: 2048 }, { type: 'rsa', bits: 2048 }]);
  });
});

describe('OpenSSL agrees', () => {
  async function setUp(key: HierarchyOptions['key']) {
    const { path } = await folder();
    const clock = createFakeClock();
    const authority = await Authority.open(options({ clock, key, roots: 2 }));
    const ca = await createTestCa({ clock, authority });
    const client = await RawClient.registered(ca);
    const { order, pem } = await client.obtain(ca, ['a.test', { type: 'ip', value: '192.0.2.1' }]);
    const alternate = await client.post(`${String(order.body['certificate'])}/1`);
    await writeFile(`${path}/leaf.pem`, pem);
    await writeFile(`${path}/root.pem`, authority.roots[0]?.pem ?? '');
    await writeFile(`${path}/alternate.pem`, alternate.text);
    await writeFile(`${path}/root-2.pem`, authority.roots[1]?.pem ?? '');
    const at = ['-attime', String(Math.floor(clock.now().getTime() / 1000))];
    const verify = (args: readonly string[], leaf = 'leaf') =>
      run('openssl', ['verify', '-x509_strict', ...at, ...args, '-untrusted', `${path}/${leaf}.pem`, `${path}/${leaf}.pem`]);
    return { ca, client, path, pem, verify, clock };
  }

  test.each([{ key: { type: 'ecdsa', curve: 'P-256' } }, { key: { type: 'ecdsa', curve: 'P-384' } }, { key: { type: 'rsa', bits: 2048 } }] as const)(
    'that both chains under $key verify, for the names and the purpose',
    async ({ key }) => {
      const { path, verify } = await setUp(key);
      const purpose = ['-purpose', 'sslserver', '-verify_hostname', 'a.test'];
      expect((await verify(['-CAfile', `${path}/root.pem`, ...purpose])).stdout).toContain(': OK');
      expect((await verify(['-CAfile', `${path}/root-2.pem`, '-verify_ip', '192.0.2.1'], 'alternate')).stdout).toContain(': OK');
      await expect(verify(['-CAfile', `${path}/root.pem`, '-verify_hostname', 'b.test'])).rejects.toThrow(/Hostname mismatch/i);
      await expect(verify(['-no-CApath', '-no-CAfile', '-CAfile', `${path}/root-2.pem`])).rejects.toThrow(/unable to get/);
    },
  );

  test('that the revocation list is genuine and names what was revoked', async () => {
    const { ca, client, clock, path, pem, verify } = await setUp({ type: 'ecdsa', curve: 'P-256' });
    const leaf = parseCertificate(pem);
    const [crlUrl = ''] = leaf.crlUrls;
    const fetchCrl = async () => {
      const { body, headers, status } = await ca.handle({ method: 'GET', path: new URL(crlUrl).pathname, headers: {}, body: new Uint8Array() });
      expect([status, headers['content-type']]).toEqual([200, 'application/pkix-crl']);
      await writeFile(`${path}/crl.der`, body);
      await run('openssl', ['crl', '-inform', 'DER', '-in', `${path}/crl.der`, '-out', `${path}/crl.pem`]);
      return (await run('openssl', ['crl', '-in', `${path}/crl.pem`, '-noout', '-text'])).stdout;
    };
    const check = ['-CAfile', `${path}/root.pem`, '-crl_check', '-CRLfile', `${path}/crl.pem`];
    expect(await fetchCrl()).toContain('No Revoked Certificates');
    expect((await verify(check)).stdout).toContain(': OK');
    await client.post('/acme/revoke-cert', { certificate: Buffer.from(leaf.der).toString('base64url'), reason: 4 });
    const text = await fetchCrl();
    expect(text.toLowerCase().replace(/[^0-9a-z]/g, '')).toContain(`serialnumber${leaf.serial}`);
    expect(text).toContain('Superseded');
    await expect(verify(check)).rejects.toThrow(/certificate revoked/);
    const before = Number(/CRL Number:\s+(\d+)/.exec(text)?.[1]);
    await clock.advance(4 * 24 * 60 * 60 * 1000);
    expect(Number(/CRL Number:\s+(\d+)/.exec(await fetchCrl())?.[1])).toBeGreaterThan(before);
    await clock.advance(120 * 24 * 60 * 60 * 1000);
    expect(await fetchCrl()).toContain('No Revoked Certificates');
  });
});
