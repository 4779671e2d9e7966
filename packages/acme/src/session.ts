// What all resources of one CA share: transport, nonces, directory, clock, limits. Signed requests are in signed-request.ts.
import type { KeyObject } from 'node:crypto';

import { backoffDelay, type Clock, isAbort, type Log, type Random } from '@certward/base';

import { DirectorySource, type DirectoryCache } from './directory-source.ts';
import { AcmeError, AcmeProblem } from './errors.ts';
import { NoncePool } from './nonce-pool.ts';
import { type Expected, type ReadReply, readReply, type Reply } from './reply.ts';
import { reactionTo } from './reactions.ts';
import { headerOf, type Transport, TransportError, type TransportResponse } from './transport.ts';
import type { CallOptions, Directory } from './types.ts';
import type { UrlPolicy } from './url-policy.ts';

/** Everything a session needs; defaults are filled in by `createAcmeClient`. */
export interface SessionOptions {
  readonly directoryUrl: string;
  readonly transport: Transport;
  readonly policy: UrlPolicy;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly userAgent: string;
  readonly language: string;
  readonly directoryCache: DirectoryCache | undefined;
  readonly requestTimeoutMs: number;
  /** A Retry-After beyond this is not waited for but thrown. */
  readonly longestWaitMs: number;
  /** See `AcmeClientOptions.longestClockSkewMs`. */
  readonly longestClockSkewMs: number;
  /** Parallel requests when there are many of a kind. */
  readonly connections: number;
}

/** Objects of the protocol are small; 100 names make an order of 20 KB. */
export const mostJsonBytes = 1024 * 1024;
/** A chain of a dozen certificates is 30 KB. */
export const mostChainBytes = 256 * 1024;

/** How often a request that failed for passing reasons is sent in all. */
export const mostAttempts = 3;

/** An account key and, once it is known, the account URL (`kid`). */
export interface Signer {
  readonly key: KeyObject;
  readonly accountUrl?: string;
}

/** The URLs of a directory. */
export type ResourceName = Exclude<keyof Directory, 'meta'>;

/** One CA, as all resource objects see it. */
export class Session {
  readonly options: SessionOptions;
  readonly nonces: NoncePool;
  readonly directorySource: DirectorySource;
  #lastDate: { readonly header: string; readonly at: Date } | undefined;

  constructor(options: SessionOptions) {
    this.options = options;
    this.nonces = new NoncePool(options.clock);
    this.directorySource = new DirectorySource(options, (url, call) => this.get(url, call));
  }

  get policy(): UrlPolicy {
    return this.options.policy;
  }

  get clock(): Clock {
    return this.options.clock;
  }

  directory(options: CallOptions & { readonly refresh?: boolean } = {}): Promise<Directory> {
    return this.directorySource.get(options);
  }

  /** The URL of a resource, or `unsupportedByServer`. */
  async resource(name: ResourceName, options: CallOptions): Promise<string> {
    const url = (await this.directory(options))[name];
    if (url !== undefined) return url;
    throw new AcmeError('unsupportedByServer', `the ca at "${this.options.directoryUrl}" offers no "${name}"`, { details: { resource: name } });
  }

  /**
   * Calls `use` with the URL of a directory resource. Where the server no longer has it there and our directory comes
   * from a cache, the directory is read afresh, and `use` called once more if the URL moved.
   */
  async withResource<T>(name: ResourceName, use: (url: string) => Promise<T>, options: CallOptions): Promise<T> {
    const url = await this.resource(name, options);
    try {
      return await use(url);
    } catch (error) {
      if (!isGone(error) || !this.directorySource.isFromCache) throw error;
      await this.directory({ ...options, refresh: true });
      const moved = await this.resource(name, options);
      if (moved === url) throw error;
      return await use(moved);
    }
  }

