// Reading a flattened JWS as strictly as an ACME server must (RFC 8555 §6.2). Nothing is verified here.
import { base64urlDecode } from '../encoding/base64url.ts';
import { orPkiError, PkiError } from '../errors.ts';

/** A JWS taken apart, its signature not yet checked. */
export interface ParsedJws {
  /** The protected header; `alg` is a string, everything else is as it came. */
  readonly header: Readonly<Record<string, unknown>> & { readonly alg: string };
  readonly payload: Uint8Array;
  /** What the signature is over. */
  readonly signingInput: Uint8Array;
  readonly signature: Uint8Array;
}

/** Far above any ACME request; revocation of a large certificate is the biggest. */
const longestJws = 4 * 1024 * 1024;

/**
 * Takes a flattened JWS apart, from JSON text or its parsed form. Throws `jwsMalformed` for the general form and several
 * signatures, an unprotected header, base64url with padding, `b64`, `crit`, and a protected header without `alg`.
 */
export function parseFlattenedJws(input: unknown): ParsedJws {
  return orPkiError(() => takeApart(asObject(typeof input === 'string' ? parseJson(input) : input, 'JWS')), {
    code: 'jwsMalformed',
    message: 'JWS cannot be read',
  });
}

function parseJson(text: string): unknown {
  if (text.length > longestJws) throw new PkiError('jwsMalformed', 'JWS is too long');
  return JSON.parse(text);
}

function asObject(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new PkiError('jwsMalformed', `${what} is not a JSON object`);
  return value as Record<string, unknown>;
}

function takeApart(jws: Readonly<Record<string, unknown>>): ParsedJws {
  for (const name of ['signatures', 'header']) {
    if (Object.hasOwn(jws, name)) throw new PkiError('jwsMalformed', `JWS has a "${name}" member`, { hint: 'ACME takes the flattened form with a protected header only' });
  }
  const encodedHeader = text(jws, 'protected');
  const encodedPayload = text(jws, 'payload');
  const signature = decode(text(jws, 'signature'), 'signature');
  const payload = decode(encodedPayload, 'payload');
  const header = readHeader(decode(encodedHeader, 'protected'));
  return { header, payload, signature, signingInput: Buffer.from(`${encodedHeader}.${encodedPayload}`) };
}

function text(jws: Readonly<Record<string, unknown>>, name: string): string {
  const value = Object.hasOwn(jws, name) ? jws[name] : undefined;
  if (typeof value !== 'string') throw new PkiError('jwsMalformed', `JWS has no "${name}"`);
  return value;
}

function decode(encoded: string, name: string): Uint8Array {
  return orPkiError(() => base64urlDecode(encoded), { code: 'jwsMalformed', message: `JWS member "${name}" is not base64url without padding` });
}

function readHeader(bytes: Uint8Array): ParsedJws['header'] {
  const header = asObject(JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)), 'protected header');
  // RFC 7515 §4.1.11 demands refusal of extensions we do not know, and we know none; b64 is one of them (RFC 7797).
  for (const name of ['crit', 'b64']) {
    if (Object.hasOwn(header, name)) throw new PkiError('jwsMalformed', `protected header has "${name}", which ACME does not allow`);
  }
  const alg = Object.hasOwn(header, 'alg') ? header['alg'] : undefined;
  if (typeof alg !== 'string') throw new PkiError('jwsMalformed', 'protected header has no "alg"');
  return { ...header, alg };
}
