// Download and choice of chains: a scripted CA with several roots, and broken chains of every kind.
import { createPublicKey } from 'node:crypto';

import { describe, expect, test } from 'vitest';

import { type Certificate, createCertificate, createCsr, encodePem, generatePrivateKey, type Issuer, parseCertificate, privateKeyToPem } from '@certward/pki';

import { parseChain } from './certificate.ts';
import type { Order } from './order.ts';
import { chainContainsSpki, chainEndsAtKeyId } from './preferred-chain.ts';
import { type Fixture, names, startFixture } from './testing/fixture.ts';

const validity = { notBefore: new Date('2026-01-01T00:00:00Z'), notAfter: new Date('2036-01-01T00:00:00Z') };
let serial = 1;

async function makeCa(commonName: string, issuer?: Issuer): Promise<Issuer> {
  const key = await generatePrivateKey({ type: 'ecdsa', curve: 'P-256' });
  const subjectPublicKey = issuer === undefined ? key : createPublicKey(key);
  return { key, certificate: createCertificate({ subjectPublicKey, issuer: issuer ?? 'self', subject: { commonName }, isCa: true, serialBytes: Uint8Array.of(serial++), ...validity }) };
}

/** The same key under another issuer, as cross-signing does. */
function crossSign(ca: Issuer, issuer: Issuer): Certificate {
  const commonName = ca.certificate.commonName ?? '';
  return createCertificate({ subjectPublicKey: createPublicKey(ca.key), issuer, subject: { commonName }, isCa: true, serialBytes: Uint8Array.of(serial++), ...validity });
}

async function issued(fixture: Fixture): Promise<Order> {
  const account = await fixture.newAccount();
  const order = await account.createOrder({ identifiers: names('a.example') });
  for (const authorization of await order.authorizations()) await authorization.challenges[0]?.respond();
  await order.pollUntilReady();
  await order.finalize(createCsr({ key: await fixture.newKey(), identifiers: names('a.example') }).der);
  await order.pollUntilValid();
  return order;
}

describe('downloadCertificate', () => {
  async function withRoots() {
    const fixture = await startFixture();
    const [x1, x2] = [await makeCa('Root X1'), await makeCa('Root X2')];
    const { issuer } = fixture.ca;
    fixture.ca.alternates = [[crossSign(issuer, x1).pem], [crossSign(issuer, x2).pem]];
    return { fixture, x1, x2 };
  }

  test('takes the default chain in one request when nothing is preferred', async () => {
    const { fixture } = await withRoots();
    await using _ = fixture;
    const order = await issued(fixture);
    fixture.startCounting();
    const { chain, alternates, alternateUrls } = await order.downloadCertificate();
    expect(chain.at(-1)?.issuerCommonName).toBe('Scripted Root');
    expect(alternates).toEqual([]);
    expect(alternateUrls.map((url) => new URL(url).pathname)).toEqual(['/cert/1/1', '/cert/1/2']);
    expect(fixture.ca.requests).toEqual(['POST cert']);
  });

  test("follows Certbot's rule, links absolute and relative, in several headers", async () => {
    const { fixture } = await withRoots();
    await using _ = fixture;
    const order = await issued(fixture);
    const preferred = await order.downloadCertificate({ preferredChain: 'Root X2' });
    expect(preferred).toMatchObject({ preferenceMet: true, alternates: [{}, {}] });
    expect(preferred.chain.at(-1)?.issuerCommonName).toBe('Root X2');
    expect(preferred.pem).toContain(fixture.ca.alternates[1]?.[0] ?? '?');
    expect(await order.downloadCertificate({ preferredChain: 'Root X9' })).toMatchObject({ preferenceMet: false, alternates: [{}, {}] });
  });

  test('matches on key identifiers and keys rather than names', async () => {
    const { fixture, x1 } = await withRoots();
    await using _ = fixture;
    const order = await issued(fixture);
    const keyId = x1.certificate.subjectKeyId ?? new Uint8Array();
    expect((await order.downloadCertificate({ matcher: chainEndsAtKeyId(keyId) })).chain.at(-1)?.issuerCommonName).toBe('Root X1');
    expect((await order.downloadCertificate({ matcher: chainContainsSpki('AB'.repeat(32)) })).preferenceMet).toBe(false);
  });

  test('a broken alternate is left out, the certificate is not lost', async () => {
    const { fixture } = await withRoots();
    await using _ = fixture;
    fixture.ca.alternates[0] = [(await makeCa('Stranger')).certificate.pem];
    const order = await issued(fixture);
    const { alternates } = await order.downloadCertificate({ fetchAlternates: true });
    expect(alternates.map((one) => one.certificates.at(-1)?.issuerCommonName)).toEqual(['Root X2']);
    expect(fixture.log.some((line) => line.level === 'warn' && line.message === 'alternate chain not usable')).toBe(true);
  });

  test('an alternate that begins with another certificate is left out', async () => {
    const { fixture, x1 } = await withRoots();
    await using _ = fixture;
    const order = await issued(fixture);
    const leaf = createCertificate({ subjectPublicKey: await fixture.newKey(), issuer: x1, identifiers: names('a.example'), serialBytes: Uint8Array.of(9), ...validity });
    fixture.ca.fault('cert', async ({ proceed }) => await proceed());
    fixture.ca.fault('cert', () => ({ status: 200, headers: { 'content-type': 'application/pem-certificate-chain' }, body: leaf.pem + x1.certificate.pem }), 5);
    const downloaded = await order.downloadCertificate({ preferredChain: x1.certificate.issuerCommonName });
    expect(downloaded).toMatchObject({ preferenceMet: false, alternates: [] });
  });

  test('a certificate that is not there yet is asked for again', async () => {
    await using fixture = await startFixture();
    const order = await issued(fixture);
    fixture.ca.fault('cert', () => ({ status: 404, body: { type: 'urn:ietf:params:acme:error:malformed' } }), 3);
    expect((await order.downloadCertificate()).chain).toHaveLength(2);
    fixture.ca.fault('cert', () => ({ status: 404, body: {} }), 10);
    await expect(order.downloadCertificate()).rejects.toMatchObject({ status: 404 });
  });

  test('a certificate for another key or without the names is refused', async () => {
    await using fixture = await startFixture();
    const order = await issued(fixture);
    await expect(order.downloadCertificate({ key: await fixture.newKey() })).rejects.toMatchObject({ code: 'chainInvalid' });
    await expect(order.downloadCertificate({ identifiers: names('a.example', 'b.example') })).rejects.toMatchObject({ code: 'chainInvalid', message: 'the certificate lacks "b.example"' });
  });

  test('an oversize chain is refused', async () => {
    await using fixture = await startFixture();
    const order = await issued(fixture);
    fixture.ca.fault('cert', () => ({ status: 200, headers: { 'content-type': 'application/pem-certificate-chain' }, body: 'x'.repeat(300_000) }), 5);
    await expect(order.downloadCertificate()).rejects.toMatchObject({ code: 'responseTooLarge' });
  });
});

