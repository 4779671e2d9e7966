// What `renew` finds before it changes anything: which certificates there are, what is decided about each, and whether
// anything has to be asked or done at all. Reads only, so that a run with nothing to do takes no lock.
import type { LineageStore, ListedLineage, RenewalDecision } from '@certward/engine';
import type { Context } from '../context.ts';
import { serverAsked } from '../settings/server.ts';
import type { Settings } from '../settings/settings.ts';
import { readSilentServers, type SilentServers } from './silent-servers.ts';
import { decide, isQuestionDue, type RenewalCandidate } from './state.ts';

/** One lineage of a run. */
export type PlannedLineage =
  | { readonly kind: 'decided'; readonly candidate: RenewalCandidate; readonly decision: RenewalDecision }
  | { readonly kind: 'invalid'; readonly name: string; readonly confPath: string; readonly problem: unknown };

/** All of them. */
export interface RenewalPlan {
  readonly lineages: readonly PlannedLineage[];
  /** Those about which the CA is to be asked first. */
  readonly questions: readonly RenewalCandidate[];
  readonly silent: SilentServers;
}

/** Plans. Throws `lineageNotFound` for an unknown `--cert-name`. */
export function planRenewals(store: LineageStore, settings: Settings, context: Context): RenewalPlan {
  const { values } = settings;
  const now = context.clock.now();
  const isWaiting = waitsAfterFailures(settings, context);
  const everythingIsDue = values.dryRun || values.forceRenewal;
  const silent = readSilentServers(context);
  const questions: RenewalCandidate[] = [];
  const plan = (one: Read): PlannedLineage => {
    const planned = planOne(one, settings, { now, isWaiting });
    if (planned.kind === 'decided' && !everythingIsDue && isQuestionDue(planned.candidate, now) && !silent.includes(planned.candidate.conf.server)) questions.push(planned.candidate);
    return planned;
  };
  const lineages = values.certName === undefined ? store.map((one) => plan(readable(one))) : [plan(store.load(values.certName, { repair: false }))];
  return { lineages, questions, silent };
}

type Read = RenewalCandidate | Extract<PlannedLineage, { readonly kind: 'invalid' }>;

function readable(one: ListedLineage): Read {
  return one.status === 'ok' ? one : { kind: 'invalid', name: one.name, confPath: one.confPath, problem: one.problem };
}

/** Earlier failures hold a renewal back, unless it is forced, rehearsed, or one that a person at a terminal asks for by name. */
function waitsAfterFailures({ values }: Settings, { terminal }: Context): boolean {
  return !(values.forceRenewal || values.dryRun || (values.certName !== undefined && terminal.streams.stdinIsTerminal));
}

function planOne(one: Read, settings: Settings, { now, isWaiting }: { readonly now: Date; readonly isWaiting: boolean }): PlannedLineage {
  if ('kind' in one) return one;
  const { values } = settings;
  try {
    // A forced run renews what autorenew keeps out, too; a dry run is a rehearsal of everything.
    const force = values.forceRenewal || values.dryRun;
    return { kind: 'decided', candidate: one, decision: decide(one, now, { force, backoffAt: isWaiting ? serverAsked(one.conf.server, settings) : undefined }) };
  } catch (problem) {
    return { kind: 'invalid', name: one.name, confPath: one.confPath, problem };
  }
}
