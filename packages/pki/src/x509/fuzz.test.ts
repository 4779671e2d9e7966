// Hostile input: whatever is thrown at the readers, they give an answer or our error, and soon.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PkiError } from '../errors.ts';
import { createBelow, createRoot, ecKey } from '../testdata/pki.ts';
import type { Certificate } from './certificate.ts';
import { parseCertificate, parseCertificateChain } from './certificate-parse.ts';
import { orderChain, verifySignature } from './chain.ts';
import { createCsr } from './csr-create.ts';
import { parseCsr } from './csr-parse.ts';
import { renewalInfoCertId } from './renewal-info-id.ts';

const root = createRoot('Root');
const leaf = createBelow(root, {
  subject: { commonName: 'a.example' },
  identifiers: [{ type: 'dns', value: 'a.example' }, { type: 'ip', value: '2001:db8::1' }],
  crlUrl: 'http://ca.example/1.crl',
  ocspUrl: 'http://ca.example/ocsp',
  mustStaple: true,
  pathLength: 1,
}).certificate;
const csr = createCsr({ key: ecKey(), identifiers: leaf.identifiers, commonName: 'a.example', mustStaple: true }).der;

/** Reads every part of a certificate; a part may be malformed, which is an answer too. */
function readAll(certificate: Certificate): void {
  const prototype = Object.getPrototypeOf(certificate) as object;
  const names = Object.entries(Object.getOwnPropertyDescriptors(prototype)).flatMap(([name, property]) => (property.get === undefined ? [] : [name]));
  expect(names.length).toBeGreaterThan(20);
  for (const name of names) allowPkiError(() => Reflect.get(certificate, name));
  allowPkiError(() => renewalInfoCertId(certificate));
  allowPkiError(() => verifySignature(certificate, root.certificate));
  allowPkiError(() => orderChain([certificate, root.certificate]));
}

function allowPkiError(read: () => unknown): void {
  try {
    read();
  } catch (error) {
    if (!(error instanceof PkiError)) throw error;
    expect(error.message).toMatch(/^[\x20-\x7e]+$/);
  }
}

/** Copies of `bytes` with a few octets replaced, dropped, repeated or cut off. */
const mutated = (bytes: Uint8Array) =>
  fc.array(fc.tuple(fc.constantFrom('set', 'drop', 'repeat', 'cut'), fc.nat(bytes.length - 1), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 4 }).map((changes) => {
    let result = [...bytes];
    for (const [kind, at, value] of changes) {
      if (kind === 'set') result[at % result.length] = value;
      else if (kind === 'drop') result.splice(at, 1 + (value % 8));
      else if (kind === 'repeat') result.splice(at, 0, ...result.slice(at, at + 1 + (value % 32)));
      else result = result.slice(0, Math.max(1, at));
    }
    return Uint8Array.from(result);
  });

describe('damaged bytes give our error or an answer', () => {
  test('in a certificate', () => {
    const property = fc.property(mutated(leaf.der), (bytes) => {
      allowPkiError(() => readAll(parseCertificate(bytes)));
    });
    expect(() => fc.assert(property, { numRuns: 1_000 })).not.toThrow();
  });

  test('in a certificate, one octet after the other', () => {
    const damaged = [...leaf.der].flatMap((octet, at) => [0x00, 0x80, 0xff, octet ^ 1].map((value) => leaf.der.with(at, value)));
    expect(() => damaged.forEach((bytes) => allowPkiError(() => readAll(parseCertificate(bytes))))).not.toThrow();
  });

  test('in a CSR', () => {
    const property = fc.property(mutated(csr), (bytes) => {
      allowPkiError(() => parseCsr(bytes));
    });
    expect(() => fc.assert(property, { numRuns: 1_000 })).not.toThrow();
  });

  test('and random ones too', () => {
    const random = fc.oneof(fc.uint8Array({ maxLength: 200 }), fc.uint8Array({ maxLength: 200 }).map((bytes) => Uint8Array.of(0x30, 0x81, bytes.length, ...bytes)));
    const property = fc.property(random, (bytes) => {
      allowPkiError(() => readAll(parseCertificate(bytes)));
      allowPkiError(() => parseCsr(bytes));
    });
    expect(() => fc.assert(property, { numRuns: 1_000 })).not.toThrow();
  });

  test('and random text', () => {
    const text = fc.array(fc.oneof(fc.string(), fc.constantFrom(leaf.pem, '-----BEGIN CERTIFICATE-----\n', '-----END CERTIFICATE-----\n', 'MIIB')), { maxLength: 6 }).map((parts) => parts.join(''));
    const property = fc.property(text, (pem) => {
      allowPkiError(() => parseCertificateChain(pem));
      allowPkiError(() => parseCsr(pem));
    });
    expect(() => fc.assert(property)).not.toThrow();
  });
});
