import * as fc from 'fast-check';
import { FlattenedSign, flattenedVerify } from 'jose';
import { describe, expect, test } from 'vitest';
import { base64urlEncode } from '../encoding/base64url.ts';
import { PkiError } from '../errors.ts';
import { generatePrivateKey } from '../keys/generate.ts';
import { publicKeyOf } from '../keys/public-key.ts';
import { ecKey, specs } from '../testdata/pki.ts';
import { type JwsAlgorithm, jwsAlgorithmOf } from './algorithms.ts';
import { jwkThumbprint, jwkToPrivateKey, jwkToPublicKey, publicJwk } from './jwk.ts';
import { parseFlattenedJws } from './jws-parse.ts';
import { signHmacJws, signJws } from './jws-sign.ts';
import { verifyHmacJws, verifyJws } from './jws-verify.ts';

const all: readonly JwsAlgorithm[] = ['ES256', 'ES384', 'ES512', 'RS256', 'EdDSA'];
const signatureOctets = { ES256: 64, ES384: 96, ES512: 132, RS256: 256, EdDSA: 64 } as const;

describe.each(specs)('a JWS by a %s key', (_, spec) => {
  test('is verified by jose and by ourselves, and jose’s by us', async () => {
    const key = await generatePrivateKey(spec);
    const algorithm = jwsAlgorithmOf(key);
    const header = { nonce: 'abc', url: 'https://ca.example/new-order', jwk: publicJwk(key) };
    const jws = signJws({ key, protected: header, payload: '{"a":"ü"}' });
    const verified = await flattenedVerify(jws, publicKeyOf(key));
    expect(Buffer.from(verified.payload).toString()).toBe('{"a":"ü"}');
    expect(verified.protectedHeader).toEqual({ alg: algorithm, ...header });

    const parsed = parseFlattenedJws(JSON.stringify(jws));
    expect(parsed.signature.length).toBe(signatureOctets[algorithm]);
    expect(parsed.header).toEqual({ alg: algorithm, ...header });
    expect(verifyJws(parsed, publicKeyOf(key), all)).toBe(true);
    expect(verifyJws(parsed, publicKeyOf(key), all.filter((name) => name !== algorithm))).toBe(false);

    const theirs = await new FlattenedSign(Buffer.from('x')).setProtectedHeader({ alg: algorithm }).sign(key);
    expect(verifyJws(parseFlattenedJws(theirs), publicKeyOf(key), all)).toBe(true);
  });

  test('is refused after any change', async () => {
    const key = await generatePrivateKey(spec);
    const jws = signJws({ key, protected: { url: 'x' }, payload: 'payload' });
    const other = await generatePrivateKey(spec);
    expect(verifyJws(parseFlattenedJws(jws), publicKeyOf(other), all)).toBe(false);
    expect(verifyJws(parseFlattenedJws({ ...jws, payload: base64urlEncode('payloae') }), key, all)).toBe(false);
    const { signature } = parseFlattenedJws(jws);
    for (const changed of [signature.map((octet, at) => (at === 3 ? octet ^ 1 : octet)), signature.subarray(1), new Uint8Array(), new Uint8Array(signature.length), Uint8Array.of(...signature, 0)]) {
      expect(verifyJws(parseFlattenedJws({ ...jws, signature: base64urlEncode(changed) }), publicKeyOf(key), all)).toBe(false);
    }
  });
});

