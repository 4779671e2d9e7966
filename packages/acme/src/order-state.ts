// Reading order objects (RFC 8555 §7.1.3) out of JSON.
import type { Identifier } from '@certward/pki';

import {
  invalidResponse,
  type JsonObject,
  objectOf,
  optionalDate,
  optionalObject,
  optionalString,
  optionalUrl,
  parseServerIdentifier,
  requiredList,
  requiredString,
  requiredUrl,
} from './fields.ts';
import { printable } from './printable.ts';
import { parseProblem } from './problem.ts';
import type { OrderState, Problem } from './types.ts';
import type { UrlPolicy } from './url-policy.ts';

/** Reads an order. Identifiers of unknown type are left out. Throws `invalidResponse` or `urlRefused`. */
export function parseOrder(value: unknown, policy: UrlPolicy): OrderState {
  const from = objectOf(value, 'an order');
  const common = {
    identifiers: parseIdentifiers(from),
    authorizations: requiredList(from, 'authorizations', 'an order').map((url) => requiredUrl({ url }, 'url', 'an authorization in an order', policy)),
    finalize: requiredUrl(from, 'finalize', 'an order', policy),
    ...dates(from),
    ...texts(from),
  };
  const certificate = optionalUrl(from, 'certificate', 'an order', policy);
  const errorObject = optionalObject(from, 'error');
  const error: { error?: Problem } = errorObject === undefined ? {} : { error: parseProblem(errorObject, 400) };
  const status = requiredString(from, 'status', 'an order');
  switch (status) {
    case 'pending':
    case 'ready':
    case 'processing':
      return { ...common, ...error, status };
    case 'valid':
      // Some servers set the state a moment before the URL: until it is there, the order is not done.
      return certificate === undefined ? { ...common, status: 'processing' } : { ...common, status, certificate };
    case 'invalid':
    // Not states of an order, yet servers have shown them for dead ones.
    case 'deactivated':
    case 'expired':
    case 'revoked':
      return { ...common, ...error, status: 'invalid' };
    default:
      throw invalidResponse(`an order in the unknown state "${printable(status, 40)}"`);
  }
}

function parseIdentifiers(from: JsonObject): Identifier[] {
  return requiredList(from, 'identifiers', 'an order').flatMap((one) => parseServerIdentifier(one, 'an order') ?? []);
}

function dates(from: JsonObject): { expires?: Date; notBefore?: Date; notAfter?: Date } {
  const entries = (['expires', 'notBefore', 'notAfter'] as const).map((key) => [key, optionalDate(from, key)] as const);
  return Object.fromEntries(entries.filter(([, date]) => date !== undefined));
}

function texts(from: JsonObject): { profile?: string; replaces?: string } {
  const entries = (['profile', 'replaces'] as const).map((key) => [key, optionalString(from, key)] as const);
  return Object.fromEntries(entries.flatMap(([key, text]) => (text === undefined ? [] : [[key, printable(text, 200)]])));
}
