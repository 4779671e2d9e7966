// Step `respond`: tell the CA to validate (RFC 8555 §7.5.1), all challenges at about the same time.
import { AcmeProblem } from '@certward/acme';
import { mapConcurrent } from '@certward/base';
import type { Attempt, PlannedTask } from '../attempt.ts';
import type { Step } from './step.ts';

/** Requests in flight; more gains nothing on one connection. */
const parallelRequests = 8;

/** Responds to every challenge that the CA has not been told about. */
export const respondStep: Step = {
  name: 'respond',
  message: 'asking the certificate authority to validate',
  async run(attempt) {
    const { tasks, signal, deps } = attempt;
    if (tasks.length === 0) return;
    await deps.debugChallenges?.(
      tasks.map(({ toAnswer }) => toAnswer),
      { signal },
    );
    attempt.validated = whenAllValidated(tasks, signal);
    await mapConcurrent(tasks, parallelRequests, (task) => respond(attempt, task), { signal });
  },
};

async function respond(attempt: Attempt, task: PlannedTask): Promise<void> {
  const { challenge, ordered, authorization } = task;
  const { signal } = attempt;
  if (challenge.status !== 'pending') return;
  try {
    await challenge.respond({ signal });
  } catch (error) {
    // A killed run may have responded already, which some CAs only say by refusing the second time.
    if (!(error instanceof AcmeProblem) || !attempt.resumed) throw error;
    await authorization.refresh({ signal });
    const now = authorization.challenges.find((one) => one.url === challenge.url);
    if (authorization.state.status === 'pending' && now?.status === 'pending') throw error;
  }
  attempt.emit({ type: 'challenge.responded', identifier: ordered });
}

function whenAllValidated(tasks: readonly PlannedTask[], signal: AbortSignal | undefined): Promise<unknown> | undefined {
  if (tasks.some(({ authenticator }) => authenticator.whenValidated === undefined)) return undefined;
  // Advisory: a failed wait only means that polling goes by the clock.
  const waits = tasks.map(async ({ authenticator, toAnswer }) => authenticator.whenValidated?.(toAnswer, { signal }));
  return Promise.all(waits).catch(() => undefined);
}
