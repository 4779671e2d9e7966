// The way in: one certificate, resumed or new, with names left out where the request allows it.
import { AcmeProblem, OrderError, reactionTo } from '@certward/acme';
import { silentLog, systemClock, systemRandom } from '@certward/base';
import { identifierKey, type Identifier } from '@certward/pki';
import type { Attempt, ResolvedDeps } from './attempt.ts';
import { IssuanceError } from './errors.ts';
import { refusedIdentifiers } from './refused-identifiers.ts';
import type { DroppedIdentifier, IssuanceDeps, IssuanceRequest, IssuanceResult } from './request.ts';
import { beginAttempt } from './resume.ts';
import { runSteps } from './run-steps.ts';

/**
 * Obtains one certificate and hands it to `deps.store`.
 *
 * Everything is journalled before it happens: called again after a crash with the same `id`, it continues the same order.
 * Proof is removed in every case, under its own deadline; what cannot be removed is reported in `cleanUpFailures` and as
 * events, and never hides the error.
 *
 * Throws {@link IssuanceError} (`validationFailed` names each refused name; `issuancePending` and `validationTimeout` keep
 * the order and say in `retry` when to come back), the errors of the ACME client and of the authenticators, what `store`
 * threw (key and certificate are then kept for the next run), or the reason of `deps.signal`.
 */
export async function runIssuance(request: IssuanceRequest, deps: IssuanceDeps): Promise<IssuanceResult> {
  checkRequest(request);
  const resolved: ResolvedDeps = {
    ...deps,
    clock: deps.clock ?? systemClock,
    random: deps.random ?? systemRandom,
    log: deps.log ?? silentLog,
  };
  // A rehearsal must never continue, or be continued by, the real thing.
  const own = request.dryRun === true ? { ...request, id: `dry-run:${request.id}` } : request;
  let identifiers = request.identifiers;
  let dropped: readonly DroppedIdentifier[] = [];
  for (let startedAnew = false; ; ) {
    const attempt = await beginAttempt(own, resolved, { identifiers, dropped });
    try {
      return await runSteps(attempt);
    } catch (error) {
      resolved.signal?.throwIfAborted();
      if (attempt.resumed && !startedAnew && (isOrderDead(error) || isRefusedAsExpired(error, attempt))) {
        // It died while nobody answered its challenges: that says nothing about the names.
        startedAnew = true;
        continue;
      }
      const refused = own.allowSubsetOfNames === true ? refusedIdentifiers(error, attempt.identifiers) : [];
      const left = without(attempt.identifiers, refused);
      if (refused.length === 0 || left.length === 0) throw error;
      resolved.log.warn('going on without refused names', { dropped: refused.map(({ identifier }) => identifier.value), left: left.length });
      dropped = [...attempt.dropped, ...refused];
      identifiers = left;
    }
  }
}

function checkRequest(request: IssuanceRequest): void {
  if (request.identifiers.length === 0) throw new IssuanceError('requestInvalid', 'no names to order a certificate for');
  if (request.csr !== undefined && request.allowSubsetOfNames === true) {
    throw new IssuanceError('requestInvalid', 'names cannot be left out of a certification request that is already signed', {
      hint: 'use either --csr or --allow-subset-of-names',
    });
  }
}

function isOrderDead(error: unknown): boolean {
  return error instanceof OrderError || (error instanceof IssuanceError && (error.code === 'validationFailed' || error.code === 'issuanceFailed' || error.code === 'certificateMismatch' || error.code === 'keyMissing'));
}

/** A continued order that looked expired was given the benefit of the doubt; the CA refusing it settles that. */
function isRefusedAsExpired(error: unknown, { hasOrder, order, deps }: Attempt): boolean {
  if (!(error instanceof AcmeProblem) || !hasOrder) return false;
  const { class: kind } = reactionTo(error.type, error.status);
  const { expires } = order.state;
  return kind !== 'transient' && kind !== 'wait' && expires !== undefined && expires <= deps.clock.now();
}

function without(identifiers: readonly Identifier[], dropped: readonly DroppedIdentifier[]): Identifier[] {
  const gone = new Set(dropped.map(({ identifier }) => identifierKey(identifier)));
  return identifiers.filter((one) => !gone.has(identifierKey(one)));
}
