// Answers that stand in for the server's: busy, broken or unreadable ones, as front ends of real CAs send them.
import { gzipSync } from 'node:zlib';
import type { Fault } from './faults.ts';
import type { HeldAnswer } from './message.ts';

const problemType = 'application/problem+json';
const errorPrefix = 'urn:ietf:params:acme:error:';

/** When to come back: a number of seconds, or an instant that is sent as an HTTP date (RFC 9110 §10.2.3). */
export type RetryAfter = number | Date;

function refusal(name: string, answer: HeldAnswer): Fault {
  return { kind: 'refuse', name, answer };
}

function retryAfterField(retryAfter: RetryAfter | undefined): Record<string, string> {
  if (retryAfter === undefined) return {};
  return { 'retry-after': typeof retryAfter === 'number' ? String(retryAfter) : retryAfter.toUTCString() };
}

/** A problem document of the given type, without its common prefix. */
export function problem(status: number, type: string, options: { readonly detail?: string; readonly retryAfter?: RetryAfter } = {}): Fault {
  const document = { type: errorPrefix + type, detail: options.detail ?? `scripted ${type}`, status };
  return refusal(`${status} ${type}`, {
    status,
    headers: { 'content-type': problemType, ...retryAfterField(options.retryAfter) },
    body: Buffer.from(JSON.stringify(document)),
  });
}

/** A page for people, as load balancers answer. */
export function htmlError(status: number, options: { readonly retryAfter?: RetryAfter } = {}): Fault {
  return refusal(`${status} html`, {
    status,
    headers: { 'content-type': 'text/html', ...retryAfterField(options.retryAfter) },
    body: Buffer.from(`<html><head><title>${status}</title></head><body><h1>${status}</h1></body></html>\n`),
  });
}

/** A problem document that is compressed although nobody asked for it. */
export function gzippedProblem(status: number, type: string): Fault {
  return refusal(`${status} gzip ${type}`, {
    status,
    headers: { 'content-type': problemType, 'content-encoding': 'gzip' },
    body: gzipSync(JSON.stringify({ type: errorPrefix + type, detail: `scripted ${type}`, status })),
  });
}

/** A problem document that lacks its type: RFC 9457 §4.2.1 says `about:blank` is meant. */
export function problemWithoutType(status: number): Fault {
  return refusal(`${status} without type`, {
    status,
    headers: { 'content-type': problemType },
    body: Buffer.from(JSON.stringify({ detail: 'something went wrong' })),
  });
}
