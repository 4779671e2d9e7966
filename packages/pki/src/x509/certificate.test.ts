import { X509Certificate } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { der } from '../der/writer.ts';
import { toHex } from '../encoding/bytes.ts';
import { spkiDer } from '../keys/public-key.ts';
import { signStructure } from '../keys/signature.ts';
import { encodePem } from '../pem.ts';
import { openssl } from '../testdata/openssl.ts';
import { createBelow, createRoot, ecKey, notAfter, notBefore } from '../testdata/pki.ts';
import { parseCertificate, parseCertificateChain } from './certificate-parse.ts';
import { encodeName } from './distinguished-name.ts';
import { createCertificate } from './issue.ts';
import { verifySignature } from './chain.ts';

const root = createRoot('Root');

/** A certificate with hand-made parts, for what our own writer would never write. */
function handmade(parts: { serial?: Uint8Array; algorithm?: Uint8Array; validity?: Uint8Array; subject?: Uint8Array; rest?: Uint8Array[] } = {}): Uint8Array {
  const algorithm = parts.algorithm ?? der.sequence([der.oid('1.2.840.10045.4.3.2')]);
  const tbs = der.sequence([
    der.explicit(0, [der.integer(2)]),
    parts.serial ?? der.integer(1),
    algorithm,
    encodeName({}),
    parts.validity ?? der.sequence([der.time(notBefore), der.time(notAfter)]),
    parts.subject ?? encodeName({}),
    spkiDer(root.key),
    ...(parts.rest ?? []),
  ]);
  return der.sequence([tbs, algorithm, der.bitString(Uint8Array.of(1))]);
}
const extension = (oid: string, ...value: Uint8Array[]) => der.sequence([der.oid(oid), der.octetString(der.sequence(value))]);
const withExtension = (oid: string, ...value: Uint8Array[]) => handmade({ rest: [der.explicit(3, [der.sequence([extension(oid, ...value)])])] });

describe('the serial number', () => {
  test.each([
    ['a leading zero', '020500ff000001', '00ff000001'],
    ['20 octets', `0214${'7f'.repeat(20)}`, '7f'.repeat(20)],
    ['21 octets, a zero in front', `021500${'ff'.repeat(20)}`, `00${'ff'.repeat(20)}`],
    ['zero', '020100', '00'],
    ['a negative number', '0201ff', 'ff'],
    ['superfluous zeros', '0203000001', '000001'],
  ])('keeps its octets: %s', (_, hex, serial) => {
    const certificate = parseCertificate(handmade({ serial: new Uint8Array(Buffer.from(hex, 'hex')) }));
    expect(certificate.serial).toBe(serial);
    expect(toHex(certificate.serialBytes)).toBe(serial);
  });

  test('without octets is refused', () => {
    expect(() => parseCertificate(handmade({ serial: Uint8Array.of(2, 0) }))).toThrow(expect.objectContaining({ code: 'certificateMalformed' }));
  });
});

describe('the validity', () => {
  const times = (first: string, last: string) =>
    handmade({ validity: der.sequence([der.element(first.length === 13 ? 0x17 : 0x18, Buffer.from(first)), der.element(last.length === 13 ? 0x17 : 0x18, Buffer.from(last))]) });

  test.each([
    ['260102030405Z', '991231235959Z', '2026-01-02T03:04:05.000Z', '1999-12-31T23:59:59.000Z'],
    ['500101000000Z', '99991231235959Z', '1950-01-01T00:00:00.000Z', '9999-12-31T23:59:59.000Z'],
    ['00010101000000Z', '20491231235959Z', '0001-01-01T00:00:00.000Z', '2049-12-31T23:59:59.000Z'],
  ])('is read in both forms: %s to %s', (first, last, from, to) => {
    const certificate = parseCertificate(times(first, last));
    expect([certificate.notBefore.toISOString(), certificate.notAfter.toISOString()]).toEqual([from, to]);
  });

  test('in another form is an error when somebody asks for it, and not before', () => {
    const certificate = parseCertificate(times('260102030405Z', '2601020304Z'));
    expect(certificate.notBefore.getUTCFullYear()).toBe(2026);
    expect(() => certificate.notAfter).toThrow(expect.objectContaining({ code: 'certificateMalformed' }));
  });
});

