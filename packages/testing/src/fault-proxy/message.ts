// An HTTP answer held in memory, the thing that faults change on its way to the client.
import type { IncomingMessage } from 'node:http';

/** Header fields by lower-case name; several fields of one name are a list. */
export type Headers = Readonly<Record<string, string | readonly string[]>>;

/** An answer read whole. */
export interface HeldAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Buffer;
}

/** They belong to one connection (RFC 9110 §7.6.1) and are made anew for the next. */
const connectionFields = new Set(['connection', 'keep-alive', 'transfer-encoding', 'content-length', 'upgrade', 'te', 'trailer']);

/** The fields that travel on to the other side. */
export function endToEndHeaders(headers: Readonly<Record<string, string | readonly string[] | undefined>>): Headers {
  const kept: Record<string, string | readonly string[]> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || connectionFields.has(name)) continue;
    const only = typeof value === 'string' ? value : value.length === 1 ? value[0] : undefined;
    kept[name] = only ?? value;
  }
  return kept;
}

const longestBody = 4 * 1024 * 1024;

/** Reads the body of a request or an answer. */
export async function readBody(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > longestBody) throw new Error(`a message is longer than ${longestBody} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** All values of a field, one per element. */
export function headerValues(headers: Headers, name: string): readonly string[] {
  const value = headers[name];
  if (value === undefined) return [];
  return typeof value === 'string' ? [value] : value;
}

/** The JSON object in a body; undefined when it holds anything else. */
export function jsonObject(body: Uint8Array): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(body).toString('utf8'));
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
