// Runs the steps of one attempt in order and, when one fails, takes back the steps before it, the last one first.
import { describeError } from '@certward/base';
import type { Attempt } from './attempt.ts';
import { resultOf } from './result.ts';
import type { IssuanceResult } from './request.ts';
import { downloadStep } from './steps/download.ts';
import { finalizeStep } from './steps/finalize.ts';
import { orderStep } from './steps/order.ts';
import { presentStep } from './steps/present.ts';
import { propagateStep } from './steps/propagate.ts';
import { readyStep } from './steps/ready.ts';
import { respondStep } from './steps/respond.ts';
import type { Step } from './steps/step.ts';
import { cleanUpStep, storeStep } from './steps/store.ts';

/** An issuance, in order. */
export const issuanceSteps: readonly Step[] = [
  orderStep,
  presentStep,
  propagateStep,
  respondStep,
  readyStep,
  finalizeStep,
  downloadStep,
  storeStep,
  cleanUpStep,
];

/** Brings `attempt` to its certificate, or throws what stopped it after everything was taken back. */
export async function runSteps(attempt: Attempt): Promise<IssuanceResult> {
  const begun: Step[] = [];
  let result: IssuanceResult | undefined;
  try {
    for (const step of issuanceSteps) {
      if (step !== cleanUpStep && step !== storeStep) attempt.signal?.throwIfAborted();
      // The key leaves the journal with the clean-up.
      if (step === cleanUpStep) result = await resultOf(attempt);
      attempt.emitStep(step.name, step.message);
      begun.push(step);
      await step.run(attempt);
    }
  } catch (error) {
    for (const step of begun.reverse()) {
      await step.undo?.(attempt, error).catch((reason: unknown) => {
        attempt.deps.log.error('step not taken back', { step: step.name, reason: describeError(reason) });
      });
    }
    throw error;
  }
  return { ...(result ?? (await resultOf(attempt))), cleanUpFailures: [...attempt.cleanUpFailures] };
}