describe('extensions', () => {
  test('the authority key identifier is found with issuer and serial beside it, or missing', () => {
    const withAll = withExtension('2.5.29.35', der.implicit(0, Uint8Array.of(7, 8)), der.explicit(1, [der.implicit(2, Uint8Array.of(0x61))]), der.implicit(2, Uint8Array.of(9)));
    expect(parseCertificate(withAll).authorityKeyId).toEqual(Uint8Array.of(7, 8));
    expect(parseCertificate(withExtension('2.5.29.35', der.implicit(2, Uint8Array.of(9)))).authorityKeyId).toBeUndefined();
    expect(parseCertificate(handmade()).authorityKeyId).toBeUndefined();
  });

  test('URLs are found among several distribution points and access methods', async () => {
    const config = [
      '[x]',
      'crlDistributionPoints=URI:http://a.example/1.crl,URI:http://b.example/2.crl',
      'authorityInfoAccess=OCSP;URI:http://ocsp.example/,caIssuers;URI:http://ca.example/ca.der,OCSP;URI:http://ocsp2.example/',
      'extendedKeyUsage=serverAuth,clientAuth',
      'tlsfeature=status_request',
      'basicConstraints=critical,CA:TRUE,pathlen:3',
      'subjectAltName=DNS:a.example,IP:192.0.2.7,email:a@a.example',
    ].join('\n');
    const text = await openssl(['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', 'k.pem', '-subj', '/CN=First/CN=Second', '-config', 'x.cnf', '-extensions', 'x'], {
      'x.cnf': `[req]\ndistinguished_name=dn\n[dn]\n${config}\n`,
    });
    const certificate = parseCertificate(text);
    expect(certificate.crlUrls).toEqual(['http://a.example/1.crl', 'http://b.example/2.crl']);
    expect(certificate.ocspUrls).toEqual(['http://ocsp.example/', 'http://ocsp2.example/']);
    expect(certificate.caIssuersUrls).toEqual(['http://ca.example/ca.der']);
    expect(certificate.extendedKeyUsageOids).toEqual(['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2']);
    expect(certificate).toMatchObject({ hasMustStaple: true, isCa: true, pathLength: 3, commonName: 'First', issuerCommonName: 'First', selfIssued: true });
    expect(certificate.identifiers).toEqual([{ type: 'dns', value: 'a.example' }, { type: 'ip', value: '192.0.2.7' }]);
    expect(certificate.otherNames).toEqual([{ type: 'email', value: 'a@a.example' }]);
    expect(verifySignature(certificate, certificate)).toBe(true);
    expect(certificate.fingerprintSha256).toBe(new X509Certificate(certificate.pem).fingerprint256.replaceAll(':', '').toLowerCase());
  });

  test('that are malformed are an error only when read', () => {
    const certificate = parseCertificate(withExtension('2.5.29.17', Uint8Array.of(0x82, 0x10)));
    expect(certificate.serial).toBe('01');
    expect(() => certificate.identifiers).toThrow(expect.objectContaining({ code: 'certificateMalformed' }));
  });

  test('are absent from a certificate of version 1', () => {
    expect(parseCertificate(handmade())).toMatchObject({ identifiers: [], isCa: false, crlUrls: [], ocspUrls: [], hasMustStaple: false, extensions: [] });
  });

  test('unique identifiers of version 2 do not hide them', () => {
    const rest = [der.implicit(1, Uint8Array.of(0, 1)), der.explicit(3, [der.sequence([extension('2.5.29.17', der.implicit(2, Uint8Array.of(0x61)))])])];
    expect(parseCertificate(handmade({ rest })).identifiers).toEqual([{ type: 'dns', value: 'a' }]);
  });
});

describe('names', () => {
  const named = (tag: number, content: Uint8Array) =>
    parseCertificate(handmade({ subject: der.sequence([der.set([der.sequence([der.oid('2.5.4.3'), der.element(tag, content)])])]) })).commonName;

  test.each([
    ['UTF8String', 0x0c, Buffer.from('Ünï')],
    ['TeletexString', 0x14, Buffer.from('Ünï', 'latin1')],
    ['BMPString', 0x1e, Buffer.from('Ünï', 'utf16le').swap16()],
    ['UniversalString', 0x1c, Buffer.from('000000dc0000006e000000ef', 'hex')],
  ])('are read from a %s', (_, tag, content) => {
    expect(named(tag, content)).toBe('Ünï');
  });

  test('of an unknown string type are none, and cut-off characters an error', () => {
    expect(named(0x04, Buffer.from('x'))).toBeUndefined();
    expect(() => named(0x1e, Uint8Array.of(0))).toThrow(expect.objectContaining({ code: 'certificateMalformed' }));
  });
});

