import { createHash, createPrivateKey, generateKeyPairSync } from 'node:crypto';
import * as fc from 'fast-check';
import { calculateJwkThumbprint, exportJWK } from 'jose';
import { describe, expect, test } from 'vitest';
import { PkiError } from '../errors.ts';
import { generatePrivateKey } from '../keys/generate.ts';
import { keysMatch, publicKeyOf } from '../keys/public-key.ts';
import { ecKey, specs } from '../testdata/pki.ts';
import { jwkThumbprint, jwkToPrivateKey, jwkToPublicKey, parsePublicJwk, privateJwk, publicJwk } from './jwk.ts';

/** RFC 7638 §3.1. */
const rsa = {
  kty: 'RSA',
  n: '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw',
  e: 'AQAB',
  alg: 'RS256',
  kid: '2011-04-29',
};

/** RFC 7520 §3.1. */
const p521 = {
  kty: 'EC',
  kid: 'bilbo.baggins@hobbiton.example',
  use: 'sig',
  crv: 'P-521',
  x: 'AHKZLLOsCOzz5cY97ewNUajB957y-C-U88c3v13nmGZx6sYl_oJXu9A5RkTKqjqvjyekWF-7ytDyRXYgCF5cj0Kt',
  y: 'AdymlHvOiLxXkEhayXQnNCvDX4h9htZaCJN34kfmC6pV5OhQHiraVySsUdaQkAgDPrwQrJmbnX9cwlGfP-HqHZR1',
};

/** The P-256 test key of Go's ACME package. */
const p256 = { kty: 'EC', crv: 'P-256', x: '5lhEug5xK4xBDZ2nAbaxLtaLiv85bxJ7ePd1dkO23HQ', y: '4aiK72sBeUAGkv0TaLsmwokYUYyNxGsS5EMIKwsNIKk' } as const;

