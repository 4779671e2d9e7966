// Step `finalize`: hand in the CSR and wait for the certificate (RFC 8555 §7.4). From here on the CA may have issued, so
// whatever goes wrong, the journal keeps key and order.
import { AcmeError, OrderError } from '@certward/acme';
import type { Attempt } from '../attempt.ts';
import { certificateRequest, keepKeyAndIntent } from '../certificate-key.ts';
import { IssuanceError } from '../errors.ts';
import type { Step } from './step.ts';

/** Default of `issuanceTimeoutMs`, as Certbot's. */
const defaultTimeoutMs = 90_000;

/** Brings the order to `valid`. Throws `issuancePending` when the CA takes longer than the patience of the request. */
export const finalizeStep: Step = {
  name: 'finalize',
  message: 'asking for the certificate',
  async run(attempt) {
    if (attempt.certificatePem !== undefined) return;
    const { order, request, signal } = attempt;
    if (order.state.status === 'ready') await finalize(attempt);
    const timeoutMs = request.issuanceTimeoutMs ?? defaultTimeoutMs;
    try {
      await order.pollUntilValid({ timeoutMs, signal });
    } catch (error) {
      throw asPending(error, order.url);
    }
  },
};

async function finalize(attempt: Attempt): Promise<void> {
  await keepKeyAndIntent(attempt);
  const csr = await certificateRequest(attempt);
  await attempt.order.finalize(csr, { signal: attempt.signal });
}

function asPending(error: unknown, order: string): unknown {
  if (error instanceof OrderError) {
    return new IssuanceError('issuanceFailed', 'the certificate authority gave the order up while issuing', {
      cause: error,
      details: { order },
      retry: { afterSeconds: 60 },
    });
  }
  if (!(error instanceof AcmeError) || (error.code !== 'pollTimeout' && error.code !== 'waitTooLong')) return error;
  return new IssuanceError('issuancePending', 'the certificate authority is still working on the certificate', {
    cause: error,
    details: { order },
    hint: 'run again later, the order is kept and will be picked up; --issuance-timeout waits longer',
    retry: error.retry,
  });
}
