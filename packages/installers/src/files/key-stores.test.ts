// PKCS#12 and JKS files read by OpenSSL and by Java's keytool.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';

import { Secret } from '@certward/base';
import { type KeySpec, parseCertificateChain, parsePrivateKeyPem, privateKeyToPem } from '@certward/pki';
import { findBinary, temporaryFolder, tryFindBinary } from '@certward/testing';
import { describe, expect, test } from 'vitest';

import { createJks } from './jks.ts';
import { readMaterial } from './material.ts';
import { createPkcs12 } from './pkcs12.ts';
import { writeLineage } from './testdata/lineage.ts';

const openssl = tryFindBinary('openssl');
const keytool = tryFindBinary('keytool');
if (keytool === undefined) console.log('not run: the tests with keytool, which is not installed');
if (openssl === undefined) console.log('not run: the tests with openssl, which is not installed');

const passphrase = 'pässword "1" ✓';
const keys: readonly (readonly [string, KeySpec])[] = [['EC', { type: 'ecdsa', curve: 'P-256' }], ['RSA', { type: 'rsa', bits: 2048 }], ['P-521', { type: 'ecdsa', curve: 'P-521' }]];
const runOpenssl = (...args: string[]) => execFileSync(findBinary('openssl'), args, { encoding: 'latin1', stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, PASS: passphrase } });
const runKeytool = (...args: string[]) => execFileSync(findBinary('keytool'), ['-J-Duser.language=en', ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, PASS: 'changeit' } });
/** The keytool's way of printing a fingerprint. */
const colons = (hex: string) => (hex.toUpperCase().match(/../g) ?? []).join(':');

describe('PKCS#12', () => {
  const modern = { passphrase: new Secret(passphrase), legacy: false, friendlyName: 'Mail é' };

  // Needs a program that a machine may lack.
  test.runIf(openssl !== undefined).each(keys)('with an %s key: OpenSSL reads key, chain and name, modern and legacy', async (_name, key) => {
    await using folder = await temporaryFolder('pfx');
    const { paths, leaf, issuer, keyPem } = await writeLineage(folder.path, { key });
    for (const legacy of [false, true]) {
      writeFileSync(folder.join('a.pfx'), createPkcs12(readMaterial(paths), { ...modern, legacy }));
      const read = (...args: string[]) => runOpenssl('pkcs12', '-in', folder.join('a.pfx'), '-passin', 'env:PASS', '-nodes', ...args);
      expect(parseCertificateChain(read('-nokeys')).map((one) => one.fingerprintSha256)).toEqual([leaf.fingerprintSha256, issuer.fingerprintSha256]);
      expect(privateKeyToPem(parsePrivateKeyPem(/-----BEGIN PRIVATE KEY-----[^]*?-----END PRIVATE KEY-----\n/.exec(read('-nocerts'))?.[0] ?? ''))).toBe(keyPem);
      expect(read('-clcerts', '-nokeys')).toMatch(/friendlyName: Mail/);
    }
  });

  // Needs a program that a machine may lack.
  test.runIf(openssl !== undefined)('is protected by what it says: AES-256 and SHA-256, or triple DES and SHA-1', async () => {
    await using folder = await temporaryFolder('pfx');
    const material = readMaterial((await writeLineage(folder.path)).paths);
    const describeFile = (legacy: boolean) => {
      writeFileSync(folder.join('a.pfx'), createPkcs12(material, { ...modern, legacy }));
      // OpenSSL prints this on its error output.
      return execFileSync('/bin/sh', ['-c', '"$0" pkcs12 -in "$1" -passin env:PASS -info -nodes -noout 2>&1', findBinary('openssl'), folder.join('a.pfx')], { encoding: 'latin1', env: { ...process.env, PASS: passphrase } });
    };
    expect(describeFile(false)).toMatch(/MAC: sha256, Iteration 10000[^]*PBES2, PBKDF2, AES-256-CBC, Iteration 10000, PRF hmacWithSHA256/);
    expect(describeFile(true)).toMatch(/MAC: sha1, Iteration 10000[^]*pbeWithSHA1And3-KeyTripleDES-CBC, Iteration 10000/);
    expect(() => runOpenssl('pkcs12', '-in', folder.join('a.pfx'), '-passin', 'pass:wrong', '-noout')).toThrow(/invalid password|mac verify/i);
  });

  test('is the same for the same input, and another for any other', async () => {
    await using folder = await temporaryFolder('pfx');
    const material = readMaterial((await writeLineage(folder.path)).paths);
    const one = createPkcs12(material, modern);
    expect(Buffer.compare(one, createPkcs12(material, modern))).toBe(0);
    for (const other of [{ ...modern, passphrase: new Secret('other') }, { ...modern, friendlyName: 'x' }, { ...modern, legacy: true }]) expect(Buffer.compare(one, createPkcs12(material, other))).not.toBe(0);
  });

  // Needs a program that a machine may lack.
  test.runIf(keytool !== undefined)('is read by keytool', async () => {
    await using folder = await temporaryFolder('pfx');
    const { paths, leaf } = await writeLineage(folder.path, { key: { type: 'rsa', bits: 2048 } });
    for (const legacy of [false, true]) {
      writeFileSync(folder.join('a.pfx'), createPkcs12(readMaterial(paths), { passphrase: new Secret('changeit'), legacy, friendlyName: 'mail' }));
      const listed = runKeytool('-list', '-v', '-storetype', 'PKCS12', '-keystore', folder.join('a.pfx'), '-storepass:env', 'PASS');
      expect(listed).toContain('Alias name: mail');
      expect(listed).toContain('Certificate chain length: 2');
      expect(listed).toContain(colons(leaf.fingerprintSha256));
    }
  });
});

