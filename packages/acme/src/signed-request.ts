// Signed requests (RFC 8555 §6.2–6.5): one fresh JWS per attempt, never the same bytes twice.
// What may be repeated follows the reaction table; what must not be sent twice throws `replyLost` instead.
import { publicJwk, signJws } from '@certward/pki';

import { type AcmeError, isProblem, ReplyLostError } from './errors.ts';
import { type Expected, locationOf, type ReadReply, type Reply } from './reply.ts';
import { type Failure, failedOnTheWay, mostChainBytes, mostJsonBytes, type Session, type Signer } from './session.ts';
import { headerOf, TransportError } from './transport.ts';
import type { CallOptions } from './types.ts';

/** Refusals in a row that are answered at once with the error's own nonce; then the pause of any passing fault. */
const mostNonceRefusals = 10;

/** Before a request that must not be lost, an older nonce is dropped: fetching one proves that the connection lives. */
const freshForOnceMs = 10_000;

/** A signed request. */
export interface SignedRequest {
  readonly url: string;
  readonly signer: Signer;
  /** JSON payload; undefined is POST-as-GET (§6.3). */
  readonly payload?: unknown;
  readonly expected?: Expected;
  /** What a person would call it, for errors: "the order". */
  readonly what: string;
  /** Never send it again once it may have arrived: throws {@link ReplyLostError} instead. */
  readonly once?: boolean;
  /** Problem types to throw at once although they usually pass. */
  readonly giveUpOn?: readonly string[];
}

/**
 * Sends a signed request until it succeeds or fails for good. Outcomes: the reply; an `AcmeProblem`; `replyLost`;
 * `network`, `invalidResponse`, `nonceUnavailable`, `redirectRefused`; the signal's reason.
 */
export async function sendSigned(session: Session, request: SignedRequest, { signal }: CallOptions): Promise<Reply> {
  let nonce: string | undefined;
  let refusals = 0;
  for (let attempt = 1; ; ) {
    signal?.throwIfAborted();
    nonce ??= session.nonces.take(request.once === true ? freshForOnceMs : undefined) ?? (await session.fetchNonce({ signal }));
    // The nonce came with the server's time: the last moment at which nothing has been done yet.
    if (request.once === true) session.checkClock();
    const outcome = await attemptOnce(session, request, { nonce, attempt, signal });
    nonce = undefined;
    if ('reply' in outcome) return outcome.reply;
    const refused = isProblem(outcome.error, 'badNonce');
    if (refused && refusals < mostNonceRefusals) {
      refusals++;
      // §6.5: the error's own nonce is the one to use. Without one, newNonce has to be asked.
      nonce = outcome.nonce;
      continue;
    }
    if (refused) session.nonces.clear();
    else if (outcome.nonce !== undefined) session.nonces.put(outcome.nonce);
    if (isLost(request, outcome)) throw new ReplyLostError(request.what, { cause: outcome.error, location: outcome.location, details: { url: request.url } });
    const pause = mayRepeat(request, outcome.error) ? session.pauseAfter(outcome, attempt) : undefined;
    if (pause === undefined) throw outcome.error;
    session.options.log.debug('acme request repeated', { url: request.url, attempt, code: outcome.error.code, pauseMs: Math.round(pause) });
    attempt++;
    refusals = 0;
    await session.clock.sleep(pause, { signal });
  }
}

type Outcome = { readonly reply: Reply } | (Failure & { readonly nonce: string | undefined });

async function attemptOnce(
  session: Session,
  request: SignedRequest,
  { nonce, attempt, signal }: { nonce: string; attempt: number; signal: AbortSignal | undefined },
): Promise<Outcome> {
  const { url, expected = 'json' } = request;
  const maxBytes = expected === 'chain' ? mostChainBytes : mostJsonBytes;
  try {
    const accept = expected === 'chain' ? 'application/pem-certificate-chain' : 'application/json';
    const response = await session.send('POST', url, { signal, body: signedBody(request, nonce), accept, maxBytes });
    const fresh = session.nonces.accept(headerOf(response.headers, 'replay-nonce'));
    const read: ReadReply = await session.read(response, url, { expected, attempt, maxBytes });
    if ('error' in read) return { ...read, nonce: fresh };
    if (fresh !== undefined) session.nonces.put(fresh);
    return read;
  } catch (error) {
    const failure = failedOnTheWay(error, signal);
    const headers = error instanceof TransportError ? error.partial?.headers : undefined;
    return { ...failure, nonce: undefined, location: headers === undefined ? undefined : locationOf(headers, url, session.policy) };
  }
}

function signedBody({ signer, url, payload }: SignedRequest, nonce: string): string {
  const { key, accountUrl } = signer;
  // §6.2: exactly one of jwk and kid; the bare key for newAccount and for revocation by certificate key.
  const who = accountUrl === undefined ? { jwk: publicJwk(key) } : { kid: accountUrl };
  return JSON.stringify(signJws({ key, protected: { ...who, nonce, url }, payload: payload === undefined ? '' : JSON.stringify(payload) }));
}

/**
 * Whether the server may have acted although we do not know how: the connection broke after the request went out, or
 * the answer cannot be read. A 503 is a refusal at the door, and so is any client error.
 */
function isLost(request: SignedRequest, { error, unreadable }: Failure): boolean {
  if (request.once !== true || !unreadable) return false;
  if (error instanceof TransportError) return error.requestMayHaveArrived;
  if (isProblem(error)) return error.status >= 500 && error.status !== 503;
  return true;
}

function mayRepeat(request: SignedRequest, error: AcmeError): boolean {
  return !(isProblem(error) && request.giveUpOn?.includes(error.type) === true);
}
