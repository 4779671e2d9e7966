// The JSON Web Signature, JSON Web Key and primitive vectors of project Wycheproof, through the doors that ACME uses.
import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { base64urlEncode } from '../encoding/base64url.ts';
import { PkiError } from '../errors.ts';
import { corpus } from '../testdata/corpora.ts';
import { publicKeyFromSpki } from '../keys/public-key.ts';
import { verifySignedBytes } from '../keys/signature.ts';
import { oids } from '../oids.ts';
import { type HmacAlgorithm, type JwsAlgorithm, hmacHashes } from './algorithms.ts';
import { jwkToPublicKey } from './jwk.ts';
import { parseFlattenedJws, type ParsedJws } from './jws-parse.ts';
import { verifyHmacJws, verifyJws } from './jws-verify.ts';

interface Vector {
  readonly tcId: number;
  readonly comment: string;
  readonly result: 'valid' | 'invalid' | 'acceptable';
  readonly flags: readonly string[];
  /** Compact text, or an object in one of the JSON forms. */
  readonly jws?: unknown;
  readonly msg?: string;
  readonly sig?: string;
  readonly key?: string;
  readonly tag?: string;
}
interface Group {
  readonly type: string;
  readonly comment?: string;
  readonly private?: Record<string, unknown>;
  readonly public?: Record<string, unknown>;
  readonly publicKeyDer?: string;
  readonly publicKeyJwk?: Record<string, unknown>;
  readonly tagSize?: number;
  readonly tests: readonly Vector[];
}
const files = corpus('wycheproof', (file) => !file.startsWith('aes_')).map(([file, content]) => [file, (content as { testGroups: readonly Group[] }).testGroups] as const);
const signatureAlgorithms: readonly JwsAlgorithm[] = ['ES256', 'ES384', 'ES512', 'RS256', 'EdDSA'];
const hex = (text = '') => new Uint8Array(Buffer.from(text, 'hex'));

/** A vector's JWS in the form ACME has. */
function flattened(compact: unknown): ParsedJws {
  if (typeof compact !== 'string') return parseFlattenedJws(compact);
  const [header, payload, signature, ...rest] = compact.split('.');
  if (rest.length > 0) throw new PkiError('jwsMalformed', 'too many parts');
  return parseFlattenedJws({ protected: header, payload, signature });
}

/** What our verifier says of a vector under its key; errors of ours count as refusal. */
function accepts(jwk: Record<string, unknown>, compact: unknown): boolean {
  try {
    const jws = flattened(compact);
    if (jwk['kty'] === 'oct') return verifyHmacJws(jws, new Uint8Array(Buffer.from(String(jwk['k']), 'base64url')), Object.keys(hmacHashes) as HmacAlgorithm[]);
    return verifyJws(jws, jwkToPublicKey(jwk), signatureAlgorithms);
  } catch (error) {
    if (error instanceof PkiError) return false;
    throw error;
  }
}

/** What ACME does differently from what a vector asks, by reason. Everything else must match. */
const known: readonly { readonly reason: string; readonly applies: (group: Group, vector: Vector) => boolean }[] = [
  { reason: 'key sets: ACME requests carry one key', applies: ({ private: own, public: theirs }) => keysOf(theirs ?? own).length !== 1 },
  { reason: 'encryption is not ours', applies: (_, { jws }) => jws === undefined },
  { reason: 'MAC keys of an external account have the length the CA chose', applies: (_, { comment }) => comment === 'key_too_short' },
  { reason: 'symmetric JWKs do not occur in ACME, so their "alg" is not looked at', applies: ({ comment }) => comment?.startsWith('invalid_aes') === true },
  { reason: 'the "alg" of a JWK is not looked at: the key decides', applies: (_, { comment }) => comment === 'mismatchedAlgAndCurve' || comment === 'UsingRS256' },
  {
    reason: 'in the file itself: two vectors are called invalid but equal the valid 357, two are called valid with "?" in their base64url',
    applies: ({ comment }, { tcId }) => comment === 'base64' && [367, 370, 372, 373].includes(tcId),
  },
  { reason: 'weak keys of one maker (ROCA) are for the CA to refuse', applies: (_, { comment }) => comment === 'rejectsKeyWithRocaVulnerability' },
];