describe('thumbprints', () => {
  test.each([
    ['RFC 7638 §3.1', rsa, 'NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs'],
    ['the P-521 key of RFC 7520 §3.1', p521, 'dHri3SADZkrush5HU_50AoRhcKFryN-PI6jPBtPL55M'],
    ['a P-256 key', p256, 'zedj-Bd1Zshp8KLePv2MB-lJ_Hagp7wAwdkA0NUTniU'],
    // RFC 8037 appendix A.3
    ['the Ed25519 key of RFC 8037', { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' }, 'kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k'],
  ])('of %s', (_, jwk, thumbprint) => {
    expect(jwkThumbprint(parsePublicJwk(jwk))).toBe(thumbprint);
    expect(jwkThumbprint(jwkToPublicKey(jwk))).toBe(thumbprint);
  });

  test('end key authorizations, whose digest DNS-01 publishes', () => {
    const txt = createHash('sha256').update(`xxx.${jwkThumbprint(p256)}`).digest('base64url');
    expect(txt).toBe('8DERMexQ5VcdJ_prpPiA0mVdp7imgbCgjsG4SqqNMIo');
  });
});

describe.each(specs)('a %s key as JWK', (_, spec) => {
  test('agrees with jose and comes back', async () => {
    const key = await generatePrivateKey(spec);
    const jwk = publicJwk(key);
    expect(jwk).toEqual(await exportJWK(publicKeyOf(key)));
    expect(Object.keys(jwk)).toEqual(Object.keys(jwk).toSorted());
    expect(jwkThumbprint(key)).toBe(await calculateJwkThumbprint({ ...jwk }));
    expect(keysMatch(jwkToPublicKey(jwk), key)).toBe(true);
    expect(privateJwk(key)).toEqual(await exportJWK(createPrivateKey(key.export({ format: 'pem', type: 'pkcs8' }))));
    const reordered = Object.fromEntries(Object.entries(privateJwk(key)).reverse());
    expect(keysMatch(jwkToPrivateKey(JSON.parse(JSON.stringify(reordered))), key)).toBe(true);
    expect(JSON.stringify(publicJwk(key))).not.toContain('"d"');
  });
});

describe('a JWK', () => {
  const zeroN = Buffer.concat([Uint8Array.of(0), Buffer.from(rsa.n, 'base64url')]).toString('base64url');
  test.each([
    ['null', null],
    ['text', 'EC'],
    ['a list', [p256]],
    ['of no kind', {}],
    ['symmetric', { kty: 'oct', k: 'AAAA' }],
    ['on another curve', { ...p256, crv: 'secp256k1' }],
    ['on no curve', { kty: 'EC', x: p256.x, y: p256.y }],
    ['with a short coordinate', { ...p256, x: p256.x.slice(0, -4) }],
    ['with a padded coordinate', { ...p256, x: `${p256.x}=` }],
    ['with a number for a coordinate', { ...p256, x: 5 }],
    ['with a point off its curve', { ...p256, y: p256.x }],
    ['with a leading zero in its modulus', { ...rsa, n: zeroN }],
    ['with an endless modulus', { ...rsa, n: 'A'.repeat(10_000) }],
    ['with exponent 1', { ...rsa, e: 'AQ' }],
    ['with an even exponent', { ...rsa, e: 'AQAC' }],
    ['with an exponent of 72 bits', { ...rsa, e: 'AQAAAAAAAAAB' }],
    ['for encryption', { ...p256, use: 'enc' }],
    ['for signing only', { ...p256, key_ops: ['sign'] }],
    ['of Ed448', { kty: 'OKP', crv: 'Ed448', x: 'AAAA' }],
    ['with a short Ed25519 key', { kty: 'OKP', crv: 'Ed25519', x: 'AAAA' }],
    ['with inherited members', Object.create(p256)],
  ])('that is or has %s is refused', (_, jwk) => {
    expect(() => jwkToPublicKey(jwk)).toThrow(expect.objectContaining({ code: 'jwkMalformed' }));
  });

  test('of RSA under 2048 bits is refused', () => {
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
    expect(() => jwkToPublicKey(publicKey.export({ format: 'jwk' }))).toThrow(expect.objectContaining({ code: 'keyUnsupported' }));
  });

  test.each([
    ['missing', { d: undefined }],
    ['not base64url', { d: '***' }],
    ['those of another key', { d: privateJwk(ecKey()).d }],
  ])('whose private members are %s is refused without being quoted', (_, change) => {
    const jwk = { ...privateJwk(ecKey()), ...change };
    try {
      jwkToPrivateKey(jwk);
      expect.unreachable();
    } catch (error) {
      const { code, cause, details } = error as PkiError;
      expect({ code, cause, details }).toEqual({ code: 'jwkMalformed', cause: undefined, details: {} });
    }
  });

  test('with mixed-up RSA or Ed25519 numbers is refused', () => {
    const publicOnly = (jwk: object) => jwk as { n?: string; x?: string };
    const make = (kind: 'rsa' | 'ed25519') => privateJwk(kind === 'rsa' ? generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey : generateKeyPairSync('ed25519').privateKey);
    for (const kind of ['rsa', 'ed25519'] as const) {
      const { kty: _kty, ...numbers } = make(kind);
      const mixed = { ...make(kind), ...numbers, ...(kind === 'rsa' ? { n: publicOnly(make('rsa')).n } : { x: publicOnly(make('ed25519')).x }) };
      expect(() => jwkToPrivateKey(mixed)).toThrow(expect.objectContaining({ code: 'jwkMalformed' }));
    }
  });

  test('of kinds that no CA takes is not written', () => {
    expect(() => publicJwk(generateKeyPairSync('x25519').privateKey)).toThrow(expect.objectContaining({ code: 'keyUnsupported' }));
  });

  test('made of random JSON throws nothing but our error', () => {
    const kty = fc.constantFrom('EC', 'RSA', 'OKP', 'oct');
    const member = fc.oneof(fc.string(), fc.constantFrom('P-256', 'Ed25519', 'AQAB', p256.x), fc.jsonValue());
    fc.assert(
      fc.property(fc.record({ kty, crv: member, x: member, y: member, n: member, e: member, d: member }, { requiredKeys: [] }), (jwk) => {
        for (const load of [jwkToPublicKey, jwkToPrivateKey]) {
          try {
            load(jwk);
          } catch (error) {
            expect(error).toBeInstanceOf(PkiError);
          }
        }
      }),
      { numRuns: 500 },
    );
  });
});