  /** How far the CA's clock is ahead of ours, by the Date header of its last answer; undefined before one came. */
  get clockSkewMs(): number | undefined {
    const theirs = Date.parse(this.#lastDate?.header ?? '');
    return this.#lastDate === undefined || Number.isNaN(theirs) ? undefined : theirs - this.#lastDate.at.getTime();
  }

  /** Throws `clockWrong` where the clocks differ by more than is allowed, as far as is known. */
  checkClock(): void {
    const skewMs = this.clockSkewMs ?? 0;
    if (Math.abs(skewMs) <= this.options.longestClockSkewMs) return;
    throw new AcmeError('clockWrong', `the clock of this machine is ${describeSpan(skewMs)} ${skewMs > 0 ? 'behind' : 'ahead of'} that of the ca`, {
      details: { skewMs, directoryUrl: this.options.directoryUrl },
      hint: 'set the clock, for example with "timedatectl set-ntp true", and run again',
    });
  }

  /** An unsigned GET (directory, renewal information), repeated for passing reasons; redirected only within its origin. */
  async get(startUrl: string, { signal, expected = 'json' }: CallOptions & { readonly expected?: Expected } = {}): Promise<Reply> {
    let url = startUrl;
    let redirects = 0;
    for (let attempt = 1; ; attempt++) {
      const outcome = await this.#getOnce(url, expected, attempt, signal);
      if ('reply' in outcome) return outcome.reply;
      if (outcome.error.code === 'redirectRefused' && isSameOrigin(outcome.location, url) && redirects++ < mostRedirects) {
        url = outcome.location;
        continue;
      }
      const pause = this.pauseAfter(outcome, attempt);
      if (pause === undefined) throw outcome.error;
      await this.clock.sleep(pause, { signal });
    }
  }

  async #getOnce(url: string, expected: Expected, attempt: number, signal: AbortSignal | undefined): Promise<ReadReply> {
    try {
      const response = await this.send('GET', url, { signal, accept: 'application/json' });
      const nonce = this.nonces.accept(headerOf(response.headers, 'replay-nonce'));
      if (nonce !== undefined) this.nonces.put(nonce);
      return await this.read(response, url, { expected, attempt });
    } catch (error) {
      return failedOnTheWay(error, signal);
    }
  }

  /** A fresh nonce from newNonce (§7.2). */
  async fetchNonce(options: CallOptions): Promise<string> {
    return await this.withResource('newNonce', (url) => this.#fetchNonceFrom(url, options), options);
  }

  async #fetchNonceFrom(newNonce: string, options: CallOptions): Promise<string> {
    for (let attempt = 1; ; attempt++) {
      const outcome = await this.#headOnce(newNonce, attempt, options.signal);
      if ('nonce' in outcome) return outcome.nonce;
      const pause = this.pauseAfter(outcome, attempt);
      if (pause === undefined) throw outcome.error;
      await this.clock.sleep(pause, options);
    }
  }

  async #headOnce(url: string, attempt: number, signal: AbortSignal | undefined): Promise<{ nonce: string } | Failure> {
    try {
      const response = await this.send('HEAD', url, { signal });
      const nonce = this.nonces.accept(headerOf(response.headers, 'replay-nonce'));
      if (nonce !== undefined) return { nonce };
      const read = await this.read(response, url, { expected: 'none', attempt });
      // A repeated or missing nonce may be one bad node or cache: worth another try, like any passing fault.
      return 'error' in read ? read : { error: this.#noNonce(), unreadable: true, retryAfterSeconds: undefined, location: undefined };
    } catch (error) {
      return failedOnTheWay(error, signal);
    }
  }

