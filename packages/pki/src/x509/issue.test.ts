import { X509Certificate } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { toHex } from '../encoding/bytes.ts';
import { generatePrivateKey } from '../keys/generate.ts';
import { publicKeyOf } from '../keys/public-key.ts';
import { openssl } from '../testdata/openssl.ts';
import { createBelow, createRoot, ecKey, notAfter, notBefore, specs } from '../testdata/pki.ts';
import { isIssuedBy, verifySignature } from './chain.ts';
import { createCrl } from './crl.ts';
import { createCertificate } from './issue.ts';

const invalid = expect.objectContaining({ code: 'certificateOptionInvalid' });

describe.each(specs)('a CA with a %s key', (_, spec) => {
  test('issues a chain that OpenSSL verifies, and a CRL that revokes in it', async () => {
    const rootKey = await generatePrivateKey(spec);
    const root = {
      key: rootKey,
      certificate: createCertificate({ subjectPublicKey: rootKey, issuer: 'self', subject: { organization: 'Ünïted', commonName: 'Root' }, serialBytes: Uint8Array.of(9), notBefore, notAfter, isCa: true }),
    };
    const intermediate = createBelow(root, { subject: { commonName: 'Intermediate' }, isCa: true, pathLength: 0 });
    const leafKey = await generatePrivateKey(spec);
    const leaf = createCertificate({
      subjectPublicKey: publicKeyOf(leafKey),
      issuer: intermediate,
      identifiers: [{ type: 'dns', value: 'example.com' }, { type: 'dns', value: '*.example.com' }, { type: 'ip', value: '2001:db8::1' }],
      serialBytes: Uint8Array.of(0xff, 1),
      notBefore,
      notAfter,
      mustStaple: true,
      crlUrl: 'http://ca.example/1.crl',
      ocspUrl: 'http://ca.example/ocsp',
      caIssuersUrl: 'http://ca.example/ca.der',
    });
    const crl = createCrl({ issuer: root, revoked: [], number: 1, thisUpdate: notBefore, nextUpdate: notAfter });
    const leafCrl = createCrl({ issuer: intermediate, revoked: [{ serialBytes: leaf.serialBytes, revokedAt: notBefore, reason: 1 }], number: 2n ** 70n, thisUpdate: notBefore, nextUpdate: notAfter });
    const files = { 'root.pem': root.certificate.pem, 'int.pem': intermediate.certificate.pem, 'leaf.pem': leaf.pem, 'crl.pem': crl.pem + leafCrl.pem, 'leaf.crl': leafCrl.pem };

    const verify = ['verify', '-x509_strict', '-attime', '1800000000', '-CAfile', 'root.pem', '-untrusted', 'int.pem'];
    expect(await openssl([...verify, '-purpose', 'sslserver', '-verify_hostname', 'a.example.com', 'leaf.pem'], files)).toContain('leaf.pem: OK');
    await expect(openssl([...verify, '-crl_check_all', '-CRLfile', 'crl.pem', 'leaf.pem'], files)).rejects.toThrow('certificate revoked');
    expect(await openssl(['crl', '-in', 'leaf.crl', '-noout', '-text', '-CAfile', 'int.pem'], files)).toMatch(/verify OK[^]*Serial Number: FF01[^]*Key Compromise|Serial Number: FF01[^]*Key Compromise[^]*verify OK/);

    const text = await openssl(['x509', '-in', 'leaf.pem', '-noout', '-text'], files);
    expect(text).toContain('DNS:example.com, DNS:*.example.com, IP Address:2001:DB8:0:0:0:0:0:1');
    expect(text).toMatch(/Subject Alternative Name: critical/);
    expect(text).toContain('TLS Web Server Authentication');
    expect(text).toContain('URI:http://ca.example/1.crl');
    expect(text).toContain('OCSP - URI:http://ca.example/ocsp');
    expect(text).toContain('CA Issuers - URI:http://ca.example/ca.der');
    expect(text).toContain('status_request');
    expect(leaf).toMatchObject({ serial: '00ff01', hasMustStaple: true, isCa: false, issuerCommonName: 'Intermediate', keySpec: spec, crlUrls: ['http://ca.example/1.crl'], ocspUrls: ['http://ca.example/ocsp'] });
    expect(isIssuedBy(leaf, intermediate.certificate) && verifySignature(leaf, intermediate.certificate)).toBe(true);
    expect(verifySignature(leaf, root.certificate)).toBe(false);
    expect(new X509Certificate(leaf.der).checkHost('example.com')).toBe('example.com');
  });
});

