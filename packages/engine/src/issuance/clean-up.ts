// Removes what was presented: last in, first out unless the authenticator asks otherwise, each failure collected, under a
// deadline that no abort shortens.
import { describeError, withDeadline } from '@certward/base';
import type { Authenticator, JournalPresentation } from '../ports.ts';
import { type Attempt, orderedIdentifier } from './attempt.ts';
import { IssuanceError } from './errors.ts';

/** Default of `cleanUpTimeoutMs`: enough for a hundred records at a slow vendor, short enough to wait for at a terminal. */
export const defaultCleanUpTimeoutMs = 120_000;

/** What is left after {@link cleanUpPresentations}, and why. */
export interface CleanUpOutcome {
  readonly left: readonly JournalPresentation[];
  readonly failures: readonly Error[];
}

/** Removes presentations, the newest first where the authenticator does not say otherwise. Never rejects. */
export async function cleanUpPresentations(
  presentations: readonly JournalPresentation[],
  options: {
    readonly authenticatorOf: (presentation: JournalPresentation) => Authenticator | undefined;
    readonly timeoutMs: number;
  },
): Promise<CleanUpOutcome> {
  const left: JournalPresentation[] = [];
  const failures: Error[] = [];
  const removeAll = async (signal: AbortSignal) => {
    for (const presentation of inOrder(presentations, options.authenticatorOf)) {
      try {
        signal.throwIfAborted();
        const authenticator = options.authenticatorOf(presentation);
        if (authenticator === undefined) throw new Error(`authenticator "${presentation.authenticator}" is not configured in this run`);
        await abortable(authenticator.cleanUp(presentation.handle, { signal }), signal);
      } catch (error) {
        left.push(presentation);
        failures.push(asFailure(presentation, error));
      }
    }
  };
  await withDeadline('challenges to be removed', options.timeoutMs, removeAll);
  return { left: presentations.filter((one) => left.includes(one)), failures };
}

type AuthenticatorOf = (presentation: JournalPresentation) => Authenticator | undefined;

/** Newest first, but those of authenticators that want it in the order in which they were made. */
function inOrder(presentations: readonly JournalPresentation[], authenticatorOf: AuthenticatorOf): readonly JournalPresentation[] {
  const asPresented = new Set(presentations.filter((one) => cleansUpAsPresented(one, authenticatorOf)));
  const oldestFirst = asPresented.values();
  return presentations.toReversed().map((one) => (asPresented.has(one) ? (oldestFirst.next().value ?? one) : one));
}

function cleansUpAsPresented(presentation: JournalPresentation, authenticatorOf: AuthenticatorOf): boolean {
  try {
    return authenticatorOf(presentation)?.cleansUpAsPresented === true;
  } catch {
    // Reported when its turn comes.
    return false;
  }
}

/** An authenticator that ignores its signal must not hold up the end of the program. */
function abortable(work: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason as Error);
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

function asFailure({ authenticator, challenge }: JournalPresentation, cause: unknown): Error {
  const place = challenge.recordName === '' ? challenge.token : challenge.recordName;
  return new IssuanceError('cleanUpFailed', `${authenticator} could not remove the ${challenge.type} challenge for "${challenge.identifier.value}"`, {
    cause,
    details: { identifier: challenge.identifier.value, place },
    hint: `it will be tried again by the next run; by hand: remove "${place}"`,
  });
}

/** Cleans up everything in the journal entry of `attempt`. What fails is reported; the caller saves what is left. */
export async function cleanUpAll(attempt: Attempt): Promise<void> {
  await cleanUpSome(attempt, attempt.journal.entry.presentations);
}

/** Cleans up what an earlier run left and this one does not need. */
export async function removeStale(attempt: Attempt, kept: readonly (JournalPresentation | undefined)[]): Promise<void> {
  const stale = attempt.journal.entry.presentations.filter((one) => !kept.includes(one));
  if (stale.length === 0) return;
  await cleanUpSome(attempt, stale);
  await attempt.journal.save();
}

async function cleanUpSome(attempt: Attempt, presentations: readonly JournalPresentation[]): Promise<void> {
  if (presentations.length === 0) return;
  const { journal, deps, request } = attempt;
  const { left, failures } = await cleanUpPresentations(presentations, {
    authenticatorOf: (one) => authenticatorOf(attempt, one),
    timeoutMs: request.cleanUpTimeoutMs ?? defaultCleanUpTimeoutMs,
  });
  for (const failure of failures) {
    attempt.cleanUpFailures.push(failure);
    attempt.emit({ type: 'cleanup.failed', message: describeError(failure) });
    deps.log.warn('challenge not removed', { reason: describeError(failure) });
  }
  const gone = presentations.filter((one) => !left.includes(one));
  journal.note({ presentations: journal.entry.presentations.filter((one) => !gone.includes(one)) });
}

function authenticatorOf(attempt: Attempt, { authenticator, challenge }: JournalPresentation): Authenticator | undefined {
  const task = attempt.tasks.find((one) => one.toAnswer.token === challenge.token && one.authenticator.name === authenticator);
  if (task !== undefined) return task.authenticator;
  const found = attempt.request.authenticatorFor(orderedIdentifier(challenge.identifier, challenge.wildcard));
  return found.name === authenticator ? found : undefined;
}