describe('a certificate', () => {
  const leaf = createBelow(root, { identifiers: [{ type: 'dns', value: 'a.example' }] }).certificate;

  test('with an unknown signature algorithm is read, and its signature not believed', () => {
    const certificate = parseCertificate(handmade({ algorithm: der.sequence([der.oid('2.16.840.1.101.3.4.3.17')]) }));
    expect(certificate.signatureAlgorithmOid).toBe('2.16.840.1.101.3.4.3.17');
    expect(verifySignature(certificate, root.certificate)).toBe(false);
  });

  test('with an unknown kind of key is read up to the key', () => {
    const key = der.sequence([der.sequence([der.oid('1.2.3')]), der.bitString(Uint8Array.of(1))]);
    const tbs = der.sequence([der.integer(1), der.sequence([der.oid('1.2.840.10045.4.3.2')]), encodeName({}), der.sequence([der.time(notBefore), der.time(notAfter)]), encodeName({}), key]);
    const certificate = parseCertificate(signStructure(tbs, root.key));
    expect(certificate.notAfter).toEqual(notAfter);
    expect(() => certificate.publicKey).toThrow(expect.objectContaining({ code: 'keyMalformed' }));
  });

  test('is read from DER, PEM, and bytes of PEM', () => {
    for (const input of [leaf.der, leaf.pem, Buffer.from(`0 text before\r\n${leaf.pem.replaceAll('\n', '\r\n').trimEnd()}`)]) {
      expect(parseCertificate(input).der).toEqual(leaf.der);
    }
  });

  test('with lengths in too many octets is still read', () => {
    const { der: bytes } = leaf;
    const clumsy = Buffer.concat([Uint8Array.of(0x30, 0x83, 0), bytes.subarray(2)]);
    expect(bytes[1]).toBe(0x82);
    expect(parseCertificate(clumsy).identifiers).toEqual(leaf.identifiers);
  });

  test.each([
    ['nothing', ''],
    ['a key', encodePem('PRIVATE KEY', Uint8Array.of(1))],
    ['bytes behind it', Buffer.concat([leaf.der, Uint8Array.of(0)])],
    ['a cut-off end', leaf.der.subarray(0, -1)],
    ['an indefinite length', Buffer.concat([Uint8Array.of(0x30, 0x80), leaf.der.subarray(4), Uint8Array.of(0, 0)])],
    ['two megabytes', der.sequence([new Uint8Array(2 * 1024 * 1024)])],
  ])('that is or has %s is refused with a hint', (_, input) => {
    expect(() => parseCertificate(input)).toThrow(expect.objectContaining({ code: 'certificateMalformed', hint: expect.any(String) }));
  });

  test('comes out of a bundle in order, keys left aside', () => {
    const bundle = `${encodePem('PRIVATE KEY', Uint8Array.of(1))}${leaf.pem}\n${root.certificate.pem.trimEnd()}`;
    expect(parseCertificateChain(bundle).map(({ fingerprintSha256 }) => fingerprintSha256)).toEqual([leaf.fingerprintSha256, root.certificate.fingerprintSha256]);
    expect(() => parseCertificateChain('')).toThrow(expect.objectContaining({ code: 'certificateMalformed' }));
  });

  test('can be read by the thousand', () => {
    // No clock: what would make this slow is decoding at opening, and then damage there would show.
    const damaged = Uint8Array.from(createCertificate({ subjectPublicKey: ecKey(), issuer: root, subject: { commonName: 'x' }, serialBytes: Uint8Array.of(1), notBefore, notAfter }).der);
    const at = Buffer.from(damaged).indexOf(encodeName({ commonName: 'x' }));
    damaged[at + 2] = 0xff;
    expect(() => parseCertificate(damaged).commonName).toThrow(expect.objectContaining({ code: 'certificateMalformed' }));
    expect(parseCertificate(damaged).serial).toBe('01');
  });
});
