import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { toHex } from '../encoding/bytes.ts';
import { openssl } from '../testdata/openssl.ts';
import { ecKey } from '../testdata/pki.ts';
import { createAcmeTlsAlpnCertificate } from './tls-alpn.ts';
import { verifySignature } from './chain.ts';

const now = new Date('2026-11-20T12:00:00Z');
const keyAuthorization = 'evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ-PCt92wr-oA.NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs';

describe('a TLS-ALPN-01 certificate', () => {
  test.each([
    [{ type: 'dns', value: 'example.com' }, 'DNS:example.com'],
    [{ type: 'ip', value: '2001:db8::1' }, 'IP Address:2001:DB8:0:0:0:0:0:1'],
  ] as const)('for %o has what RFC 8737 asks for', async (identifier, san) => {
    const certificate = createAcmeTlsAlpnCertificate({ key: ecKey(), identifier, keyAuthorization, now });
    expect(certificate.identifiers).toEqual([identifier]);
    const digest = createHash('sha256').update(keyAuthorization).digest('hex');
    const acmeIdentifier = certificate.extensions.find(({ oid }) => oid === '1.3.6.1.5.5.7.1.31');
    expect(acmeIdentifier?.critical).toBe(true);
    expect(toHex(acmeIdentifier?.value ?? new Uint8Array())).toBe(`0420${digest}`);
    // The extension byte for byte: OID, critical TRUE, OCTET STRING in OCTET STRING.
    expect(toHex(certificate.der)).toContain(`06082b0601050507011f0101ff04220420${digest}`);
    expect(certificate.notBefore < now && now < certificate.notAfter).toBe(true);
    expect(verifySignature(certificate, certificate)).toBe(true);
    const text = await openssl(['x509', '-noout', '-text', '-in', 'c.pem'], { 'c.pem': certificate.pem });
    expect(text).toContain(san);
    expect(text).toMatch(/1\.3\.6\.1\.5\.5\.7\.1\.31: critical/);
  });

  test('gets another serial each time, and the same from the same randomness', () => {
    const key = ecKey();
    const serial = (fill: number) =>
      createAcmeTlsAlpnCertificate({ key, identifier: { type: 'dns', value: 'a.example' }, keyAuthorization, now, random: { bytes: (count) => new Uint8Array(count).fill(fill), fraction: () => 0 } }).serial;
    expect(serial(7)).toBe('010707070707070707');
    expect(serial(7)).not.toBe(serial(8));
  });
});
