// Reading a resource again until it is final (RFC 8555 §7.5.1): soon at first, then ever slower, or when the server says.
import { type Clock, isAbort } from '@certward/base';

import { AcmeError } from './errors.ts';
import type { CallOptions } from './types.ts';
import type { WakeSource } from './wake.ts';

/** How long and how eagerly to poll. */
export interface PollOptions extends CallOptions {
  /**
   * Patience: how long to poll in all. Default 5 minutes; a server that asks for a longer wait gets `waitTooLong` with
   * its Retry-After, so that the caller can come back in another run.
   */
  readonly timeoutMs?: number;
  /** Polls at once when it fires. */
  readonly wake?: WakeSource | undefined;
}

/** One look at the resource: the outcome once it is final. */
export interface Look<T> {
  readonly done?: { readonly value: T };
  readonly retryAfterSeconds: number | undefined;
}

/** Patience when the caller names none: longer than any validation or issuance seen that did not ask for more. */
export const defaultPollTimeoutMs = 5 * 60_000;

/**
 * Pauses without Retry-After. A CA on the same machine is done in milliseconds, a public one in one to ten seconds: the
 * first looks are cheap and usually enough, later ones stay under one request in five seconds.
 */
const pausesMs = [15, 50, 100, 200, 400, 800, 1_500, 2_500] as const;
const longestPauseMs = 5_000;

/** After a wake-up: a CA on the same machine needs this long from its request to its verdict; asking sooner is a wasted request. */
const verdictMs = 8;

/** After a wake-up so many looks ignore Retry-After: the first request of the CA comes a moment before its verdict. */
const looksAfterWake = 4;

/**
 * Calls `look` until it is done. Throws `pollTimeout` when patience ends, `waitTooLong` when the server's Retry-After
 * reaches beyond it, and whatever `look` throws. `awaited` names the resource for messages.
 */
export async function poll<T>(
  awaited: string,
  look: (count: number) => Promise<Look<T>>,
  options: PollOptions & { readonly clock: Clock; readonly firstRetryAfterSeconds?: number | undefined },
): Promise<T> {
  const { clock, timeoutMs = defaultPollTimeoutMs, wake, signal, firstRetryAfterSeconds } = options;
  const endMs = clock.monotonicMs() + timeoutMs;
  const bell = new Bell(wake);
  try {
    let step = 0;
    let asked = firstRetryAfterSeconds;
    for (let count = 1; ; count++) {
      const leftMs = endMs - clock.monotonicMs();
      const isWoken = bell.takeCredit();
      if (asked !== undefined && asked * 1000 > leftMs && !isWoken) throw tooLong(awaited, asked);
      if (leftMs <= 0) throw timedOut(awaited, timeoutMs);
      // A Retry-After of 0 means "any time": our own pauses apply.
      const pauseMs = asked !== undefined && asked > 0 && !isWoken ? asked * 1000 : (pausesMs[step++] ?? longestPauseMs);
      if (await bell.sleep(clock, Math.min(pauseMs, leftMs), signal)) {
        step = 0;
        await clock.sleep(Math.min(verdictMs, leftMs), { signal });
      }
      const { done, retryAfterSeconds } = await look(count);
      if (done !== undefined) return done.value;
      asked = retryAfterSeconds;
    }
  } finally {
    bell.stop();
  }
}

/** Listens to the wake source and cuts sleeps short. */
class Bell {
  #rings = 0;
  #credit = 0;
  #interrupt: (() => void) | undefined;
  readonly #unsubscribe: (() => void) | undefined;

  constructor(source: WakeSource | undefined) {
    this.#unsubscribe = source?.subscribe(() => {
      this.#rings++;
      this.#interrupt?.();
    });
  }

  /** Whether this look may ignore Retry-After because something happened lately. */
  takeCredit(): boolean {
    if (this.#rings > 0) {
      this.#rings = 0;
      this.#credit = looksAfterWake;
    }
    return this.#credit > 0 && this.#credit-- > 0;
  }

  /** Sleeps; true when a ring cut it short. */
  async sleep(clock: Clock, ms: number, signal: AbortSignal | undefined): Promise<boolean> {
    if (this.#unsubscribe === undefined) {
      await clock.sleep(ms, { signal });
      return false;
    }
    const controller = new AbortController();
    this.#interrupt = () => controller.abort();
    try {
      await clock.sleep(ms, { signal: signal === undefined ? controller.signal : AbortSignal.any([signal, controller.signal]) });
      return false;
    } catch (error) {
      if (!isAbort(error, controller.signal) || signal?.aborted === true) throw error;
      return true;
    } finally {
      this.#interrupt = undefined;
    }
  }

  stop(): void {
    this.#unsubscribe?.();
  }
}

function tooLong(awaited: string, afterSeconds: number): AcmeError {
  return new AcmeError('waitTooLong', `the ca asks to wait ${afterSeconds} s for ${awaited}`, {
    retry: { afterSeconds },
    hint: 'come back after that time: the order stays as it is',
    details: { awaited },
  });
}

function timedOut(awaited: string, timeoutMs: number): AcmeError {
  return new AcmeError('pollTimeout', `${awaited} was not done after ${timeoutMs / 1000} s`, {
    retry: 'now',
    details: { awaited, timeoutMs },
    hint: 'the ca is still working on it: the same order can be polled again',
  });
}