  #noNonce(): AcmeError {
    const repeated = this.nonces.repeats > 0;
    return new AcmeError('nonceUnavailable', repeated ? 'the server hands out the same nonce again' : 'the server hands out no usable nonce', {
      hint: repeated ? 'a proxy between here and the ca caches answers: exempt the ca from caching' : 'this url may not be an ACME server',
      retry: 'now',
    });
  }

  /** One request with the headers that every request carries (§6.1). */
  async send(
    method: 'GET' | 'HEAD' | 'POST',
    url: string,
    request: { readonly signal: AbortSignal | undefined; readonly body?: string; readonly accept?: string; readonly maxBytes?: number },
  ): Promise<TransportResponse> {
    const { body, accept = '*/*', maxBytes = mostJsonBytes, signal } = request;
    const response = await this.options.transport.send(
      {
        method,
        url,
        headers: {
          'user-agent': this.options.userAgent,
          'accept-language': this.options.language,
          accept,
          'accept-encoding': 'identity',
          'cache-control': 'no-store',
          ...(body === undefined ? {} : { 'content-type': 'application/jose+json' }),
        },
        ...(body === undefined ? {} : { body }),
        maxBytes,
        timeoutMs: this.options.requestTimeoutMs,
      },
      { signal },
    );
    const date = headerOf(response.headers, 'date');
    if (date !== undefined) this.#lastDate = { header: date, at: this.clock.now() };
    this.#refuseStray(method, url, response);
    return response;
  }

  /**
   * A nonce that came before on a kept connection means that some answer arrived twice: what was read is the copy, and
   * the true answer is still to come. Such a connection is out of step for good, so it is closed.
   */
  #refuseStray(method: string, url: string, response: TransportResponse): void {
    if (response.isReusedConnection !== true || !this.nonces.isRepeated(headerOf(response.headers, 'replay-nonce'))) return;
    response.discard?.();
    // Asking for a nonce does no harm twice, and newNonce knows what to say about caches.
    if (method === 'HEAD') return;
    throw new TransportError('the answer to an earlier request came a second time', {
      requestMayHaveArrived: true,
      details: { method, url },
      hint: 'something between here and the ca repeats answers',
    });
  }

  read(response: TransportResponse, url: string, how: { readonly expected: Expected; readonly attempt: number; readonly maxBytes?: number }): Promise<ReadReply> {
    return readReply(response, { url, policy: this.policy, now: this.clock.now(), maxBytes: mostJsonBytes, ...how });
  }

  /** How long to pause before the next attempt; undefined when there must not be one. */
  pauseAfter(failure: Failure, attempt: number): number | undefined {
    if (attempt >= mostAttempts || !isPassing(failure)) return undefined;
    const backoffMs = backoffDelay(attempt, { random: this.options.random });
    const askedMs = (failure.retryAfterSeconds ?? 0) * 1000;
    return askedMs > this.options.longestWaitMs ? undefined : Math.max(askedMs, backoffMs);
  }
}

function describeSpan(ms: number): string {
  const hours = Math.round(Math.abs(ms) / 3_600_000);
  return hours < 72 ? `${hours} hours` : `${Math.round(hours / 24)} days`;
}

/** Statuses of an address that no longer is what the directory said. */
function isGone(error: unknown): boolean {
  return error instanceof AcmeProblem && (error.status === 404 || error.status === 405 || error.status === 410);
}

/** "/directory" to "/directory/" and the like. */
const mostRedirects = 2;

function isSameOrigin(location: string | undefined, url: string): location is string {
  return location !== undefined && new URL(location).origin === new URL(url).origin;
}

/** A failed attempt. */
export type Failure = Extract<ReadReply, { error: AcmeError }>;

/** What a rejected transport means; an abort is rethrown. */
export function failedOnTheWay(error: unknown, signal: AbortSignal | undefined): Failure {
  if (!(error instanceof AcmeError) || isAbort(error, signal)) throw error;
  return { error, unreadable: true, retryAfterSeconds: undefined, location: undefined };
}

function isPassing({ error, unreadable, retryAfterSeconds }: Failure): boolean {
  if (error instanceof TransportError) return error.code === 'network';
  if (error.code !== 'problem') return unreadable;
  const { action } = reactionTo(String(error.details['type']), Number(error.details['status']));
  // A limit without a time is for a person to read; guessing only burns more of it.
  if (action === 'repeatAfterRetryAfter') return retryAfterSeconds !== undefined || error.details['status'] === 503;
  return action === 'repeatAfterPause' || action === 'repeatWithItsNonce';
}
