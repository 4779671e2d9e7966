// After a failure: is the order worth coming back to, or is it given up and its traces removed?
import { AcmeError, AcmeProblem, reactionTo } from '@certward/acme';
import { describeError, isAbort, TimeoutError, withDeadline } from '@certward/base';
import type { Attempt } from './attempt.ts';
import { deactivateAuthorizations } from './dry-run.ts';
import { IssuanceError } from './errors.ts';

/** Giving up politely must not keep a person waiting who pressed Ctrl-C. */
const deactivationTimeoutMs = 10_000;

/** Keeps the order in the journal where the next run can continue it; otherwise ends its authorizations and forgets it. */
export async function abandonOrder(attempt: Attempt, error: unknown): Promise<void> {
  const { journal, deps } = attempt;
  if (isWorthResuming(attempt, error)) {
    deps.log.info('order kept for the next run', { id: journal.entry.id, order: attempt.hasOrder ? attempt.order.url : undefined });
    await journal.save().catch((reason: unknown) => {
      deps.log.warn('journal entry not updated after clean-up', { id: journal.entry.id, reason: describeError(reason) });
    });
    return;
  }
  if (attempt.hasOrder) {
    // Leaked pending authorizations count against a quota at some CAs; valid ones are useful to the next order.
    const statuses = attempt.request.dryRun === true ? (['pending', 'valid'] as const) : (['pending'] as const);
    await withDeadline('authorizations to be deactivated', deactivationTimeoutMs, (signal) =>
      deactivateAuthorizations(attempt, statuses, signal),
    ).catch(() => undefined);
  }
  await journal.forgetOrder().catch((reason: unknown) => {
    deps.log.warn('journal entry not removed', { id: journal.entry.id, reason: describeError(reason) });
  });
}

/** Codes of the ACME client after which the same order can still succeed. */
const passingCodes: readonly string[] = ['network', 'replyLost', 'invalidResponse', 'responseTooLarge', 'nonceUnavailable', 'waitTooLong', 'pollTimeout'];

function isWorthResuming(attempt: Attempt, error: unknown): boolean {
  const { entry } = attempt.journal;
  if (entry.certificatePem !== undefined) return !(error instanceof IssuanceError && error.code === 'certificateMismatch');
  if (error instanceof AcmeProblem) {
    const { class: kind } = reactionTo(error.type, error.status);
    // Refused before there was an order: nothing to come back to.
    return entry.order.state === 'created' && (kind === 'transient' || kind === 'wait' || kind === 'state');
  }
  // Nothing was sent, and the order can go on once the clock is right.
  if (error instanceof AcmeError && error.code === 'clockWrong') return entry.order.state === 'created';
  if (error instanceof AcmeError) return entry.order.state !== 'none' && passingCodes.includes(error.code);
  if (error instanceof IssuanceError) return error.code === 'issuancePending' || error.code === 'validationTimeout';
  if (isAbort(error, attempt.signal)) return entry.finalizing;
  return entry.finalizing || error instanceof TimeoutError;
}