describe('parseChain', () => {
  async function makeChain() {
    const root = await makeCa('Root');
    const intermediate = await makeCa('Intermediate', root);
    const key = await generatePrivateKey({ type: 'ecdsa', curve: 'P-256' });
    const leaf = createCertificate({ subjectPublicKey: createPublicKey(key), issuer: intermediate, identifiers: names('a.example'), serialBytes: Uint8Array.of(9), ...validity });
    return { root, intermediate, leaf, key };
  }

  test('keeps the text as served, adding only a missing final newline', async () => {
    const { leaf, intermediate } = await makeChain();
    const text = `${leaf.pem}\r\n${intermediate.certificate.pem}`.trimEnd();
    expect(parseChain(text).pem).toBe(`${text}\n`);
    expect(parseChain(`${text}\n`).pem).toBe(`${text}\n`);
  });

  test('drops text around the blocks', async () => {
    const { leaf, intermediate } = await makeChain();
    const { pem } = parseChain(`ssl_password_file /etc/x;\n${leaf.pem}# more\n${intermediate.certificate.pem}`);
    expect(pem).toBe(leaf.pem + intermediate.certificate.pem);
  });

  test('refuses what does not link, is out of order, or holds anything but certificates', async () => {
    const { leaf, intermediate, root, key } = await makeChain();
    const other = await makeCa('Intermediate');
    const pems = { leaf: leaf.pem, intermediate: intermediate.certificate.pem, root: root.certificate.pem };
    const broken = Buffer.from(leaf.der);
    broken[broken.length - 1] = (broken[broken.length - 1] ?? 0) ^ 1;
    for (const text of [
      pems.leaf + pems.root,
      pems.intermediate + pems.leaf,
      pems.leaf + other.certificate.pem,
      parseCertificate(broken).pem + pems.intermediate,
      pems.leaf + privateKeyToPem(key),
      '',
      'hello',
      encodePem('CERTIFICATE', Uint8Array.of(1, 2, 3)),
      pems.leaf.slice(0, 200),
      pems.leaf.repeat(30),
    ]) {
      expect(() => parseChain(text)).toThrow(expect.objectContaining({ code: 'chainInvalid' }));
    }
    expect(parseChain(pems.leaf + pems.intermediate + pems.root).certificates).toHaveLength(3);
  });
});
