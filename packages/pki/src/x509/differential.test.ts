// What two other libraries make of our output, and we of theirs.
import 'reflect-metadata';
import { createPrivateKey, webcrypto } from 'node:crypto';
import * as peculiar from '@peculiar/x509';
import * as pkijs from 'pkijs';
import { describe, expect, test } from 'vitest';
import { toHex } from '../encoding/bytes.ts';
import { generatePrivateKey } from '../keys/generate.ts';
import { publicKeyOf } from '../keys/public-key.ts';
import type { Identifier } from '../names/identifier.ts';
import { createBelow, createRoot, notAfter, notBefore, specs } from '../testdata/pki.ts';
import { parseCertificate } from './certificate-parse.ts';
import { verifySignature } from './chain.ts';
import { createCrl } from './crl.ts';
import { createCsr } from './csr-create.ts';
import { parseCsr } from './csr-parse.ts';
import { renewalInfoCertId } from './renewal-info-id.ts';

peculiar.cryptoProvider.set(webcrypto as never);
const identifiers: readonly Identifier[] = [
  { type: 'dns', value: 'example.com' },
  { type: 'dns', value: '*.example.com' },
  { type: 'ip', value: '192.0.2.1' },
];
const arrayBuffer = (bytes: Uint8Array) => Uint8Array.from(bytes).buffer;

describe.each(specs)('with a %s key', (_, spec) => {
  test('@peculiar/x509 reads and verifies our CSR', async () => {
    const key = await generatePrivateKey(spec);
    const theirs = new peculiar.Pkcs10CertificateRequest(createCsr({ key, identifiers, commonName: 'example.com' }).pem);
    expect(await theirs.verify()).toBe(true);
    expect(theirs.subject).toBe('CN=example.com');
    const raw = theirs.getExtension('2.5.29.17')?.rawData;
    const san = new peculiar.SubjectAlternativeNameExtension(raw ?? new ArrayBuffer(0));
    expect(san.names.toJSON()).toEqual(identifiers.map(({ type, value }) => ({ type, value })));
  });

  test('@peculiar/x509 and pkijs read our certificate', async () => {
    const root = createRoot('Root', { subject: { commonName: 'Root', organization: 'Ünïted' } });
    const key = await generatePrivateKey(spec);
    const ours = createBelow(root, { subjectPublicKey: publicKeyOf(key), identifiers, crlUrl: 'http://ca.example/1.crl' }).certificate;
    const theirs = new peculiar.X509Certificate(ours.pem);
    expect(await theirs.verify({ publicKey: new peculiar.X509Certificate(root.certificate.pem), signatureOnly: true })).toBe(true);
    expect([theirs.notBefore, theirs.notAfter]).toEqual([notBefore, notAfter]);
    expect(theirs.getExtension(peculiar.AuthorityKeyIdentifierExtension)?.keyId).toBe(toHex(ours.authorityKeyId ?? new Uint8Array()));
    const parsed = pkijs.Certificate.fromBER(arrayBuffer(ours.der));
    expect(toHex(new Uint8Array(parsed.toSchema(true).toBER()))).toBe(toHex(ours.der));
    expect(parsed.extensions?.map(({ extnID, critical }) => [extnID, critical])).toEqual(ours.extensions.map(({ oid, critical }) => [oid, critical]));
  });
});

describe('what they write', () => {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

  test('a CSR by @peculiar/x509 is read by us', async () => {
    const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
    const san = new peculiar.SubjectAlternativeNameExtension([...identifiers.map(({ type, value }) => ({ type, value })), { type: 'email', value: 'a@a.example' }]);
    const theirs = await peculiar.Pkcs10CertificateRequestGenerator.create({ name: 'O=Example', keys: keys as never, signingAlgorithm: algorithm, extensions: [san] });
    expect(parseCsr(new Uint8Array(theirs.rawData))).toMatchObject({ identifiers, commonName: undefined, subjectIsEmpty: false, otherNames: [{ type: 'email', value: 'a@a.example' }] });
  });

  test('a certificate by @peculiar/x509 is read by us, down to the renewal id', async () => {
    const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
    const theirs = await peculiar.X509CertificateGenerator.createSelfSigned({
      serialNumber: '00ff01',
      name: 'CN=Self',
      notBefore,
      notAfter,
      signingAlgorithm: algorithm,
      keys: keys as never,
      extensions: [new peculiar.AuthorityKeyIdentifierExtension('0102ff'), new peculiar.BasicConstraintsExtension(true, 2, true), new peculiar.SubjectAlternativeNameExtension([{ type: 'ip', value: '2001:db8::1' }])],
    });
    const ours = parseCertificate(new Uint8Array(theirs.rawData));
    expect(ours).toMatchObject({ serial: '00ff01', isCa: true, pathLength: 2, commonName: 'Self', notBefore, notAfter });
    expect(ours.identifiers).toEqual([{ type: 'ip', value: '2001:db8::1' }]);
    expect(renewalInfoCertId(ours)).toBe('AQL_.AP8B');
    expect(verifySignature(ours, ours)).toBe(true);
    const key = createPrivateKey({ key: Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)), format: 'der', type: 'pkcs8' });
    expect(publicKeyOf(key).equals(ours.publicKey)).toBe(true);
  });
});

test('pkijs reads our CRL', () => {
  const issuer = createRoot('Root');
  const crl = createCrl({ issuer, revoked: [{ serialBytes: Uint8Array.of(0x80), revokedAt: notBefore, reason: 1 }], number: 7, thisUpdate: notBefore, nextUpdate: notAfter });
  const theirs = pkijs.CertificateRevocationList.fromBER(arrayBuffer(crl.der));
  expect(theirs.revokedCertificates?.map(({ userCertificate }) => toHex(userCertificate.valueBlock.valueHexView))).toEqual(['0080']);
  expect(theirs.thisUpdate.value).toEqual(notBefore);
});
