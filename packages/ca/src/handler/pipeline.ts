// The checks every signed request passes, in the order of RFC 8555 §6: content type, JWS shape, nonce, URL, key or kid,
// signature, payload. Nothing behind it sees a request that failed one of them.
import type { KeyObject } from 'node:crypto';
import { jwkToPublicKey, jwsAlgorithmOf, type ParsedJws, parseFlattenedJws, publicJwk, verifyJws } from '@certward/pki';
import { checkAccountKey, jwsAlgorithms } from '../authority/key-policy.ts';
import type { CaContext } from '../context.ts';
import { fillPath, matchPath, paths } from '../paths.ts';
import { Problem } from '../problem.ts';
import type { CaRequest, Signer } from './exchange.ts';
import { isObject, type JsonObject } from './payload.ts';

/** Which signer a route takes: the registered account, a key sent along, or either. */
export type SignerKind = 'account' | 'key' | 'either';
/** Which payload a route takes: a JSON object, none (POST-as-GET), or either. */
export type PayloadKind = 'object' | 'none' | 'either';

/** What a route demands of a request. */
export interface Demands {
  readonly signer: SignerKind;
  readonly payload: PayloadKind;
}

/** What the pipeline hands on. */
export interface Checked {
  readonly url: string;
  readonly signer: Signer;
  readonly payload: JsonObject | undefined;
}

/** Runs the whole pipeline. Throws the {@link Problem} of the first check that fails. */
export function checkSignedRequest(ca: CaContext, request: CaRequest, demands: Demands): Checked {
  checkContentType(request);
  const jws = parseRequestJws(request);
  redeemNonce(ca, jws);
  const url = checkUrl(ca, jws, request);
  const signer = identifySigner(ca, jws, demands.signer);
  verifySignature(jws, signer.key);
  // Only the rightful signer learns that an account was deactivated.
  checkAccountIsActive(signer);
  return { url, signer, payload: parsePayload(jws, demands.payload) };
}

/** §6.2: anything but application/jose+json is 415. Parameters such as a charset do no harm. */
function checkContentType(request: CaRequest): void {
  const type = request.headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase();
  if (type !== 'application/jose+json') {
    throw new Problem('malformed', 'the content type must be application/jose+json', { status: 415 });
  }
}

function parseRequestJws(request: CaRequest): ParsedJws {
  return parseJws(() => parseFlattenedJws(new TextDecoder('utf-8', { fatal: true }).decode(request.body)), 'the request');
}

/** Parses a JWS that travels inside a payload (key rollover, external account binding). */
export function parseInnerJws(value: unknown, what: string): ParsedJws {
  return parseJws(() => parseFlattenedJws(value), what);
}

function parseJws(parse: () => ParsedJws, what: string): ParsedJws {
  try {
    return parse();
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'unreadable';
    throw new Problem('malformed', `${what} is not a flattened JWS: ${reason}`, { cause: error });
  }
}

/** §6.5: a nonce outside the alphabet is malformed, an unknown one bad. */
function redeemNonce(ca: CaContext, jws: ParsedJws): void {
  const { nonce } = jws.header;
  if (nonce === undefined) throw new Problem('badNonce', 'the protected header has no nonce');
  if (typeof nonce !== 'string' || !/^[\w-]+$/.test(nonce)) throw new Problem('malformed', 'the nonce is not base64url');
  const isRedeemed = ca.nonces.redeem(nonce);
  if (!isRedeemed || ca.hostile.isNonceRefused()) throw new Problem('badNonce', 'the nonce is unknown, used or too old');
}

/** §6.4: the signed URL is the requested one, byte for byte. A mismatch is unauthorized. */
function checkUrl(ca: CaContext, jws: ParsedJws, request: CaRequest): string {
  const expected = `${ca.publicUrl}${request.path}`;
  const { url } = jws.header;
  if (typeof url !== 'string') throw new Problem('malformed', 'the protected header has no url');
  if (url !== expected) throw new Problem('unauthorized', `the protected header names the url "${url}", the request went to "${expected}"`);
  return expected;
}

/** §6.2: exactly one of jwk and kid, and the one this resource wants. */
function identifySigner(ca: CaContext, jws: ParsedJws, wanted: SignerKind): Signer {
  const { jwk, kid } = jws.header;
  if ((jwk === undefined) === (kid === undefined)) {
    throw new Problem('malformed', 'the protected header must have either jwk or kid');
  }
  if (jwk !== undefined) {
    if (wanted === 'account') throw new Problem('malformed', 'this resource takes kid, not jwk');
    const key = parseJwk(jwk);
    return { by: 'key', key, jwk: publicJwk(key) };
  }
  if (wanted === 'key') throw new Problem('malformed', 'this resource takes jwk, not kid');
  return accountSigner(ca, kid);
}

/** A public key from a request, held to the key policy. */
export function parseJwk(jwk: unknown): KeyObject {
  let key: KeyObject;
  try {
    key = jwkToPublicKey(jwk);
  } catch (error) {
    throw new Problem('badPublicKey', 'the jwk is not a public key of a known type', { cause: error });
  }
  checkAccountKey(key);
  return key;
}

function accountSigner(ca: CaContext, kid: unknown): Signer {
  const isOurs = typeof kid === 'string' && kid.startsWith(`${ca.publicUrl}/`);
  const id = isOurs ? matchPath(paths.account, kid.slice(ca.publicUrl.length))?.['account'] : undefined;
  const account = id === undefined ? undefined : ca.store.accountById(id);
  if (account === undefined) throw new Problem('accountDoesNotExist', 'the kid is not the URL of an account here');
  return { by: 'account', account, key: ca.accountKeys.keyOf(account) };
}

function checkAccountIsActive(signer: Signer): void {
  if (signer.by === 'account' && signer.account.deactivatedAt !== undefined) throw accountDeactivated();
}

/** §7.3.6: requests of a deactivated account are 401. */
export function accountDeactivated(): Problem {
  return new Problem('unauthorized', 'the account is deactivated', { status: 401 });
}

/** Checks the signature; an algorithm that does not fit the key is answered with the list of those that are taken (§6.2). */
export function verifySignature(jws: ParsedJws, key: KeyObject): void {
  const { alg } = jws.header;
  if (alg !== jwsAlgorithmOf(key)) {
    throw new Problem('badSignatureAlgorithm', 'the signature algorithm is not supported, or does not fit the key', {
      members: { algorithms: jwsAlgorithms },
    });
  }
  if (!verifyJws(jws, key, jwsAlgorithms)) throw new Problem('malformed', 'the signature does not verify');
}

/** §6.3: the empty string is POST-as-GET; anything else has to be a JSON object. */
function parsePayload(jws: ParsedJws, wanted: PayloadKind): JsonObject | undefined {
  if (jws.payload.length === 0) {
    if (wanted === 'object') throw new Problem('malformed', 'this resource needs a payload');
    return undefined;
  }
  if (wanted === 'none') throw new Problem('malformed', 'this resource is fetched with an empty payload (POST-as-GET)');
  return parsePayloadObject(jws);
}

/** The payload of a JWS as a JSON object. */
export function parsePayloadObject(jws: ParsedJws): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(jws.payload));
  } catch (error) {
    throw new Problem('malformed', 'the payload is not JSON', { cause: error });
  }
  if (!isObject(value)) throw new Problem('malformed', 'the payload is not a JSON object');
  return value;
}

/** The URL of an account: its `kid`. */
export function accountUrl(ca: Pick<CaContext, 'publicUrl'>, accountId: string): string {
  return `${ca.publicUrl}${fillPath(paths.account, { account: accountId })}`;
}
