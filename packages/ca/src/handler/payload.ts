// Reads members of a JSON payload: strict on what is used, silent about unknown members. Everything wrong is `malformed`.
import { base64urlDecode } from '@certward/pki';
import { Problem } from '../problem.ts';

/** A JSON object of unknown members. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** True for an object that is neither null nor an array. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The object, or `malformed`. */
export function asObject(value: unknown, what: string): JsonObject {
  if (!isObject(value)) throw new Problem('malformed', `${what} must be a JSON object`);
  return value;
}

/** An own member; a name like `constructor` that was not sent is absent. */
export function member(object: JsonObject, name: string): unknown {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

/** A string member that must be there. */
export function requiredString(object: JsonObject, name: string): string {
  const value = optionalString(object, name);
  if (value === undefined) throw new Problem('malformed', `"${name}" is missing`);
  return value;
}

/** A string member, or undefined. */
export function optionalString(object: JsonObject, name: string): string | undefined {
  const value = member(object, name);
  if (value === undefined || typeof value === 'string') return value;
  throw new Problem('malformed', `"${name}" must be a string`);
}

/** A boolean member, or undefined. */
export function optionalBoolean(object: JsonObject, name: string): boolean | undefined {
  const value = member(object, name);
  if (value === undefined || typeof value === 'boolean') return value;
  throw new Problem('malformed', `"${name}" must be true or false`);
}

/** An array member of at most `limit` elements, or undefined. */
export function optionalArray(object: JsonObject, name: string, limit: number): readonly unknown[] | undefined {
  const value = member(object, name);
  if (value === undefined) return undefined;
  if (!Array.isArray(value)) throw new Problem('malformed', `"${name}" must be an array`);
  if (value.length > limit) throw new Problem('malformed', `"${name}" has ${value.length} elements, at most ${limit} are accepted`);
  return value as readonly unknown[];
}

/** An RFC 3339 instant, or undefined. */
export function optionalInstant(object: JsonObject, name: string): Date | undefined {
  const text = optionalString(object, name);
  if (text === undefined) return undefined;
  const date = new Date(text);
  const isRfc3339 = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/.test(text);
  if (!isRfc3339 || Number.isNaN(date.getTime())) throw new Problem('malformed', `"${name}" must be an RFC 3339 date`);
  return date;
}

/** A base64url member as bytes. */
export function requiredBytes(object: JsonObject, name: string): Uint8Array {
  const text = requiredString(object, name);
  try {
    return base64urlDecode(text);
  } catch (error) {
    throw new Problem('malformed', `"${name}" must be base64url without padding`, { cause: error });
  }
}
