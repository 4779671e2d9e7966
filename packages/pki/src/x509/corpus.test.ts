// The served chains of large sites, as the x509-limbo project collected them.
import { X509Certificate } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { toHex } from '../encoding/bytes.ts';
import { corpus } from '../testdata/corpora.ts';
import { isIssuedBy, orderChain, verifySignature } from './chain.ts';
import { parseCertificate } from './certificate-parse.ts';

interface Testcase {
  readonly peer_certificate: string;
  readonly untrusted_intermediates: readonly string[];
  readonly trusted_certs: readonly string[];
  readonly expected_peer_name: { readonly value: string };
}
const files = corpus('x509-chains').map(([file, content]) => [file, content as Testcase] as const);

describe.skipIf(files.length === 0)('a chain in the wild', () => {
  test.each(files)('%s is read as the platform reads it', (_, testcase) => {
    for (const pem of [testcase.peer_certificate, ...testcase.untrusted_intermediates, ...testcase.trusted_certs]) {
      const ours = parseCertificate(pem);
      const theirs = new X509Certificate(pem);
      // The platform drops leading zeros of serials; we must not.
      expect(BigInt(`0x${ours.serial}`)).toBe(BigInt(`0x${theirs.serialNumber}`));
      expect(ours.notBefore).toEqual(new Date(theirs.validFrom));
      expect(ours.notAfter).toEqual(new Date(theirs.validTo));
      expect(ours.isCa).toBe(theirs.ca);
      expect(ours.fingerprintSha256).toBe(theirs.fingerprint256.replaceAll(':', '').toLowerCase());
      expect(ours.identifiers.map(({ type, value }) => `${type === 'dns' ? 'DNS' : 'IP Address'}:${value}`).join(', ')).toBe((theirs.subjectAltName ?? '').toLowerCase().replaceAll('dns:', 'DNS:'));
      expect(ours.commonName).toBe(/CN=(.*)/.exec(theirs.subject)?.[1]);
      expect(toHex(ours.spkiDer)).toBe(theirs.publicKey.export({ format: 'der', type: 'spki' }).toString('hex'));
      expect(ours.pem).toBe(theirs.toString());
    }
  });

  test.each(files)('%s is put in order and holds together', (_, testcase) => {
    const leaf = parseCertificate(testcase.peer_certificate);
    const rest = [...testcase.untrusted_intermediates, ...testcase.trusted_certs].map((pem) => parseCertificate(pem));
    const chain = orderChain([...rest.toReversed(), leaf]);
    expect(chain[0]?.fingerprintSha256).toBe(leaf.fingerprintSha256);
    expect(chain.length).toBeGreaterThan(1);
    for (const [index, parent] of chain.slice(1).entries()) {
      const child = chain[index] ?? leaf;
      expect(isIssuedBy(child, parent)).toBe(true);
      expect(verifySignature(child, parent)).toBe(true);
    }
    const { value: name } = testcase.expected_peer_name;
    const wildcard = name.replace(/^[^.]+/, '*');
    expect(leaf.identifiers.some(({ value }) => value === name || value === wildcard)).toBe(true);
  });
});

test.runIf(files.length === 0)('the chains were not run: CERTWARD_CORPORA names no folder with them', () => {
  expect(files).toEqual([]);
});
