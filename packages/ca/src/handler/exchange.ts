// Requests and answers without sockets, and what a route sees once the pipeline has checked a request.
import type { KeyObject } from 'node:crypto';
import type { Jwk } from '@certward/pki';
import type { CaContext } from '../context.ts';
import type { AccountRecord } from '../model.ts';

/** An HTTP request as the handler takes it. */
export interface CaRequest {
  readonly method: string;
  /** Path and query, exactly as on the request line. */
  readonly path: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Uint8Array;
  readonly remoteAddress?: string;
}

/** The answer. */
export interface CaResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: string | Uint8Array;
  /** Hostile mode: the work was done, but the connection is to be cut instead of answered. */
  readonly lost?: true;
}

/** What every route gets. */
export interface Exchange {
  readonly ca: CaContext;
  readonly request: CaRequest;
  /** The parameters of the route's path. */
  readonly params: Readonly<Record<string, string>>;
}

/** A signed request. */
export interface SignedExchange extends Exchange {
  /** The request's own URL, as signed. */
  readonly url: string;
  /** The parsed payload; undefined for POST-as-GET (RFC 8555 §6.3). */
  readonly payload: Readonly<Record<string, unknown>> | undefined;
}

/** Signed by a registered account (`kid`), which is valid. */
export interface AccountExchange extends SignedExchange {
  readonly account: AccountRecord;
}

/** Signed by a key that came along (`jwk`). */
export interface KeyExchange extends SignedExchange {
  readonly jwk: Jwk;
  readonly key: KeyObject;
}

/** Signed either way: only revocation allows both (RFC 8555 §7.6). */
export type SignerExchange = SignedExchange & { readonly signer: Signer };

/** Who signed a request. */
export type Signer =
  | { readonly by: 'account'; readonly account: AccountRecord; readonly key: KeyObject }
  | { readonly by: 'key'; readonly jwk: Jwk; readonly key: KeyObject };
