// Steps `store` and `cleanUp`: hand the certificate over, then leave nothing behind.
import { describeError, withDeadline } from '@certward/base';
import { cleanUpAll } from '../clean-up.ts';
import { deactivateAuthorizations } from '../dry-run.ts';
import { resultOf } from '../result.ts';
import type { Step } from './step.ts';

const deactivationTimeoutMs = 30_000;

/** Calls the caller's `store`, unless this is a dry run. */
export const storeStep: Step = {
  name: 'store',
  message: 'storing the certificate',
  async run(attempt) {
    if (attempt.request.dryRun !== true) await attempt.deps.store(await resultOf(attempt));
  },
};

/** Removes presentations and the journal entry. The certificate is stored: nothing here may fail the issuance. */
export const cleanUpStep: Step = {
  name: 'cleanUp',
  message: 'removing the proof',
  async run(attempt) {
    await cleanUpAll(attempt);
    if (attempt.request.dryRun === true && attempt.hasOrder) {
      // Else the next real issuance would reuse proof that a rehearsal made.
      await withDeadline('authorizations to be deactivated', deactivationTimeoutMs, (signal) =>
        deactivateAuthorizations(attempt, ['pending', 'valid'], signal),
      ).catch(() => undefined);
    }
    await attempt.journal.forgetOrder().catch((error: unknown) => {
      attempt.deps.log.warn('journal entry not removed', { id: attempt.journal.entry.id, reason: describeError(error) });
    });
  },
};
