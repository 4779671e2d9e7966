// Problem documents (RFC 8555 §6.7, RFC 7807) out of whatever a server, or a proxy in front of it, answers with.
import type { Identifier } from '@certward/pki';

import { type JsonObject, optionalObject, optionalString, parseServerIdentifier, stringsOf } from './fields.ts';
import { printable } from './printable.ts';
import type { Problem } from './types.ts';

const urnPrefix = 'urn:ietf:params:acme:error:';

/** A hundred names may each have a subproblem; nobody reads more. */
const mostSubproblems = 1_000;

/**
 * Reads a problem document. Never throws: an error about an error would hide what happened.
 * `status` is used where the document has none; anything that is no object becomes an `about:blank` problem.
 */
export function parseProblem(value: unknown, status: number): Problem {
  const from: JsonObject = typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
  const subproblems = Array.isArray(from['subproblems']) ? from['subproblems'].slice(0, mostSubproblems) : [];
  return { ...parseOne(from, status), subproblems: subproblems.filter(isObject).map((one) => ({ ...parseOne(one, status), subproblems: [] })) };
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parseOne(from: JsonObject, status: number): Omit<Problem, 'subproblems'> {
  const type = typeOf(optionalString(from, 'type'));
  const detail = printable(optionalString(from, 'detail') ?? optionalString(from, 'title') ?? '');
  const instance = webPage(optionalString(from, 'instance'));
  const identifier = identifierOf(from);
  const algorithms = stringsOf(from, 'algorithms').map((name) => printable(name, 40));
  const actionUrl = instance ?? (type === 'rateLimited' ? selfServiceLink(detail) : undefined);
  return {
    type,
    status: statusOf(from['status'], status),
    detail,
    ...(identifier === undefined ? {} : { identifier }),
    ...(instance === undefined ? {} : { instance }),
    ...(algorithms.length === 0 ? {} : { algorithms }),
    ...(actionUrl === undefined ? {} : { actionUrl }),
  };
}

function typeOf(text: string | undefined): string {
  if (text === undefined || text === '') return 'about:blank';
  return printable(text.startsWith(urnPrefix) ? text.slice(urnPrefix.length) : text, 200);
}

function statusOf(value: unknown, fallback: number): number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 400 && value <= 599 ? value : fallback;
}

function identifierOf(from: JsonObject): Identifier | undefined {
  try {
    return optionalObject(from, 'identifier') === undefined ? undefined : parseServerIdentifier(from['identifier'], 'a problem');
  } catch {
    return undefined;
  }
}

/** Only web pages: the link is shown to people, and a dashboard may make it clickable. */
function webPage(text: string | undefined): string | undefined {
  return text !== undefined && text.length <= 2_048 && /^https?:\/\/[\x21-\x7e]+$/.test(text) && URL.canParse(text) ? text : undefined;
}

/**
 * Let's Encrypt pauses an account for a name after a thousand failures in a row and says so in a rateLimited problem
 * whose only machine-readable part is the link that lifts the pause.
 */
function selfServiceLink(detail: string): string | undefined {
  return webPage(/https:\/\/[^\s"'<>]+\/unpause[^\s"'<>]*/.exec(detail)?.[0]);
}
