// Step `present`: choose a challenge per name, journal what will exist, then put all proofs in place.
import type { JournalPresentation, PresentationHandle } from '../../ports.ts';
import type { Attempt, ChallengeTask, PlannedTask } from '../attempt.ts';
import { chooseChallenges } from '../choose-challenge.ts';
import { byAuthenticator } from '../group.ts';
import { cleanUpAll, removeStale } from '../clean-up.ts';
import { sideBySide } from '../side-by-side.ts';
import type { Step } from './step.ts';

/** Puts every proof in place before the CA is told about any of them. */
export const presentStep: Step = {
  name: 'present',
  message: 'putting proof of control in place',
  async run(attempt) {
    if (attempt.certificatePem !== undefined) return;
    if (attempt.order.state.status !== 'pending') return await skip(attempt);
    const tasks = await chooseChallenges(attempt);
    const known = tasks.map((task) => attempt.journal.entry.presentations.find((one) => isFor(one, task)));
    await removeStale(attempt, known);
    attempt.tasks = await plan(tasks, known, attempt);
    await attempt.journal.update({ presentations: attempt.tasks.map(asPresentation) });
    await presentAll(attempt);
  },
  undo: (attempt) => cleanUpAll(attempt),
};

/** All proof of the order is accepted already, by an earlier run or for an earlier order: nothing to put in place. */
async function skip(attempt: Attempt): Promise<void> {
  await removeStale(attempt, []);
  if (attempt.resumed) return;
  for (const identifier of attempt.identifiers) attempt.emit({ type: 'authorization.valid', identifier, reused: true });
}

function isFor(one: JournalPresentation, { toAnswer, authenticator }: ChallengeTask): boolean {
  const { challenge } = one;
  return (
    one.authenticator === authenticator.name &&
    challenge.type === toAnswer.type &&
    challenge.token === toAnswer.token &&
    challenge.keyAuthorization === toAnswer.keyAuthorization &&
    challenge.identifier.value === toAnswer.identifier.value &&
    challenge.wildcard === toAnswer.wildcard
  );
}

function asPresentation({ authenticator, toAnswer, handle }: PlannedTask): JournalPresentation {
  return { authenticator: authenticator.name, challenge: toAnswer, handle };
}

/** Handles from the journal where a killed run planned the same, new plans for the rest. */
async function plan(
  tasks: readonly ChallengeTask[],
  known: readonly (JournalPresentation | undefined)[],
  attempt: Attempt,
): Promise<PlannedTask[]> {
  const handles = new Map<ChallengeTask, PresentationHandle>();
  tasks.forEach((task, index) => {
    const one = known[index];
    if (one !== undefined) handles.set(task, one.handle);
  });
  const unplanned = tasks.filter((task) => !handles.has(task));
  for (const [authenticator, group] of byAuthenticator(unplanned)) {
    const planned = await authenticator.plan(
      group.map(({ toAnswer }) => toAnswer),
      { signal: attempt.signal },
    );
    group.forEach((task, index) => handles.set(task, planned[index] ?? null));
  }
  return tasks.map((task) => ({ ...task, handle: handles.get(task) ?? null }));
}

/**
 * Each authenticator gets its challenges one after the other, in the CA's order: hooks count them, and record sets are
 * read and written. Different authenticators work side by side; the first failure stops all of them.
 */
async function presentAll(attempt: Attempt): Promise<void> {
  const lanes = [...byAuthenticator(attempt.tasks).values()].map((group) => async (signal: AbortSignal) => {
    for (const task of group) await presentOne(attempt, task, signal);
  });
  await sideBySide(lanes, attempt.signal);
}

async function presentOne(attempt: Attempt, task: PlannedTask, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const handle = await task.authenticator.present(task.toAnswer, task.handle, { signal });
  if (JSON.stringify(handle) !== JSON.stringify(task.handle)) {
    attempt.tasks = attempt.tasks.map((one) => (one.toAnswer === task.toAnswer ? { ...one, handle } : one));
    await attempt.journal.update({ presentations: attempt.tasks.map(asPresentation) });
  }
  const { identifier, type } = task.toAnswer;
  attempt.emit({ type: 'challenge.presented', identifier, challengeType: type, authenticator: task.authenticator.name });
}
