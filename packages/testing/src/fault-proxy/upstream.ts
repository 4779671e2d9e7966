// The proxy's own requests to the server behind it.
import { Agent as HttpAgent, type RequestOptions, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { type HeldAnswer, type Headers, endToEndHeaders, readBody } from './message.ts';

/** A request as the client sent it, its Host field included. */
export interface UpstreamRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Headers;
  readonly body: Buffer;
}

/** A sender with connections that stay open. */
export function createUpstream(target: URL, trustedCaPem: string | undefined) {
  const secure = target.protocol === 'https:';
  const agent = secure
    ? new HttpsAgent({ keepAlive: true, ...(trustedCaPem === undefined ? {} : { ca: trustedCaPem }) })
    : new HttpAgent({ keepAlive: true });
  const ask = ({ method, path, headers, body }: UpstreamRequest): Promise<HeldAnswer> =>
    new Promise((resolve, reject) => {
      const options: RequestOptions = {
        host: target.hostname,
        port: target.port,
        method,
        path,
        agent,
        headers: { ...headers, ...(body.length > 0 ? { 'content-length': body.length } : {}) },
      };
      const outgoing = (secure ? httpsRequest : httpRequest)(options, (answer) => {
        readBody(answer).then(
          (content) => resolve({ status: answer.statusCode ?? 502, headers: endToEndHeaders(answer.headersDistinct), body: content }),
          reject,
        );
      });
      outgoing.once('error', reject);
      outgoing.end(body);
    });
  return { ask, close: () => agent.destroy() };
}
