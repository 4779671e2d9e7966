// Cancellation and deadlines. Abort is not failure: rethrow the reason, do not retry, do not log it as an error.
// The only place that inspects error names to tell an abort from a failure.
import { AppError } from './errors.ts';

/** Something awaited did not come in time. Distinct from an abort, which is somebody's wish. */
export class TimeoutError extends AppError<'timeout'> {
  override readonly name = 'TimeoutError';
  constructor(awaited: string, ms: number) {
    super('timeout', `timed out after ${ms / 1000} s waiting for ${awaited}`, {
      details: { awaited, timeoutMs: ms },
      retry: 'now',
    });
  }
}

/** A signal that never aborts, for callers that need one. */
export const neverSignal: AbortSignal = new AbortController().signal;

/** True when `error` says that `signal` was aborted (or, without a signal, that some abort happened). */
export function isAbort(error: unknown, signal?: AbortSignal): boolean {
  if (error instanceof TimeoutError) return false;
  if (signal !== undefined) return signal.aborted && (error === signal.reason || hasAbortName(error));
  return hasAbortName(error);
}

function hasAbortName(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}

/** A deadline that can be given up: `signal` aborts with a {@link TimeoutError} unless `clear` is called before. */
export interface Deadline extends Disposable {
  readonly signal: AbortSignal;
}

/**
 * A signal that aborts with a {@link TimeoutError} naming `awaited` after `ms`, or with the reason of `signal`.
 * Dispose it (`using`) when the awaited thing came, else its timer lives on; the timer never keeps the program running.
 */
export function deadline(awaited: string, ms: number, signal?: AbortSignal): Deadline {
  const controller = new AbortController();
  // Real time on purpose: a deadline guards against peers that hang, which a moved test clock cannot do.
  const timer = setTimeout(() => controller.abort(new TimeoutError(awaited, ms)), ms);
  timer.unref();
  return {
    signal: signal === undefined ? controller.signal : AbortSignal.any([signal, controller.signal]),
    [Symbol.dispose]: () => clearTimeout(timer),
  };
}

/** Runs `work` under a {@link deadline}; the signal it gets aborts on the deadline or with `signal`. */
export async function withDeadline<T>(
  awaited: string,
  ms: number,
  work: (signal: AbortSignal) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const limit = deadline(awaited, ms, signal);
  try {
    return await work(limit.signal);
  } catch (error) {
    // Libraries wrap the reason in an AbortError of their own; hand back what the deadline meant.
    if (limit.signal.aborted && hasAbortName(error)) throw limit.signal.reason as Error;
    throw error;
  } finally {
    limit[Symbol.dispose]();
  }
}
