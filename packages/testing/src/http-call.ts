// One HTTP(S) request of the test-bed's own: readiness probes and management interfaces. Nothing of the client under test.
import { request as httpRequest } from 'node:http';
import { type RequestOptions, request as httpsRequest } from 'node:https';
import { withDeadline } from '@certward/base';

/** What {@link callHttp} sends. */
export interface HttpCall {
  /** Default GET, or POST with a body. */
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Roots that the server's certificate is checked against. */
  readonly trustedCaPem?: string | undefined;
  /** Default 5 s, for the whole exchange. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal | undefined;
}

/** An answer, read whole. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

/** Sends one request on a connection of its own. */
export function callHttp(url: string, call: HttpCall = {}): Promise<HttpAnswer> {
  const { timeoutMs = 5_000, signal } = call;
  return withDeadline(`an answer from ${url}`, timeoutMs, (limit) => exchange(url, call, limit), signal);
}

function exchange(url: string, call: HttpCall, signal: AbortSignal): Promise<HttpAnswer> {
  const { body, trustedCaPem } = call;
  const options: RequestOptions = {
    method: call.method ?? (body === undefined ? 'GET' : 'POST'),
    agent: false,
    signal,
    headers: {
      'user-agent': 'certward-testbed',
      ...(body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }),
      ...call.headers,
    },
    ...(trustedCaPem === undefined ? {} : { ca: trustedCaPem }),
  };
  return new Promise((resolve, reject) => {
    const send = url.startsWith('https:') ? httpsRequest : httpRequest;
    const outgoing = send(url, options, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.once('error', reject);
      answer.once('end', () =>
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text: Buffer.concat(chunks).toString('utf8') }),
      );
    });
    outgoing.once('error', reject);
    outgoing.end(body);
  });
}
