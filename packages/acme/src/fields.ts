// Reading members out of the server's JSON: `unknown` in, checked values out. Strict on what we use, deaf to the rest.
import { type Identifier, parseIdentifier } from '@certward/pki';

import { AcmeError } from './errors.ts';
import { printable } from './printable.ts';
import type { UrlPolicy } from './url-policy.ts';

/** A JSON object whose members are not yet checked. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Nothing legitimate lists more: 100 names are usual, a few hundred the most any CA takes. */
const longestList = 10_000;

/** An answer that is not what RFC 8555 says it must be; `what` names the part. */
export function invalidResponse(what: string, cause?: unknown): AcmeError {
  return new AcmeError('invalidResponse', `the server sent ${what}`, {
    cause,
    hint: 'this is a fault of the server, or of something between here and it',
  });
}

/** `value` as an object, or an `invalidResponse` error naming `what`. */
export function objectOf(value: unknown, what: string): JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalidResponse(`${what} that is no object`);
  return value as JsonObject;
}

/** The member as an object, or undefined. */
export function optionalObject(from: JsonObject, key: string): JsonObject | undefined {
  const value = from[key];
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined;
}

/** The member as a string, or an error. */
export function requiredString(from: JsonObject, key: string, what: string): string {
  const value = from[key];
  if (typeof value !== 'string') throw invalidResponse(`${what} without "${key}"`);
  return value;
}

/** The member as a string; anything else counts as absent. */
export function optionalString(from: JsonObject, key: string): string | undefined {
  const value = from[key];
  return typeof value === 'string' ? value : undefined;
}

/** The member as a list; absent is an error, and so is a list of absurd length. */
export function requiredList(from: JsonObject, key: string, what: string): readonly unknown[] {
  const value = from[key];
  if (!Array.isArray(value)) throw invalidResponse(`${what} without "${key}"`);
  if (value.length > longestList) throw invalidResponse(`${what} with ${value.length} entries in "${key}"`);
  return value;
}

/** The strings of a list member; absent or wrong is an empty list. */
export function stringsOf(from: JsonObject, key: string): readonly string[] {
  const value = from[key];
  if (!Array.isArray(value)) return [];
  return value.slice(0, longestList).filter((one): one is string => typeof one === 'string');
}

/** The member as a URL that `policy` lets us use, or an error. */
export function requiredUrl(from: JsonObject, key: string, what: string, policy: UrlPolicy): string {
  return policy.check(requiredString(from, key, what), `"${key}" of ${what}`);
}

/** As {@link requiredUrl}; absent (or null) stays absent, but a wrong URL is still an error. */
export function optionalUrl(from: JsonObject, key: string, what: string, policy: UrlPolicy): string | undefined {
  return from[key] === undefined || from[key] === null ? undefined : requiredUrl(from, key, what, policy);
}

// RFC 3339 §5.6; `Date` alone would also take "2026" or "Nov 20".
const instant = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)$/;

/** The member as an instant; absent or unreadable counts as absent, since every such member is informative. */
export function optionalDate(from: JsonObject, key: string): Date | undefined {
  const text = optionalString(from, key);
  return text === undefined ? undefined : parseInstant(text);
}

/** An RFC 3339 instant, or undefined. */
export function parseInstant(text: string): Date | undefined {
  if (!instant.test(text)) return undefined;
  const date = new Date(text.toUpperCase());
  return Number.isNaN(date.getTime()) ? undefined : date;
}

/** An identifier of type dns or ip in our canonical form; undefined for types we do not know. */
export function parseServerIdentifier(value: unknown, what: string): Identifier | undefined {
  const from = objectOf(value, `an identifier in ${what}`);
  const type = requiredString(from, 'type', `an identifier in ${what}`);
  const text = requiredString(from, 'value', `an identifier in ${what}`);
  if (type !== 'dns' && type !== 'ip') return undefined;
  let parsed: Identifier;
  try {
    parsed = parseIdentifier(text);
  } catch (cause) {
    throw invalidResponse(`an identifier in ${what} that is no name: "${printable(text, 100)}"`, cause);
  }
  if (parsed.type !== type) throw invalidResponse(`an identifier in ${what} of type "${type}" that is none: "${printable(text, 100)}"`);
  return parsed;
}
