import { createHash, createPrivateKey, generateKeyPairSync } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PkiError } from '../errors.ts';
import { encodePem } from '../pem.ts';
import { openssl } from '../testdata/openssl.ts';
import { ecKey, specs } from '../testdata/pki.ts';
import { generatePrivateKey } from './generate.ts';
import { describeKey } from './key-spec.ts';
import { parsePrivateKeyPem, privateKeyToPem } from './private-key-pem.ts';
import { keyIdOf, keysMatch, publicKeyFromSpki, publicKeyOf, publicKeyToPem, spkiDer } from './public-key.ts';

describe.each(specs)('a %s key', (_, spec) => {
  test('is generated, written as PKCS#8 and read back', async () => {
    const key = await generatePrivateKey(spec);
    const pem = privateKeyToPem(key);
    expect(pem).toMatch(/^-----BEGIN PRIVATE KEY-----\n/);
    expect(pem).toBe(key.export({ format: 'pem', type: 'pkcs8' }));
    const back = parsePrivateKeyPem(pem);
    expect(describeKey(back)).toEqual(spec);
    expect(keysMatch(back, publicKeyOf(key))).toBe(true);
    expect(publicKeyToPem(key)).toBe(publicKeyOf(key).export({ format: 'pem', type: 'spki' }));
    expect(keysMatch(publicKeyFromSpki(spkiDer(key)), key)).toBe(true);
    expect(await openssl(['pkey', '-in', 'key.pem', '-check', '-noout'], { 'key.pem': pem })).toContain('Key is valid');
  });
});

describe('private keys from elsewhere', () => {
  test.each([
    ['PKCS#1', ['genrsa', '-traditional', '2048'], 'BEGIN RSA PRIVATE KEY'],
    ['SEC1 behind its parameters', ['ecparam', '-name', 'prime256v1', '-genkey'], 'BEGIN EC PARAMETERS'],
    ['PKCS#8', ['genpkey', '-algorithm', 'ed25519'], 'BEGIN PRIVATE KEY'],
  ])('in %s are read', async (_, args, label) => {
    const pem = (await openssl(args)).replace(/^[^-]*/, '');
    expect(pem).toContain(label);
    const key = parsePrivateKeyPem(`some words\r\n${pem.replaceAll('\n', '\r\n')}`);
    expect(keysMatch(key, createPrivateKey(pem.replace(/-----BEGIN EC PARAMETERS-----[^]*?-----END EC PARAMETERS-----\n/, '')))).toBe(true);
  });

  test.each([
    ['new', ['genpkey', '-algorithm', 'ed25519', '-aes128', '-pass', 'pass:secret']],
    ['old', ['genrsa', '-traditional', '-aes128', '-passout', 'pass:secret', '2048']],
  ])('under a passphrase in the %s style are refused with the remedy', async (_, args) => {
    const pem = (await openssl(args)).replace(/^[^-]*/, '');
    expect(() => parsePrivateKeyPem(pem)).toThrow(
      expect.objectContaining({ code: 'keyEncrypted', message: 'private key is encrypted with a passphrase', hint: expect.stringContaining('openssl pkey') }),
    );
  });

  test.each([
    ['nothing', '', 'keyMalformed'],
    ['a certificate', encodePem('CERTIFICATE', Uint8Array.of(1)), 'keyMalformed'],
    ['other bytes', encodePem('PRIVATE KEY', Uint8Array.of(1, 2, 3)), 'keyMalformed'],
    ['an OpenSSH key', encodePem('OPENSSH PRIVATE KEY', Uint8Array.of(1)), 'keyUnsupported'],
    ['a cut-off block', '-----BEGIN PRIVATE KEY-----\nAAAA', 'pemMalformed'],
    ['RSA of 1024 bits', privateKeyToPem(generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey), 'keyUnsupported'],
    ['another curve', privateKeyToPem(generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).privateKey), 'keyUnsupported'],
    ['another kind', privateKeyToPem(generateKeyPairSync('x25519').privateKey), 'keyUnsupported'],
    ['RSA-PSS', privateKeyToPem(generateKeyPairSync('rsa-pss', { modulusLength: 2048 }).privateKey), 'keyUnsupported'],
  ])('that are %s are refused', (_, pem, code) => {
    expect(() => parsePrivateKeyPem(pem)).toThrow(expect.objectContaining({ code }));
  });

  test('whose halves do not belong together are refused', () => {
    const mine = ecKey().export({ format: 'der', type: 'pkcs8' });
    const other = ecKey().export({ format: 'der', type: 'pkcs8' });
    // The public point is the last 64 octets of PKCS#8.
    const mixed = Buffer.concat([mine.subarray(0, -64), other.subarray(-64)]);
    expect(() => parsePrivateKeyPem(encodePem('PRIVATE KEY', mixed))).toThrow(expect.objectContaining({ code: 'keyMalformed' }));
  });

  test('that were damaged at random throw nothing but our error, and no key material', () => {
    const der = ecKey().export({ format: 'der', type: 'pkcs8' });
    fc.assert(
      fc.property(fc.nat(der.length - 1), fc.integer({ min: 0, max: 255 }), (at, value) => {
        const damaged = Buffer.from(der);
        damaged[at] = value;
        try {
          parsePrivateKeyPem(encodePem('PRIVATE KEY', damaged));
        } catch (error) {
          expect(error).toBeInstanceOf(PkiError);
          expect((error as PkiError).cause).toBeUndefined();
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe('making keys', () => {
  test.each([1024, 2047, 2049, 16_384, Number.NaN])('refuses RSA of %d bits', async (bits) => {
    await expect(generatePrivateKey({ type: 'rsa', bits })).rejects.toThrow(expect.objectContaining({ code: 'keyUnsupported' }));
  });

  test.each([3072, 4096])('makes RSA of %d bits', async (bits) => {
    expect(describeKey(await generatePrivateKey({ type: 'rsa', bits }))).toEqual({ type: 'rsa', bits });
  });
});

describe('public keys', () => {
  test('of different pairs or kinds do not match', () => {
    expect(keysMatch(ecKey(), ecKey())).toBe(false);
    expect(keysMatch(ecKey(), generateKeyPairSync('ed25519').privateKey)).toBe(false);
  });

  test('that cannot be read are refused', () => {
    expect(() => publicKeyFromSpki(Uint8Array.of(0x30, 0))).toThrow(expect.objectContaining({ code: 'keyMalformed' }));
  });

  test('have the key identifier of RFC 7093', () => {
    const key = ecKey();
    const point = spkiDer(key).subarray(-65);
    expect(keyIdOf(spkiDer(key))).toEqual(new Uint8Array(createHash('sha256').update(point).digest().subarray(0, 20)));
  });
});