describe('JKS', () => {
  // Needs a program that a machine may lack.
  test.runIf(keytool !== undefined && openssl !== undefined).each(keys)('with an %s key: keytool lists the chain and gives the key back', async (_name, key) => {
    await using folder = await temporaryFolder('jks');
    const { paths, leaf, keyPem } = await writeLineage(folder.path, { key });
    writeFileSync(folder.join('a.jks'), createJks(readMaterial(paths), { passphrase: new Secret('changeit'), alias: 'mail-1' }));
    const listed = runKeytool('-list', '-v', '-storetype', 'JKS', '-keystore', folder.join('a.jks'), '-storepass:env', 'PASS');
    expect(listed).toMatch(/Alias name: mail-1\n[^]*Entry type: PrivateKeyEntry\nCertificate chain length: 2/);
    expect(listed).toContain(colons(leaf.fingerprintSha256));
    runKeytool('-importkeystore', '-noprompt', '-srcstoretype', 'JKS', '-srckeystore', folder.join('a.jks'), '-srcstorepass:env', 'PASS', '-deststoretype', 'PKCS12', '-destkeystore', folder.join('a.p12'), '-deststorepass:env', 'PASS');
    const back = execFileSync(findBinary('openssl'), ['pkcs12', '-in', folder.join('a.p12'), '-passin', 'pass:changeit', '-nodes', '-nocerts'], { encoding: 'latin1', stdio: ['ignore', 'pipe', 'ignore'] });
    expect(privateKeyToPem(parsePrivateKeyPem(/-----BEGIN PRIVATE KEY-----[^]*-----END PRIVATE KEY-----\n/.exec(back)?.[0] ?? ''))).toBe(keyPem);
  });

  // Needs a program that a machine may lack.
  test.runIf(keytool !== undefined)('is refused with another passphrase', async () => {
    await using folder = await temporaryFolder('jks');
    writeFileSync(folder.join('a.jks'), createJks(readMaterial((await writeLineage(folder.path)).paths), { passphrase: new Secret('other passphrase'), alias: 'a' }));
    expect(() => runKeytool('-list', '-storetype', 'JKS', '-keystore', folder.join('a.jks'), '-storepass:env', 'PASS')).toThrow('Command failed');
  });
});