describe('issuing', () => {
  const root = createRoot('Root');
  const base = { subjectPublicKey: ecKey(), issuer: root, serialBytes: Uint8Array.of(1), notBefore, notAfter };

  test('writes times as RFC 5280 asks, up to the year 9999', async () => {
    const certificate = createCertificate({ ...base, notBefore: new Date('2049-12-31T23:59:59Z'), notAfter: new Date('9999-12-31T23:59:59Z') });
    const text = await openssl(['x509', '-noout', '-dates', '-in', 'c.pem'], { 'c.pem': certificate.pem });
    expect(text).toContain('notBefore=Dec 31 23:59:59 2049 GMT');
    expect(text).toContain('notAfter=Dec 31 23:59:59 9999 GMT');
    expect(certificate.notAfter.toISOString()).toBe('9999-12-31T23:59:59.000Z');
  });

  test.each([
    ['zero', new Uint8Array(4)],
    ['empty', new Uint8Array()],
    ['longer than 20 octets', new Uint8Array(21).fill(1)],
    ['20 octets with the first bit set', new Uint8Array(20).fill(0xff)],
  ])('refuses a serial that is %s', (_, serialBytes) => {
    expect(() => createCertificate({ ...base, serialBytes })).toThrow(invalid);
  });

  test('refuses a validity that ends before it begins, or is none', () => {
    expect(() => createCertificate({ ...base, notBefore: notAfter, notAfter: notBefore })).toThrow(invalid);
    expect(() => createCertificate({ ...base, notAfter: new Date(Number.NaN) })).toThrow(invalid);
  });

  test('refuses to self-sign without the private key, and overlong names', () => {
    expect(() => createCertificate({ ...base, issuer: 'self', subjectPublicKey: publicKeyOf(ecKey()) })).toThrow(invalid);
    expect(() => createCertificate({ ...base, subject: { commonName: 'x'.repeat(65) } })).toThrow(invalid);
    expect(() => createCertificate({ ...base, subject: { commonName: '' } })).toThrow(invalid);
  });

  test('marks the SAN critical only where the subject is empty', () => {
    const identifiers = [{ type: 'dns', value: 'a.example' }] as const;
    const critical = (subject?: { commonName: string }) => createCertificate({ ...base, identifiers, subject }).extensions.find(({ oid }) => oid === '2.5.29.17')?.critical;
    expect(critical()).toBe(true);
    expect(critical({ commonName: 'a.example' })).toBe(false);
  });

  test('takes key usages as told', async () => {
    const certificate = createCertificate({ ...base, keyUsage: ['digitalSignature', 'keyAgreement', 'decipherOnly'], extendedKeyUsage: ['clientAuth', 'ocspSigning'], includeSubjectKeyId: false });
    const text = await openssl(['x509', '-noout', '-text', '-in', 'c.pem'], { 'c.pem': certificate.pem });
    expect(text).toContain('Digital Signature, Key Agreement, Decipher Only');
    expect(text).toContain('TLS Web Client Authentication, OCSP Signing');
    expect(certificate.subjectKeyId).toBeUndefined();
    expect(toHex(certificate.authorityKeyId ?? new Uint8Array())).toBe(toHex(root.certificate.subjectKeyId ?? new Uint8Array()));
  });
});

describe('a CRL', () => {
  const issuer = createRoot('Root');

  test('without entries has no list, and OpenSSL reads it', async () => {
    const crl = createCrl({ issuer, revoked: [], number: 3, thisUpdate: notBefore, nextUpdate: notAfter });
    const text = await openssl(['crl', '-in', 'c.pem', '-noout', '-text', '-CAfile', 'r.pem'], { 'c.pem': crl.pem, 'r.pem': issuer.certificate.pem });
    expect(text).toContain('verify OK');
    expect(text).toContain('No Revoked Certificates');
    expect(text).toMatch(/X509v3 CRL Number: *\n *3/);
  });

  test('leaves out the reason "unspecified"', async () => {
    const revoked = [{ serialBytes: Uint8Array.of(0, 0x80), revokedAt: notBefore }, { serialBytes: Uint8Array.of(5), revokedAt: notBefore, reason: 4 }];
    const crl = createCrl({ issuer, revoked, number: 4, thisUpdate: notBefore, nextUpdate: notAfter });
    const text = await openssl(['crl', '-in', 'c.der', '-inform', 'DER', '-noout', '-text'], { 'c.der': crl.der });
    expect(text).toMatch(/Serial Number: 80\n.*Revocation Date: .*\n *Serial Number: 05/);
    expect(text).toContain('Superseded');
    expect(text).not.toContain('Unspecified');
  });
});