describe('known signatures', () => {
  test('the EdDSA example of RFC 8037 appendix A.4 comes out byte for byte', () => {
    const key = jwkToPrivateKey({ kty: 'OKP', crv: 'Ed25519', d: 'nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' });
    expect(signJws({ key, protected: {}, payload: 'Example of Ed25519 signing' })).toEqual({
      protected: 'eyJhbGciOiJFZERTQSJ9',
      payload: 'RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc',
      signature: 'hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg',
    });
  });

  test('the ES256 example of RFC 7515 appendix A.3 verifies', () => {
    const key = jwkToPublicKey({ kty: 'EC', crv: 'P-256', x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU', y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0' });
    const jws = {
      protected: 'eyJhbGciOiJFUzI1NiJ9',
      payload: 'eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ',
      signature: 'DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q',
    };
    expect(verifyJws(parseFlattenedJws(jws), key, ['ES256'])).toBe(true);
  });

  test('a request signed with RS256 by another client verifies over our encoding of its header', () => {
    const jwk = {
      e: 'AQAB',
      kty: 'RSA',
      n: '4xgZ3eRPkwoRvy7qeRUbmMDe0V-xH9eWLdu0iheeLlrmD2mqWXfP9IeSKApbn34g8TuAS9g5zhq8ELQ3kmjr-KV86GAMgI6VAcGlq3QrzpTCf_30Ab7-zawrfRaFONa1HwEzPY1KHnGVkxJc85gNkwYI9SY2RHXtvln3zs5wITNrdosqEXeaIkVYBEhbhNu54pp3kxo6TuWLi9e6pXeWetEwmlBwtWZlPoib2j3TxLBksKZfoyFyek380mHgJAumQ_I2fjj98_97mk3ihOY4AgVdCDj1z_GCoZkG5Rq7nbCGyosyKWyDX00Zs-nNqVhoLeIvXC4nnWdJMZ6rogxyQQ',
    } as const;
    const jws = {
      protected: base64urlEncode(JSON.stringify({ alg: 'RS256', jwk, nonce: 'nonce', url: 'url' })),
      payload: base64urlEncode('{"Msg":"Hello JWS"}'),
      signature: 'YFyl_xz1E7TR-3E1bIuASTr424EgCvBHjt25WUFC2VaDjXYV0Rj_Hd3dJ_2IRqBrXDZZ2n4ZeA_4mm3QFwmwyeDwe2sWElhb82lCZ8iXuFnjeOmSOjx-nWwPa5ibCXzLq13zZ-OBV1Z4oN_TuailQeRoSfA3nO8gG52mv1x2OMQ5MAFtt8jcngBLzts4AyhI6mBJ2w7Yaj3ZCriqDWA3GLFvvHdW1Ba9Z01wtGT2CuZI7DUk_6Qj1b3BkBGcoKur5C9ibUJtCkABwBMvBQNyD3MmXsrRFRTgvVlyU_yMaucYm7nmzEr_2PaQ50rFt_9qOfJ4sfbLtG1Wwae57BQx1g',
    };
    expect(verifyJws(parseFlattenedJws(jws), jwkToPublicKey(jwk), all)).toBe(true);
    expect(jwkThumbprint(jwk)).toBe('6nicxzh6WETQlrvdchkz-U3e3DOQZ4heJKU63rfqMqQ');
  });

  test('the HS256 example of RFC 7520 §4.4 comes out byte for byte', () => {
    const payload = 'It\u2019s a dangerous business, Frodo, going out your door. You step onto the road, and if you don\'t keep your feet, there\u2019s no knowing where you might be swept off to.';
    const jws = signHmacJws({ key: Buffer.from('hJtXIZ2uSN5kbQfbtTNWbpdmhkV8FJG-Onbc6mxCcYg', 'base64url'), algorithm: 'HS256', protected: { kid: '018c0ae5-4d9b-471b-bfd6-eef314bc7037' }, payload });
    expect(jws.signature).toBe('s0h6KThzkfBBBkLspW1h84VsJZFTsPPqMDA7g1Md7p0');
  });

  test('an external account binding has the MAC that another client computes', () => {
    const jws = signHmacJws({
      key: Buffer.from('asdfasdf'),
      algorithm: 'HS256',
      protected: { kid: 'eab_test_kid', url: 'https://example.com/new-account' },
      payload: JSON.stringify({ crv: 'P-256', kty: 'EC', x: '5lhEug5xK4xBDZ2nAbaxLtaLiv85bxJ7ePd1dkO23HQ', y: '4aiK72sBeUAGkv0TaLsmwokYUYyNxGsS5EMIKwsNIKk' }),
    });
    expect(jws.signature).toBe('n8W4leIpOUZrX3vtFpAq4wCj66fo8f1aZpSVTkg7hY4');
  });
});

