// The part of `renew` that changes something: asks CAs, renews what is due one after the other, collects hooks.
// Loaded only when there is something to do.
import { describeError, hintsOf } from '@certward/base';
import type { Identifier } from '@certward/pki';
import { withLocks } from '../compose/locks.ts';
import type { Context } from '../context.ts';
import { IssueSession } from '../issue/session.ts';
import type { Settings } from '../settings/settings.ts';
import { askAboutRenewal } from './ask-ca.ts';
import { announce, type DecidedLineage, passOver, type RenewalOutcome } from './outcome.ts';
import { planRenewals } from './plan.ts';
import { renewOne } from './renew-one.ts';

/** Certbot's bounds of the wait that keeps timers of many machines apart. */
const sleepSeconds = { shortest: 1, longest: 480 };

/** Renews under the locks. `finish` prints the summary; post hooks run after it. */
export function renewDue<T>(typed: Settings, context: Context, finish: (outcomes: readonly RenewalOutcome[]) => T): Promise<T> {
  return withLocks(context, () => renewAll(typed, context, finish));
}

async function renewAll<T>(typed: Settings, context: Context, finish: (outcomes: readonly RenewalOutcome[]) => T): Promise<T> {
  await using session = new IssueSession(context);
  await session.store.settleInterrupted();
  const first = planRenewals(session.store, typed, context);
  if (first.questions.length > 0) {
    context.terminal.progress('Asking when certificates should be renewed');
    await askAboutRenewal(first.questions, { session, settings: typed, silent: first.silent });
  }
  // Read again: answers were stored, and another process may have renewed before we had the locks.
  const { lineages } = first.questions.length > 0 ? planRenewals(session.store, typed, context) : first;
  const beforeFirst = onceBefore(typed, context);
  const outcomes: RenewalOutcome[] = [];
  try {
    for (const planned of lineages) {
      const due = planned.kind === 'decided' && planned.decision.due;
      outcomes.push(due ? await attempt(planned, typed, { session, beforeFirst }) : passOver(planned, context));
    }
    return finish(outcomes);
  } finally {
    await session.hooks.runPost({ renewed: namesOf(outcomes, 'renewed'), failed: namesOf(outcomes, 'failed') });
  }
}

async function attempt(planned: DecidedLineage, typed: Settings, options: { readonly session: IssueSession; readonly beforeFirst: () => Promise<void> }): Promise<RenewalOutcome> {
  const { context } = options.session;
  const { terminal, log, signal } = context;
  const { name, confPath } = planned.candidate;
  announce(confPath, context);
  terminal.detail(planned.decision.explanation);
  try {
    const { lineage } = await renewOne(name, typed, options);
    return { kind: 'renewed', planned, lineage };
  } catch (error) {
    signal.throwIfAborted();
    log.error('renewal failed', { lineage: name, error });
    terminal.error(`Failed to renew certificate ${name} with error: ${describeError(error)}`, hintsOf(error));
    return { kind: 'failed', planned, error };
  }
}

/** A wait before the first attempt, where nobody watches: thousands of timers fire at the same minute. */
function onceBefore({ values }: Settings, { terminal, clock, random, signal, log }: Context): () => Promise<void> {
  let waited = terminal.streams.stdinIsTerminal || values.noRandomSleepOnRenew || values.dryRun;
  return async () => {
    if (waited) return;
    waited = true;
    const seconds = sleepSeconds.shortest + random.fraction() * (sleepSeconds.longest - sleepSeconds.shortest);
    log.info('waiting before the first renewal', { seconds });
    terminal.detail(`Non-interactive renewal: random delay of ${seconds.toFixed(2)} seconds`);
    await clock.sleep(seconds * 1000, { signal });
  };
}

function namesOf(outcomes: readonly RenewalOutcome[], kind: 'renewed' | 'failed'): readonly Identifier[] {
  return outcomes.flatMap((one) => (one.kind === kind ? one.planned.candidate.certificate.identifiers : []));
}
