import { describe, expect, test } from 'vitest';
import { parseCertificate } from './certificate-parse.ts';
import { renewalInfoCertId } from './renewal-info-id.ts';

/** The example certificate of RFC 9773 appendix A: valid only at the first second of the year 1. */
const example = `-----BEGIN CERTIFICATE-----
MIIBQzCB66ADAgECAgUAh2VDITAKBggqhkjOPQQDAjAVMRMwEQYDVQQDEwpFeGFt
cGxlIENBMCIYDzAwMDEwMTAxMDAwMDAwWhgPMDAwMTAxMDEwMDAwMDBaMBYxFDAS
BgNVBAMTC2V4YW1wbGUuY29tMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEeBZu
7cbpAYNXZLbbh8rNIzuOoqOOtmxA1v7cRm//AwyMwWxyHz4zfwmBhcSrf47NUAFf
qzLQ2PPQxdTXREYEnKMjMCEwHwYDVR0jBBgwFoAUaYhba4dGQEHhs3uEe6CuLN4B
yNQwCgYIKoZIzj0EAwIDRwAwRAIge09+S5TZAlw5tgtiVvuERV6cT4mfutXIlwTb
+FYN/8oCIClDsqBklhB9KAelFiYt9+6FDj3z4KGVelYM5MdsO3pK
-----END CERTIFICATE-----
`;

describe('the renewal information id of RFC 9773', () => {
  const certificate = parseCertificate(example);

  test('keeps the leading zero of the serial', () => {
    expect(renewalInfoCertId(certificate)).toBe('aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE');
    expect(certificate.serial).toBe('0087654321');
  });

  test('belongs to a certificate of the year 1, whose dates are read as they stand', () => {
    expect(certificate.notBefore.toISOString()).toBe('0001-01-01T00:00:00.000Z');
    expect(certificate.notAfter.toISOString()).toBe('0001-01-01T00:00:00.000Z');
    expect(certificate.commonName).toBe('example.com');
    expect(certificate.issuerCommonName).toBe('Example CA');
    expect(certificate.identifiers).toEqual([]);
  });
});
