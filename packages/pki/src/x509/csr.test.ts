import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { der } from '../der/writer.ts';
import { generatePrivateKey } from '../keys/generate.ts';
import { spkiDer } from '../keys/public-key.ts';
import { signStructure } from '../keys/signature.ts';
import type { Identifier } from '../names/identifier.ts';
import { oids } from '../oids.ts';
import { encodePem } from '../pem.ts';
import { openssl } from '../testdata/openssl.ts';
import { ecKey, specs } from '../testdata/pki.ts';
import { createCsr } from './csr-create.ts';
import { parseCsr } from './csr-parse.ts';
import { encodeName } from './distinguished-name.ts';
import { extensions } from './extensions.ts';

const identifiers: readonly Identifier[] = [
  { type: 'dns', value: 'example.com' },
  { type: 'dns', value: '*.example.com' },
  { type: 'ip', value: '192.0.2.1' },
  { type: 'ip', value: '2001:db8::1' },
];

const failing = (code: string, message?: string) => expect.objectContaining({ code, ...(message === undefined ? {} : { message: expect.stringContaining(message) }) });

describe.each(specs)('a CSR with a %s key', (_, spec) => {
  test('says to OpenSSL and to ourselves what was asked for', async () => {
    const key = await generatePrivateKey(spec);
    const csr = createCsr({ key, identifiers, mustStaple: true });
    const text = await openssl(['req', '-in', 'csr.pem', '-noout', '-text', '-verify'], { 'csr.pem': csr.pem });
    expect(text).toContain('Certificate request self-signature verify OK');
    expect(text).toContain('DNS:example.com, DNS:*.example.com, IP Address:192.0.2.1, IP Address:2001:DB8:0:0:0:0:0:1');
    expect(text).toContain('status_request');
    expect(text).toMatch(/Subject: *\n/);

    const parsed = parseCsr(csr.der);
    expect(parsed).toMatchObject({ identifiers, mustStaple: true, subjectIsEmpty: true, commonName: undefined, keySpec: spec, otherNames: [], pem: csr.pem });
    expect(parsed.spkiDer).toEqual(spkiDer(key));
    expect(parseCsr(csr.pem).der).toEqual(csr.der);
  });
});

describe('a CSR of ours', () => {
  test('asks for nothing but names unless told to', () => {
    const parsed = parseCsr(createCsr({ key: ecKey(), identifiers }).pem);
    expect(parsed.requestedExtensions.map(({ oid }) => oid)).toEqual([oids.subjectAltName]);
    expect(parsed.mustStaple).toBe(false);
  });

  test('has the must-staple extension byte for byte', () => {
    const parsed = parseCsr(createCsr({ key: ecKey(), identifiers, mustStaple: true }).pem);
    expect(parsed.requestedExtensions[1]).toEqual({ oid: '1.3.6.1.5.5.7.1.24', critical: false, value: Uint8Array.of(0x30, 3, 2, 1, 5) });
  });

  test('needs a name', () => {
    expect(() => createCsr({ key: ecKey(), identifiers: [] })).toThrow(failing('certificateOptionInvalid'));
  });
});

