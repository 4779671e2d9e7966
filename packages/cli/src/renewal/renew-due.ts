// The part of `renew` that changes something: asks CAs, renews what is due, several side by side.
// Loaded only when there is something to do.
import { AcmeError } from '@certward/acme';
import { describeError, hintsOf, mapConcurrent } from '@certward/base';
import type { Identifier } from '@certward/pki';
import { withLocks } from '../compose/locks.ts';
import type { CommandResult, Context } from '../context.ts';
import { deployRenewed } from '../installers/after-renewal.ts';
import { growHsts } from '../installers/auto-hsts.ts';
import { recoverServers } from '../installers/recover.ts';
import { recoverLineage } from '../issue/recover-lineage.ts';
import { IssueSession } from '../issue/session.ts';
import { formatInstant } from '../report/dates.ts';
import type { Settings } from '../settings/settings.ts';
import { holdTerminal } from '../terminal/hold-terminal.ts';
import { askAboutRenewal } from './ask-ca.ts';
import { announce, type DecidedLineage, passOver, type RenewalOutcome } from './outcome.ts';
import { noteFailure } from './failures.ts';
import { planRenewals, type PlannedLineage } from './plan.ts';
import { renewOne } from './renew-one.ts';

/** Certbot's bounds of the wait that keeps timers of many machines apart. */
const sleepSeconds = { shortest: 1, longest: 480 };

/** Makes the result of the verb and prints the summary. */
export type Finish = (outcomes: readonly RenewalOutcome[]) => CommandResult;

/** Renews under the locks. `finish` prints the summary; post hooks run after it. */
export function renewDue(typed: Settings, context: Context, finish: Finish): Promise<CommandResult> {
  return withLocks(context, () => renewAll(typed, context, finish));
}

async function renewAll(typed: Settings, context: Context, finish: Finish): Promise<CommandResult> {
  await using session = new IssueSession(context);
  await session.store.settleInterrupted();
  await recoverServers(typed, session);
  const first = planRenewals(session.store, typed, context);
  if (first.questions.length > 0) {
    context.terminal.progress('Asking when certificates should be renewed');
    await askAboutRenewal(first.questions, { session, settings: typed, silent: first.silent });
  }
  // Read again: answers were stored, and another process may have renewed before we had the locks.
  const { lineages } = first.questions.length > 0 ? planRenewals(session.store, typed, context) : first;
  const outcomes: (RenewalOutcome | undefined)[] = lineages.map(() => undefined);
  let result: CommandResult;
  try {
    await renewSideBySide(lineages, typed, { session, onOutcome: (index, outcome) => void (outcomes[index] = outcome) });
    const deployed = await deployRenewed(outcomes.filter((one) => one !== undefined), typed, session);
    await growHsts(deployed, typed, session);
    result = finish(deployed);
  } finally {
    const ended = outcomes.filter((one) => one !== undefined);
    await session.hooks.runPost({ renewed: namesOf(ended, 'renewed'), failed: namesOf(ended, 'failed') });
  }
  const failure = result.failure ?? session.hooks.failure;
  return failure === undefined ? result : { ...result, failure };
}

interface SideBySide {
  readonly session: IssueSession;
  /** Told in the order in which they end; `index` is the place among the lineages. */
  readonly onOutcome: (index: number, outcome: RenewalOutcome) => void;
}

/** Output of one certificate stays together: with several under way, it is printed when that one has ended. */
async function renewSideBySide(lineages: readonly PlannedLineage[], typed: Settings, { session, onOutcome }: SideBySide): Promise<void> {
  const { context } = session;
  const isDue = (one: PlannedLineage): one is DecidedLineage => one.kind === 'decided' && one.decision.due;
  const atOnce = Math.min(typed.values.parallel, lineages.filter(isDue).length);
  const beforeFirst = onceBefore(typed, context);
  await mapConcurrent(
    lineages,
    atOnce,
    async (planned, index) => {
      if (!isDue(planned)) {
        await recoverLeftAlone(planned, typed, session);
        return onOutcome(index, passOver(planned, context));
      }
      if (atOnce === 1) return onOutcome(index, await attempt(planned, typed, { session, beforeFirst }));
      const held = holdTerminal(context.terminal);
      try {
        onOutcome(index, await attempt(planned, typed, { session: session.withContext({ ...context, terminal: held.terminal }), beforeFirst }));
      } finally {
        held.release();
      }
    },
    { signal: context.signal },
  );
}

/** Nobody else would come back for what a killed run left of a certificate that is not due any more. */
async function recoverLeftAlone(planned: PlannedLineage, typed: Settings, session: IssueSession): Promise<void> {
  if (planned.kind === 'decided') await recoverLineage(planned.candidate.name, typed, session);
}

async function attempt(planned: DecidedLineage, typed: Settings, options: { readonly session: IssueSession; readonly beforeFirst: () => Promise<void> }): Promise<RenewalOutcome> {
  const { session } = options;
  const { context, hooks } = session;
  const { terminal, log, signal } = context;
  const { name, confPath, certificate } = planned.candidate;
  announce(confPath, context);
  terminal.detail(planned.decision.explanation);
  let attempted: Settings | undefined;
  try {
    const { lineage } = await renewOne(name, typed, { ...options, onAttempt: (settings) => void (attempted = settings) });
    return { kind: 'renewed', planned, lineage };
  } catch (error) {
    signal.throwIfAborted();
    log.error('renewal failed', { lineage: name, error });
    terminal.error(`Failed to renew certificate ${name} with error: ${describeError(error)}`, hintsOf(error));
    const retryAt = attempted === undefined || isClockWrong(error) ? undefined : await noteFailure(name, attempted, session);
    if (retryAt !== undefined) terminal.detail(`The next attempt is possible at ${formatInstant(retryAt)}; --force-renewal does not wait`);
    await hooks.runFailure((attempted ?? typed).values, { name, identifiers: certificate.identifiers, error });
    return { kind: 'failed', planned, error, retryAt };
  }
}

/** The CA was not asked for anything, and a date of that clock must not be kept. */
function isClockWrong(error: unknown): boolean {
  return error instanceof AcmeError && error.code === 'clockWrong';
}

/** A wait before the first attempt, where nobody watches: thousands of timers fire at the same minute. */
function onceBefore({ values }: Settings, { terminal, clock, random, signal, log }: Context): () => Promise<void> {
  if (terminal.streams.stdinIsTerminal || values.noRandomSleepOnRenew || values.dryRun) return () => Promise.resolve();
  let waiting: Promise<void> | undefined;
  const wait = async () => {
    const seconds = sleepSeconds.shortest + random.fraction() * (sleepSeconds.longest - sleepSeconds.shortest);
    log.info('waiting before the first renewal', { seconds });
    terminal.detail(`Non-interactive renewal: random delay of ${seconds.toFixed(2)} seconds`);
    await clock.sleep(seconds * 1000, { signal });
  };
  return () => (waiting ??= wait());
}

function namesOf(outcomes: readonly RenewalOutcome[], kind: 'renewed' | 'failed'): readonly Identifier[] {
  return outcomes.flatMap((one) => (one.kind === kind ? one.planned.candidate.certificate.identifiers : []));
}
