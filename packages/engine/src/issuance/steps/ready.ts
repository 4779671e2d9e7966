// Step `ready`: wait for the CA's verdict on the proof. The order is what is polled; authorizations are only read to say
// whose proof failed.
import { AcmeError, AuthorizationError, OrderError, wakeOn } from '@certward/acme';
import type { Attempt } from '../attempt.ts';
import { startKey } from '../certificate-key.ts';
import { IssuanceError } from '../errors.ts';
import { throwValidationFailure } from '../validation-failure.ts';
import type { Step } from './step.ts';

/** Default of `validationTimeoutMs`, as Certbot's. */
const defaultTimeoutMs = 30 * 60_000;

/** How long to wait for the CA's first look before polling by the clock: public CAs look within a second or two. */
const firstLookPatienceMs = 1_500;

/** Waits until the order is ready (or beyond). Throws `validationFailed` or `validationTimeout`. */
export const readyStep: Step = {
  name: 'ready',
  message: 'waiting for the verdict of the certificate authority',
  async run(attempt) {
    if (attempt.certificatePem !== undefined) return;
    startKey(attempt);
    const { order, signal, request, validated } = attempt;
    if (order.state.status !== 'pending') return;
    const timeoutMs = request.validationTimeoutMs ?? defaultTimeoutMs;
    if (validated !== undefined) await waitForLook(attempt, validated);
    try {
      await order.pollUntilReady({ timeoutMs, signal, wake: validated === undefined ? undefined : wakeOn([validated]) });
    } catch (error) {
      if (error instanceof AuthorizationError || error instanceof OrderError) await throwValidationFailure(attempt, error);
      throw asTimeout(error, order.url);
    }
    for (const { ordered } of attempt.tasks) attempt.emit({ type: 'authorization.valid', identifier: ordered, reused: false });
  },
};

/** Asking before the CA has even looked only costs requests; but what it looks at may be somebody else's cache. */
async function waitForLook({ deps, signal }: Attempt, validated: Promise<unknown>): Promise<void> {
  const patience = new AbortController();
  const both = signal === undefined ? patience.signal : AbortSignal.any([signal, patience.signal]);
  const slept = deps.clock.sleep(firstLookPatienceMs, { signal: both });
  try {
    await Promise.race([validated, slept]);
  } finally {
    patience.abort();
    slept.catch(() => undefined);
  }
  signal?.throwIfAborted();
}

function asTimeout(error: unknown, order: string): unknown {
  if (!(error instanceof AcmeError) || (error.code !== 'pollTimeout' && error.code !== 'waitTooLong')) return error;
  return new IssuanceError('validationTimeout', 'the certificate authority has not decided about the proof in time', {
    cause: error,
    details: { order },
    hint: 'run again later: the order is kept and will be continued',
    retry: error.retry,
  });
}