describe('a CSR from elsewhere', () => {
  const make = async (extra: readonly string[], subject = '/CN=Example.com') =>
    openssl(['req', '-new', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', 'k.pem', '-subj', subject, ...extra]).then((text) =>
      text.slice(text.indexOf('-----BEGIN CERTIFICATE REQUEST')),
    );

  test('counts its common name among the names, first and once', async () => {
    const parsed = parseCsr(await make(['-addext', 'subjectAltName=DNS:www.example.com,DNS:EXAMPLE.com,IP:::1']));
    expect(parsed.commonName).toBe('Example.com');
    expect(parsed.identifiers).toEqual([
      { type: 'dns', value: 'example.com' },
      { type: 'dns', value: 'www.example.com' },
      { type: 'ip', value: '::1' },
    ]);
    expect(parsed.subjectIsEmpty).toBe(false);
  });

  test('may have no extensions at all', async () => {
    expect(parseCsr(await make([])).identifiers).toEqual([{ type: 'dns', value: 'example.com' }]);
  });

  test('keeps a label for people out of the names', async () => {
    const parsed = parseCsr(await make(['-addext', 'subjectAltName=DNS:a.example'], '/O=Example/CN=Example Ltd.'));
    expect(parsed.commonName).toBe('Example Ltd.');
    expect(parsed.identifiers).toEqual([{ type: 'dns', value: 'a.example' }]);
  });

  test('shows names of other kinds', async () => {
    const san = 'subjectAltName=DNS:a.example,email:me@a.example,URI:https://a.example/,RID:1.2.3,otherName:1.2.3.4;UTF8:x';
    const parsed = parseCsr(await make(['-addext', san]));
    expect(parsed.otherNames.map(({ type }) => type)).toEqual(['email', 'uri', 'registeredId', 'other']);
    expect(parsed.otherNames[0]?.value).toBe('me@a.example');
  });

  test('is read in CRLF, under the older label, between text, and as bytes of PEM', async () => {
    const pem = await make([]);
    const { der: expected } = parseCsr(pem);
    for (const text of [pem.replaceAll('\n', '\r\n'), pem.replaceAll('CERTIFICATE REQUEST', 'NEW CERTIFICATE REQUEST'), `0 text\n${pem.trimEnd()}`]) {
      expect(parseCsr(text).der).toEqual(expected);
      expect(parseCsr(Buffer.from(text)).der).toEqual(expected);
    }
  });

  test('signed with SHA-1 is refused', async () => {
    const pem = await make(['-sha1']);
    expect(() => parseCsr(pem)).toThrow(expect.objectContaining({ code: 'signatureUnsupported', hint: 'sign with SHA-256 or stronger' }));
  });

  test('is refused when the signature is by another key', () => {
    const mine = ecKey();
    const body = der.sequence([der.integer(0), encodeName({}), spkiDer(mine), der.explicit(0, [])]);
    expect(parseCsr(signStructure(body, mine)).identifiers).toEqual([]);
    expect(() => parseCsr(signStructure(body, ecKey()))).toThrow(failing('csrSignatureInvalid'));
    expect(() => parseCsr(signStructure(body, generateKeyPairSync('ed25519').privateKey))).toThrow(failing('csrSignatureInvalid'));
  });

  /** A signed request with these attribute elements. */
  const withAttributes = (...attributes: Uint8Array[]) => {
    const key = ecKey();
    return signStructure(der.sequence([der.integer(0), encodeName({}), spkiDer(key), der.explicit(0, attributes)]), key);
  };
  const requesting = (...list: Uint8Array[]) => der.sequence([der.oid(oids.extensionRequest), der.set([der.sequence(list)])]);
  const san = (...names: Uint8Array[]) => der.sequence([der.oid(oids.subjectAltName), der.octetString(der.sequence(names))]);
  const dnsName = (name: string) => der.implicit(2, Buffer.from(name, 'latin1'));

  test('ignores attributes it does not know', () => {
    const other = der.sequence([der.oid('1.3.6.1.4.1.311.13.2.3'), der.set([der.ia5String('6.2')])]);
    const parsed = parseCsr(withAttributes(other, requesting(san(dnsName('a.example')))));
    expect(parsed.identifiers).toEqual([{ type: 'dns', value: 'a.example' }]);
  });

  test.each([
    ['extensions asked for twice', withAttributes(requesting(), requesting()), 'csrMalformed'],
    ['one extension twice', withAttributes(requesting(extensions.mustStaple(), extensions.mustStaple())), 'csrMalformed'],
    ['a SAN that is no sequence', withAttributes(requesting(der.sequence([der.oid(oids.subjectAltName), der.octetString(Uint8Array.of(1))]))), 'csrMalformed'],
    ['a wildcard in the middle', withAttributes(requesting(san(dnsName('*.*.example')))), undefined],
    ['a hyphen in front', withAttributes(requesting(san(dnsName('-a.example')))), 'nameInvalid'],
    ['an IP address as DNS name', withAttributes(requesting(san(dnsName('192.0.2.1')))), 'nameInvalid'],
  ])('with %s is refused or set apart', (_, request, code) => {
    if (code === undefined) expect(parseCsr(request).otherNames).toHaveLength(1);
    else expect(() => parseCsr(request)).toThrow(failing(code));
  });

  test('never takes a hostile SAN entry for a name', () => {
    const hostile = ['../../etc/passwd', 'a\0.example', 'a b', '', '\xff.example', '$(id)', 'a..b'];
    const parsed = parseCsr(withAttributes(requesting(san(...hostile.map(dnsName), der.implicit(7, Uint8Array.of(1, 2, 3))))));
    expect(parsed.identifiers).toEqual([]);
    expect(parsed.otherNames.map(({ type }) => type)).toEqual([...hostile.map(() => 'dns'), 'ip']);
    expect(parsed.otherNames.every(({ value }) => /^[\x20-\x7e]*$/.test(value))).toBe(true);
  });

  test('with a flood of names is refused before it costs memory', () => {
    const flood = der.sequence([der.oid(oids.subjectAltName), der.octetString(der.sequence([new Uint8Array(Buffer.from('8200'.repeat(20_000), 'hex'))]))]);
    expect(() => parseCsr(withAttributes(requesting(flood)))).toThrow(failing('csrMalformed'));
    expect(() => parseCsr('x'.repeat(600_000))).toThrow(failing('csrMalformed', 'too large'));
  });

  test.each([
    ['nothing', ''],
    ['text', 'hello'],
    ['a certificate', encodePem('CERTIFICATE', Uint8Array.of(0x30, 0))],
    ['other bytes', encodePem('CERTIFICATE REQUEST', Uint8Array.of(0x30, 0))],
    ['a cut-off block', '-----BEGIN CERTIFICATE REQUEST-----\nMII'],
  ])('that is %s is refused with a hint', (_, text) => {
    expect(() => parseCsr(text)).toThrow(expect.objectContaining({ code: 'csrMalformed', hint: expect.any(String) }));
  });
});
