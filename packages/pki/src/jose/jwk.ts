// JSON Web Keys (RFC 7517, 7518 §6, 8037) and their thumbprints (RFC 7638). Only the kinds that sign ACME requests.
import { type KeyObject, createHash, createPrivateKey, createPublicKey } from 'node:crypto';
import { base64urlDecode } from '../encoding/base64url.ts';
import { PkiError } from '../errors.ts';
import { isConsistent } from '../keys/consistency.ts';
import { type Curve, describeKey } from '../keys/key-spec.ts';
import { publicKeyOf } from '../keys/public-key.ts';

/** A public key, its members in the order of RFC 7638 §3.2, so that its JSON is what the thumbprint hashes. */
export type Jwk =
  | { readonly crv: Curve; readonly kty: 'EC'; readonly x: string; readonly y: string }
  | { readonly e: string; readonly kty: 'RSA'; readonly n: string }
  | { readonly crv: 'Ed25519'; readonly kty: 'OKP'; readonly x: string };

/** Private members beside the public ones. */
export type PrivateJwk = Jwk & Readonly<Record<'d', string>> & Partial<Readonly<Record<'p' | 'q' | 'dp' | 'dq' | 'qi', string>>>;

/** The public key as JWK, without private or optional members. Throws `keyUnsupported` for other kinds. */
export function publicJwk(key: KeyObject): Jwk {
  describeKey(key);
  return parsePublicJwk(publicKeyOf(key).export({ format: 'jwk' }));
}

/** The private key as JWK: the members that Certbot's `private_key.json` holds. Handle as the secret it is. */
export function privateJwk(privateKey: KeyObject): PrivateJwk {
  describeKey(privateKey);
  return privateKey.export({ format: 'jwk' }) as unknown as PrivateJwk;
}

/**
 * The public members of `value`, checked and in canonical order; private and unknown members are dropped.
 * Throws `jwkMalformed`.
 */
export function parsePublicJwk(value: unknown): Jwk {
  const jwk = asObject(value);
  switch (jwk['kty']) {
    case 'EC':
      return ecJwk(jwk, member(jwk, 'crv', isCurve));
    case 'RSA':
      return { e: exponent(jwk), kty: 'RSA', n: unsigned(jwk, 'n') };
    case 'OKP':
      return { crv: member(jwk, 'crv', isEd25519), kty: 'OKP', x: binary(jwk, 'x', 32) };
    default:
      throw new PkiError('jwkMalformed', 'JWK has a missing or unsupported "kty"', { hint: 'keys are of type EC, RSA or OKP' });
  }
}

function asObject(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new PkiError('jwkMalformed', 'JWK is not a JSON object');
  return value as Record<string, unknown>;
}

const isCurve = (value: unknown): value is Curve => value === 'P-256' || value === 'P-384' || value === 'P-521';
const isEd25519 = (value: unknown): value is 'Ed25519' => value === 'Ed25519';
const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';

function member<T>(jwk: Readonly<Record<string, unknown>>, name: string, accepts: (value: unknown) => value is T): T {
  const value = Object.hasOwn(jwk, name) ? jwk[name] : undefined;
  if (!accepts(value)) throw new PkiError('jwkMalformed', `JWK has a missing or malformed "${name}"`);
  return value;
}

const coordinateOctets = { 'P-256': 32, 'P-384': 48, 'P-521': 66 } as const satisfies Record<Curve, number>;

/** RFC 7518 §6.2.1.2: coordinates are as wide as the curve, or one key would have several thumbprints. */
function ecJwk(jwk: Readonly<Record<string, unknown>>, crv: Curve): Jwk {
  const octets = coordinateOctets[crv];
  return { crv, kty: 'EC', x: binary(jwk, 'x', octets), y: binary(jwk, 'y', octets) };
}

/** Octets in base64url. 4096 of them hold any key that we could use. */
function binary(jwk: Readonly<Record<string, unknown>>, name: string, octets?: number): string {
  const text = member(jwk, name, isText);
  const bytes = text.length <= 5_500 ? tryDecode(text) : undefined;
  if (bytes !== undefined && (octets === undefined || bytes.length === octets)) return text;
  throw new PkiError('jwkMalformed', `JWK has a malformed "${name}"`);
}

