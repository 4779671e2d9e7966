// Turns dead authorizations into an error that names every failed name, the CA's words and the authenticators' advice.
import { describeError, mapConcurrent } from '@certward/base';
import type { Identifier } from '@certward/pki';
import { type Attempt, orderedIdentifier, type PlannedTask } from './attempt.ts';
import type { CaAuthorization } from './ca-account.ts';
import { IssuanceError, ValidationError, type ValidationFailure } from './errors.ts';

/** An order dies with its first failed name; the others' verdicts are worth this wait, so that all are reported at once. */
const othersPatienceMs = 10_000;
const othersPauseMs = 500;
const parallelRequests = 8;

/** Reads the authorizations of the failed order and throws what they say; `cause` is how the failure came to light. */
export async function throwValidationFailure(attempt: Attempt, cause: unknown): Promise<never> {
  const failures = await collectFailures(attempt);
  for (const { identifier, problemType, detail } of failures) attempt.emit({ type: 'authorization.failed', identifier, problemType, detail });
  const { state, url } = attempt.order;
  if (failures.length === 0) {
    const problem = 'error' in state ? state.error : undefined;
    throw new IssuanceError('validationFailed', `the certificate authority gave the order up${problem === undefined ? '' : ` (${problem.type}: ${problem.detail})`}`, {
      cause,
      details: { order: url },
      retry: { afterSeconds: 60 },
    });
  }
  throw new ValidationError(failures, { cause, hint: adviceFor(attempt, failures), details: { order: url, failures } });
}

async function collectFailures(attempt: Attempt): Promise<ValidationFailure[]> {
  const authorizations = await attempt.authorizations();
  const { clock, log } = attempt.deps;
  const startMs = clock.monotonicMs();
  for (;;) {
    await mapConcurrent(authorizations, parallelRequests, async (one) => {
      if (!isFailed(one)) await one.refresh({ signal: attempt.signal }).catch((error: unknown) => log.debug('authorization not read', { reason: describeError(error) }));
    });
    const undecided = authorizations.some(isBeingValidated);
    if (!undecided || clock.monotonicMs() - startMs > othersPatienceMs) break;
    await clock.sleep(othersPauseMs, { signal: attempt.signal });
  }
  return authorizations.filter(isFailed).map((one) => failureOf(attempt, one));
}

function isFailed({ state }: CaAuthorization): boolean {
  return state.status === 'invalid' || state.status === 'revoked' || state.status === 'expired' || state.status === 'deactivated';
}

function isBeingValidated({ state, challenges }: CaAuthorization): boolean {
  return state.status === 'pending' && challenges.some(({ status }) => status === 'processing');
}

function failureOf(attempt: Attempt, { url, state, challenges }: CaAuthorization): ValidationFailure {
  const task = attempt.tasks.find((one) => one.authorization.url === url);
  const challenge = challenges.find((one) => one.status === 'invalid') ?? challenges.find((one) => one.error !== undefined);
  return {
    identifier: orderedIdentifier(state.identifier, state.wildcard),
    authenticator: task?.authenticator.name ?? '',
    challengeType: challenge?.type ?? task?.toAnswer.type,
    problemType: challenge?.error?.type ?? state.status,
    detail: challenge?.error?.detail ?? `the authorization is ${state.status}`,
  };
}

/** One hint per authenticator and kind of problem. */
function adviceFor(attempt: Attempt, failures: readonly ValidationFailure[]): string | undefined {
  const hints = new Set<string>();
  for (const { problemType } of failures) {
    const concerned = failures.filter((one) => one.problemType === problemType);
    for (const authenticator of new Set(attempt.tasks.filter((task) => isOneOf(task, concerned)).map((task) => task.authenticator))) {
      const hint = authenticator.hint?.(problemType, concerned.map(({ identifier }): Identifier => identifier));
      if (hint !== undefined) hints.add(hint);
    }
  }
  return hints.size === 0 ? undefined : [...hints].join('; ');
}

function isOneOf({ ordered }: PlannedTask, failures: readonly ValidationFailure[]): boolean {
  return failures.some(({ identifier }) => identifier.type === ordered.type && identifier.value === ordered.value);
}
