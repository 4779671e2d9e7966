// The port that carries requests: tests and programs with their own egress replace it. The real one is https-transport.ts.
import { type AppErrorOptions } from '@certward/base';

import { AcmeError } from './errors.ts';

/** One request. Redirects are never followed at this level, bodies never decoded. */
export interface TransportRequest {
  readonly method: 'GET' | 'HEAD' | 'POST';
  readonly url: string;
  /** Lower-case names. The transport adds nothing but `host`, `content-length` and `connection`. */
  readonly headers: Readonly<Record<string, string>>;
  /** Always sent with Content-Length, never chunked: older servers answer 400 to chunked requests. */
  readonly body?: string;
  /** A longer answer rejects with `responseTooLarge`. */
  readonly maxBytes: number;
  /** For the whole exchange, connecting included. */
  readonly timeoutMs: number;
}

/** Header values by lower-case name. Repeated headers are joined by `, ` or listed. */
export type TransportHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

/** One answer, whatever its status. */
export interface TransportResponse {
  readonly status: number;
  readonly headers: TransportHeaders;
  readonly body: Uint8Array;
  /** True when the connection carried other answers before: this one may then be a late copy of one of those. */
  readonly isReusedConnection?: boolean;
  /** Closes the connection it came on, once what came turned out to be no answer to the request. */
  discard?(): void;
}

/** Carries requests. Must reject with a {@link TransportError}, or with the signal's reason when aborted. */
export interface Transport {
  send(request: TransportRequest, options: { readonly signal?: AbortSignal | undefined }): Promise<TransportResponse>;
  /** Closes idle connections. The transport stays usable. */
  close(): Promise<void>;
}

/** No complete answer came. */
export class TransportError extends AcmeError {
  override readonly name = 'TransportError';
  /** False only where the request surely never reached the server (no connection, failed handshake). */
  readonly requestMayHaveArrived: boolean;
  /** What came before the connection broke. */
  readonly partial: Pick<TransportResponse, 'status' | 'headers'> | undefined;

  constructor(
    message: string,
    options: AppErrorOptions & {
      readonly requestMayHaveArrived: boolean;
      readonly partial?: Pick<TransportResponse, 'status' | 'headers'> | undefined;
      readonly code?: 'network' | 'responseTooLarge';
    },
  ) {
    super(options.code ?? 'network', message, { retry: 'now', ...options });
    this.requestMayHaveArrived = options.requestMayHaveArrived;
    this.partial = options.partial;
  }
}

/** A header as one string, or undefined. */
export function headerOf(headers: TransportHeaders, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' || value === undefined ? value : value.join(', ');
}