/** RFC 7518 §6.3.1.1: numbers of RSA keys have no leading zero octets. */
function unsigned(jwk: Readonly<Record<string, unknown>>, name: string): string {
  const text = binary(jwk, name);
  if (tryDecode(text)?.[0] === 0) throw new PkiError('jwkMalformed', `JWK has a malformed "${name}"`);
  return text;
}

/** Odd, above 1 and at most 64 bits: with others RSA is broken or endlessly slow. */
function exponent(jwk: Readonly<Record<string, unknown>>): string {
  const text = unsigned(jwk, 'e');
  const bytes = tryDecode(text) ?? new Uint8Array();
  const isOdd = ((bytes[bytes.length - 1] ?? 0) & 1) === 1;
  if (!isOdd || text === 'AQ' || bytes.length > 8) throw new PkiError('jwkMalformed', 'JWK has an unusable "e"');
  return text;
}

/** Without the text in the error: with private members it is a secret. */
function tryDecode(text: string): Uint8Array | undefined {
  try {
    return base64urlDecode(text);
  } catch {
    return undefined;
  }
}

/**
 * Loads a public key that shall verify signatures; private members are ignored. Throws `jwkMalformed` when the numbers are
 * no key or the key says it is for something else, and `keyUnsupported` for RSA under 2048 bits (RFC 7518 §3.3).
 */
export function jwkToPublicKey(value: unknown): KeyObject {
  const jwk = parsePublicJwk(value);
  checkPurpose(asObject(value));
  const key = load(() => createPublicKey({ key: { ...jwk }, format: 'jwk' }));
  const spec = describeKey(key);
  if (spec.type === 'rsa' && spec.bits < 2048) throw new PkiError('keyUnsupported', `RSA key of ${spec.bits} bits is not supported`, { hint: 'use 2048 bits or more' });
  return key;
}

/** RFC 7517 §4.2 and §4.3: "use" and "key_ops", where present, must allow verifying. */
function checkPurpose(jwk: Readonly<Record<string, unknown>>): void {
  const { use, key_ops: operations } = jwk;
  const isForSignatures = use === undefined || use === 'sig';
  const mayVerify = operations === undefined || (Array.isArray(operations) && operations.includes('verify'));
  if (!isForSignatures || !mayVerify) throw new PkiError('jwkMalformed', 'JWK is not meant for verifying signatures');
}

/** Loads a private key. Throws `jwkMalformed` when members are missing or the numbers are no key. */
export function jwkToPrivateKey(value: unknown): KeyObject {
  const publicMembers = parsePublicJwk(value);
  const jwk = asObject(value);
  const names = publicMembers.kty === 'RSA' ? (['d', 'p', 'q', 'dp', 'dq', 'qi'] as const) : (['d'] as const);
  const privateMembers = Object.fromEntries(names.map((name) => [name, binary(jwk, name)]));
  const key = load(() => createPrivateKey({ key: { ...publicMembers, ...privateMembers }, format: 'jwk' }));
  const agrees = isConsistent(key) && JSON.stringify(publicJwk(key)) === JSON.stringify(publicMembers);
  if (!agrees) throw new PkiError('jwkMalformed', 'private members of the JWK do not belong to its public ones');
  return key;
}

function load(create: () => KeyObject): KeyObject {
  try {
    return create();
  } catch {
    // Without the cause: it may describe private numbers.
    throw new PkiError('jwkMalformed', 'JWK does not describe a usable key');
  }
}

/** SHA-256 thumbprint in base64url (RFC 7638): what key authorizations end with. */
export function jwkThumbprint(jwkOrKey: Jwk | KeyObject): string {
  const jwk = isKeyObject(jwkOrKey) ? publicJwk(jwkOrKey) : parsePublicJwk(jwkOrKey);
  return createHash('sha256').update(JSON.stringify(jwk)).digest('base64url');
}

function isKeyObject(value: Jwk | KeyObject): value is KeyObject {
  return !('kty' in value);
}