function keysOf(jwk: Record<string, unknown> | undefined): readonly Record<string, unknown>[] {
  if (jwk === undefined) return [];
  return Array.isArray(jwk['keys']) ? (jwk['keys'] as Record<string, unknown>[]) : [jwk];
}

/** Valid vectors in algorithms that ACME does not take are refused by design. */
function isAcmeAlgorithm(compact: unknown): boolean {
  if (typeof compact !== 'string') return false;
  const { alg } = JSON.parse(Buffer.from(compact.split('.')[0] ?? '', 'base64url').toString()) as { alg: string };
  return [...signatureAlgorithms, ...Object.keys(hmacHashes)].includes(alg);
}

/** Judges one vector of a primitive; undefined where the file is of another kind. */
function judgePrimitive(file: string, group: Group, vector: Vector): boolean | undefined {
  if (file.startsWith('hmac_')) {
    const mac = createHmac('sha256', hex(vector.key)).update(hex(vector.msg)).digest();
    // Shortened tags are no JWS.
    return group.tagSize === 256 && verifyMacLikeJws(vector, mac);
  }
  const key = group.publicKeyDer === undefined ? undefined : publicKeyFromSpki(hex(group.publicKeyDer));
  if (key === undefined) return undefined;
  const algorithm = ({ '256': 'ES256', '384': 'ES384', '521': 'ES512' } as const)[/secp(\d+)r1_sha\d+_p1363/.exec(file)?.[1] ?? ''] ?? (file.startsWith('ed25519') ? 'EdDSA' : 'RS256');
  if (file.includes('p1363') || file.startsWith('ed25519') || file.startsWith('rsa_')) {
    return verifyJws({ header: { alg: algorithm }, payload: new Uint8Array(), signingInput: hex(vector.msg), signature: hex(vector.sig) }, key, [algorithm]);
  }
  return verifySignedBytes({ tbs: hex(vector.msg), algorithmOid: oids.ecdsaWithSha256, signature: hex(vector.sig) }, key);
}

function verifyMacLikeJws(vector: Vector, mac: Uint8Array): boolean {
  const jws = { header: { alg: 'HS256' }, payload: new Uint8Array(), signingInput: hex(vector.msg), signature: hex(vector.tag) };
  const verdict = verifyHmacJws(jws, hex(vector.key), ['HS256']);
  expect(verdict).toBe(Buffer.compare(mac, jws.signature) === 0);
  return verdict;
}

describe.skipIf(files.length === 0)('the Wycheproof vectors', () => {
  test.each(files.filter(([file]) => file.startsWith('json_web_')))('of %s', (file, groups) => {
    const set = new Map<string, number>();
    let judged = 0;
    for (const group of groups) {
      for (const vector of group.tests) {
        const exception = known.find(({ applies }) => applies(group, vector));
        if (exception !== undefined) {
          set.set(exception.reason, (set.get(exception.reason) ?? 0) + 1);
          continue;
        }
        const [jwk = {}] = keysOf(group.public ?? group.private);
        const compact = vector.jws ?? '';
        const expected = vector.result === 'valid' && isAcmeAlgorithm(compact);
        expect(accepts(jwk, compact), `${group.comment} ${vector.tcId} ${vector.comment}`).toBe(expected);
        judged++;
      }
    }
    console.log(`${file}: ${judged} judged; set aside: ${JSON.stringify(Object.fromEntries(set))}`);
  });

  test.each(files.filter(([file]) => !file.startsWith('json_web_')))('of %s', (file, groups) => {
    for (const group of groups) {
      for (const vector of group.tests) {
        const verdict = judgePrimitive(file, group, vector);
        const isShortTag = group.tagSize !== undefined && group.tagSize !== 256;
        if (vector.result === 'acceptable') continue;
        expect(verdict, `${vector.tcId} ${vector.comment}`).toBe(vector.result === 'valid' && !isShortTag);
      }
    }
  });
});

test.runIf(files.length === 0)('the Wycheproof vectors were not run: CERTWARD_CORPORA names no folder with them', () => {
  expect(base64urlEncode('')).toBe('');
});
