// The ACME traffic of a run in its log: requests with their signed objects read out, answers as they came. Signatures and the
// MAC of an external account binding are left out; keys never travel.
import type { Transport, TransportRequest, TransportResponse } from '@certward/acme';
import type { Log } from '@certward/base';

/** Longer answers are cut in the log; a chain of a dozen certificates fits. */
const longestBody = 64 * 1024;

/** Headers that tell something; the others are the same each time. */
const toldHeaders = ['content-type', 'location', 'link', 'replay-nonce', 'retry-after', 'date'];

/** A transport that writes to the log what `inner` carries. */
export function logTraffic(inner: Transport, log: Log): Transport {
  return {
    async send(request, options) {
      log.debug('request', { method: request.method, url: request.url, ...signedObject(request) });
      const response = await inner.send(request, options);
      log.debug('answer', { url: request.url, status: response.status, headers: headersOf(response), body: bodyOf(response) });
      return response;
    },
    close: () => inner.close(),
  };
}

/** The protected header and the payload of a flattened JWS (RFC 7515 §7.2.2). */
function signedObject({ body }: TransportRequest): Readonly<Record<string, unknown>> {
  if (body === undefined) return {};
  const jws = tryParse(body);
  return isRecord(jws) ? { protected: decode(jws['protected']), payload: decode(jws['payload']) } : {};
}

function decode(part: unknown): unknown {
  if (typeof part !== 'string' || part === '') return part;
  return withoutSignatures(tryParse(Buffer.from(part, 'base64url').toString('utf8')));
}

/** Signed objects inside signed objects: bindings to a customer account (RFC 8555 §7.3.4), key changes (§7.3.5). */
function withoutSignatures(value: unknown): unknown {
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, key === 'signature' ? '[removed]' : withoutSignatures(inner)]));
}

function headersOf({ headers }: TransportResponse): Readonly<Record<string, unknown>> {
  return Object.fromEntries(toldHeaders.flatMap((name) => (headers[name] === undefined ? [] : [[name, headers[name]]])));
}

function bodyOf({ body }: TransportResponse): string {
  const text = Buffer.from(body.buffer, body.byteOffset, Math.min(body.length, longestBody)).toString('utf8');
  return body.length > longestBody ? `${text}… (${body.length} bytes)` : text;
}

function tryParse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