describe('a JWS with a MAC', () => {
  const key = Buffer.from('0123456789abcdef0123456789abcdef');

  test.each(['HS256', 'HS384', 'HS512'] as const)('by %s is verified by jose and by ourselves', async (algorithm) => {
    const jws = signHmacJws({ key, algorithm, protected: { kid: 'k' }, payload: Uint8Array.of(1, 2) });
    expect(new Uint8Array((await flattenedVerify(jws, key)).payload)).toEqual(Uint8Array.of(1, 2));
    const parsed = parseFlattenedJws(jws);
    expect(verifyHmacJws(parsed, key, [algorithm])).toBe(true);
    expect(verifyHmacJws(parsed, key, [])).toBe(false);
    expect(verifyHmacJws(parsed, Buffer.from('other'), [algorithm])).toBe(false);
    expect(verifyHmacJws({ ...parsed, signature: parsed.signature.subarray(1) }, key, [algorithm])).toBe(false);
  });

  test('needs a key', () => {
    expect(() => signHmacJws({ key: new Uint8Array(), algorithm: 'HS256', protected: {}, payload: '' })).toThrow(expect.objectContaining({ code: 'keyMalformed' }));
    expect(verifyHmacJws(parseFlattenedJws(signHmacJws({ key, algorithm: 'HS256', protected: {}, payload: '' })), new Uint8Array(), ['HS256'])).toBe(false);
  });

  test('never passes for one with a signature, nor the reverse', () => {
    const ec = ecKey();
    // The classic confusion: a MAC keyed with the public key's PEM.
    const forged = signHmacJws({ key: Buffer.from(publicKeyOf(ec).export({ format: 'pem', type: 'spki' })), algorithm: 'HS256', protected: {}, payload: 'x' });
    expect(verifyJws(parseFlattenedJws(forged), publicKeyOf(ec), all)).toBe(false);
    expect(verifyHmacJws(parseFlattenedJws(signJws({ key: ec, protected: {}, payload: 'x' })), key, ['HS256', 'HS384', 'HS512'])).toBe(false);
  });
});

describe('parsing a JWS', () => {
  const good = signJws({ key: ecKey(), protected: { url: 'x' }, payload: '' });
  const header = (value: unknown) => ({ ...good, protected: base64urlEncode(typeof value === 'string' ? value : JSON.stringify(value)) });

  test.each([
    ['not JSON', '{'],
    ['a list', [good]],
    ['null', null],
    ['the compact form', `${good.protected}.${good.payload}.${good.signature}`],
    ['the general form', { payload: good.payload, signatures: [{ protected: good.protected, signature: good.signature }] }],
    ['both forms at once', { ...good, signatures: [] }],
    ['an unprotected header', { ...good, header: { kid: 'x' } }],
    ['no protected header', { payload: '', signature: '' }],
    ['no payload', { protected: good.protected, signature: good.signature }],
    ['a payload that is no text', { ...good, payload: {} }],
    ['padding', { ...good, payload: 'AA==' }],
    ['standard base64', { ...good, payload: 'a+/a' }],
    ['a header that is no JSON', header('x')],
    ['a header that is a list', header([])],
    ['a header with a byte order mark', header('\ufeff{"alg":"ES256"}')],
    ['a header without alg', header({ url: 'x' })],
    ['a header whose alg is no text', header({ alg: 5 })],
    ['an unencoded payload', header({ alg: 'ES256', b64: false, crit: ['b64'] })],
    ['b64 even when true', header({ alg: 'ES256', b64: true })],
    ['critical extensions', header({ alg: 'ES256', crit: ['exp'] })],
    ['a header that is not UTF-8', { ...good, protected: base64urlEncode(Uint8Array.of(0x7b, 0xff, 0x7d)) }],
    ['megabytes', `"${'x'.repeat(5_000_000)}"`],
  ])('refuses %s', (_, jws) => {
    expect(() => parseFlattenedJws(jws)).toThrow(expect.objectContaining({ code: 'jwsMalformed' }));
  });

  test('refuses "none" at verification', () => {
    const unsigned = parseFlattenedJws({ protected: base64urlEncode('{"alg":"none"}'), payload: '', signature: '' });
    expect(verifyJws(unsigned, publicKeyOf(ecKey()), all)).toBe(false);
  });

  test('survives deep nesting and a __proto__ member', () => {
    expect(() => parseFlattenedJws('['.repeat(100_000))).toThrow(PkiError);
    const parsed = parseFlattenedJws(`{"__proto__":{"header":1},"protected":"${good.protected}","payload":"","signature":""}`);
    expect(parsed.header['url']).toBe('x');
  });

  test('throws nothing but our error on any JSON', () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string(), fc.jsonValue()), (input) => {
        try {
          parseFlattenedJws(input);
        } catch (error) {
          expect(error).toBeInstanceOf(PkiError);
        }
      }),
    );
  });
});
