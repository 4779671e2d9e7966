// From the transport's bytes to a checked answer: content type, JSON, problem document, Location, Retry-After.
import { AcmeError, AcmeProblem } from './errors.ts';
import { invalidResponse } from './fields.ts';
import { parseProblem } from './problem.ts';
import { parseRetryAfter, retryAfterInText } from './retry-after.ts';
import { headerOf, type TransportHeaders, type TransportResponse } from './transport.ts';
import type { UrlPolicy } from './url-policy.ts';

/** What a request expects in the body of a success: `none` ignores it. */
export type Expected = 'json' | 'chain' | 'none';

/** A success. */
export interface Reply {
  readonly url: string;
  readonly status: number;
  readonly headers: TransportHeaders;
  /** Parsed body where JSON was expected, else undefined. Unchecked: parse it into a domain type at once. */
  readonly json: unknown;
  /** Body text where a chain was expected, else empty. */
  readonly text: string;
  /** The Location header as an absolute URL that the policy accepts. */
  readonly location: string | undefined;
  readonly retryAfterSeconds: number | undefined;
}

/** A success, or the error to throw; `unreadable` when the status alone says what happened. */
export type ReadReply =
  | { readonly reply: Reply }
  | { readonly error: AcmeError; readonly retryAfterSeconds: number | undefined; readonly unreadable: boolean; readonly location: string | undefined };

/** Turns a response into a {@link ReadReply}. Never throws for anything the server sent. */
export async function readReply(
  response: TransportResponse,
  context: {
    readonly url: string;
    readonly expected: Expected;
    readonly policy: UrlPolicy;
    readonly now: Date;
    readonly attempt: number;
    readonly maxBytes: number;
  },
): Promise<ReadReply> {
  const { status, headers } = response;
  const location = locationOf(headers, context.url, context.policy);
  const retryAfterSeconds = parseRetryAfter(headerOf(headers, 'retry-after'), context.now);
  const failed = (error: AcmeError, unreadable: boolean, after = retryAfterSeconds): ReadReply => ({ error, unreadable, location, retryAfterSeconds: after });
  if (status >= 300 && status < 400) return failed(redirectRefused(status), false);
  let text: string;
  try {
    text = await textOf(response, context.maxBytes);
  } catch (cause) {
    return failed(status < 300 ? invalidResponse('a body that cannot be decoded', cause) : statusProblem(status, context, retryAfterSeconds), true);
  }
  if (status >= 200 && status < 300) {
    const read = readBody(text, headers, context.expected);
    if ('error' in read) return failed(read.error, true);
    return { reply: { url: context.url, status, headers, ...read, location, retryAfterSeconds } };
  }
  const document = parseJson(text);
  if (document === undefined) return failed(statusProblem(status, context, retryAfterSeconds), true);
  const problem = parseProblem(document, status);
  const after = retryAfterSeconds ?? (problem.type === 'rateLimited' ? retryAfterInText(problem.detail, context.now) : undefined);
  return failed(new AcmeProblem(problem, { retryAfterSeconds: after, url: context.url, attempt: context.attempt }), false, after);
}

/** An HTML page from a proxy and the like: only its status is worth telling (§6.7 leaves room for it). */
function statusProblem(status: number, context: { readonly url: string; readonly attempt: number }, retryAfterSeconds: number | undefined): AcmeProblem {
  const problem = { type: 'about:blank', status, detail: `http status ${status} without a problem document`, subproblems: [] };
  return new AcmeProblem(problem, { retryAfterSeconds, url: context.url, attempt: context.attempt });
}

function readBody(text: string, headers: TransportHeaders, expected: Expected): { json: unknown; text: string } | { error: AcmeError } {
  if (expected === 'none') return { json: undefined, text: '' };
  const mediaType = (headerOf(headers, 'content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (expected === 'chain') {
    // §7.4.2; the parameters that some servers append are ignored.
    if (mediaType !== 'application/pem-certificate-chain') return { error: invalidResponse(`a certificate chain as "${shown(mediaType)}"`) };
    return { json: undefined, text };
  }
  if (mediaType !== 'application/json' && !/^application\/[\w.-]+\+json$/.test(mediaType)) {
    return { error: invalidResponse(`"${shown(mediaType)}" where JSON was due`) };
  }
  const json = parseJson(text);
  return json === undefined ? { error: invalidResponse('JSON that cannot be read') } : { json, text: '' };
}

function shown(mediaType: string): string {
  return mediaType === '' ? 'no content type' : mediaType.slice(0, 100).replaceAll(/[^\x20-\x7e]/g, '?');
}

/** Parsed JSON, or undefined; bare `null` counts as unreadable, nothing in ACME is. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) ?? undefined;
  } catch {
    return undefined;
  }
}

async function textOf({ headers, body }: TransportResponse, maxBytes: number): Promise<string> {
  const encoding = headerOf(headers, 'content-encoding')?.trim().toLowerCase();
  if (encoding === undefined || encoding === '' || encoding === 'identity') return new TextDecoder().decode(body);
  if (encoding !== 'gzip' && encoding !== 'x-gzip') throw new Error(`content encoding "${encoding.slice(0, 40)}"`);
  // We ask for identity; some middleboxes compress all the same, and the nonce error inside must not be lost.
  const { gunzip } = await import('node:zlib');
  return await new Promise((resolve, reject) => {
    gunzip(body, { maxOutputLength: maxBytes }, (error, bytes) => (error === null ? resolve(bytes.toString('utf8')) : reject(error)));
  });
}

/** The Location header, made absolute; undefined where it is absent or refused. */
export function locationOf(headers: TransportHeaders, base: string, policy: UrlPolicy): string | undefined {
  const text = headerOf(headers, 'location')?.trim();
  if (text === undefined || text === '') return undefined;
  try {
    // An absolute URL is kept byte for byte (§6.4); only a relative reference (RFC 9110 §10.2.2) is resolved.
    return policy.check(URL.canParse(text) ? text : new URL(text, base).href, 'the Location of an answer');
  } catch {
    return undefined;
  }
}

function redirectRefused(status: number): AcmeError {
  return new AcmeError('redirectRefused', `the server answered with a redirect (http status ${status})`, {
    hint: 'signed requests are bound to their url and never follow redirects: check the directory url',
  });
}
