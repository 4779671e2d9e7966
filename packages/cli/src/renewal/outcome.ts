// How each lineage of a `renew` run ended, as lines of the summary and as JSON.
import { describeError } from '@certward/base';
import type { Lineage, RenewalDecision } from '@certward/engine';
import type { CommandResult, Context } from '../context.ts';
import { cliError } from '../errors.ts';
import { jsonError } from '../json-document.ts';
import { formatDay, formatInstant } from '../report/dates.ts';
import { describeLineage } from '../report/lineage-json.ts';
import { reportRenewals } from '../report/renewal-summary.ts';
import type { Settings } from '../settings/settings.ts';
import { frameLine } from '../terminal/terminal.ts';
import type { PlannedLineage } from './plan.ts';

/** A lineage that can be read. */
export type DecidedLineage = Extract<PlannedLineage, { readonly kind: 'decided' }>;

/** A lineage whose configuration cannot be used. */
export type InvalidLineage = Extract<PlannedLineage, { readonly kind: 'invalid' }>;

/** How one ended. A renewed one of a dry run has no lineage. */
export type RenewalOutcome =
  | { readonly kind: 'skipped'; readonly planned: DecidedLineage }
  | { readonly kind: 'renewed'; readonly planned: DecidedLineage; readonly lineage: Lineage | undefined }
  | { readonly kind: 'failed'; readonly planned: DecidedLineage; readonly error: unknown; /** When the next attempt is due. */ readonly retryAt: Date | undefined }
  | { readonly kind: 'invalid'; readonly planned: InvalidLineage };

/** Says which configuration comes next. */
export function announce(confPath: string, { terminal }: Pick<Context, 'terminal'>): void {
  terminal.result(`\n${frameLine}\nProcessing ${confPath}\n${frameLine}`);
}

/** Announces and passes over what is not due or cannot be used. */
export function passOver(planned: PlannedLineage, context: Pick<Context, 'terminal' | 'log'>): RenewalOutcome {
  announce(planned.kind === 'invalid' ? planned.confPath : planned.candidate.confPath, context);
  if (planned.kind === 'decided') {
    context.terminal.result(isWaiting(planned) ? 'Certificate not renewed: waiting after a failed attempt' : 'Certificate not yet due for renewal');
    if (context.terminal.mode.verbosity > 0) context.terminal.detail(planned.decision.explanation);
    return { kind: 'skipped', planned };
  }
  context.log.warn('renewal configuration cannot be used', { lineage: planned.name, error: planned.problem });
  context.terminal.warning(`Renewal configuration file ${planned.confPath} (cert: ${planned.name}) produced an unexpected error: ${describeError(planned.problem)}. Skipping.`);
  return { kind: 'invalid', planned };
}

/** Prints the summary and makes the result of the verb. */
export function summarize(outcomes: readonly RenewalOutcome[], { values }: Settings, { terminal }: Context): CommandResult {
  const of = <K extends RenewalOutcome['kind']>(kind: K) => outcomes.filter((one): one is Extract<RenewalOutcome, { readonly kind: K }> => one.kind === kind);
  const path = ({ planned }: { readonly planned: DecidedLineage }) => planned.candidate.conf.links.fullchain;
  const withExpiry = (one: { readonly planned: DecidedLineage }) => `${path(one)} expires on ${formatDay(one.planned.candidate.certificate.notAfter)}`;
  const [skipped, failed, invalid] = [of('skipped'), of('failed'), of('invalid')];
  reportRenewals(
    {
      succeeded: of('renewed').map(path),
      failed: failed.map(path),
      notDue: skipped.filter(({ planned }) => !isWaiting(planned)).map(withExpiry),
      waiting: skipped.filter(({ planned }) => isWaiting(planned)).map((one) => `${withExpiry(one)}, next attempt from ${formatInstant(one.planned.decision.dueAt ?? one.planned.decision.nextCheckAt)} on`),
      invalid: invalid.map(({ planned }) => planned.confPath),
      dryRun: values.dryRun,
      hooksConfigured: (values.preHook ?? values.postHook ?? values.deployHook) !== undefined,
    },
    terminal,
  );
  const result = () => ({ dryRun: values.dryRun, certificates: outcomes.map(asJson) });
  if (failed.length === 0 && invalid.length === 0) return { result };
  return { result, failure: cliError('renewalFailed', `${failed.length} renew failure(s), ${invalid.length} parse failure(s)`) };
}

/** Due by its dates, held back by earlier failures. */
function isWaiting({ decision }: DecidedLineage): boolean {
  return decision.reason === 'backingOff';
}

function asJson(outcome: RenewalOutcome): Readonly<Record<string, unknown>> {
  if (outcome.kind === 'invalid') {
    const { name, confPath, problem } = outcome.planned;
    return { name, outcome: 'invalid', paths: { renewalConf: confPath }, error: jsonError(problem) };
  }
  const { candidate, decision } = outcome.planned;
  const { name, conf, confPath } = candidate;
  return {
    name,
    outcome: outcome.kind,
    decision: decisionAsJson(decision),
    paths: { ...conf.links, renewalConf: confPath },
    ...(outcome.kind === 'failed' ? { error: jsonError(outcome.error), retryAt: outcome.retryAt?.toISOString() ?? null } : {}),
    ...(outcome.kind === 'renewed' && outcome.lineage !== undefined ? { certificate: describeLineage(outcome.lineage) } : {}),
  };
}

function decisionAsJson({ due, dueAt, reason, explanation, nextCheckAt, safetyNet }: RenewalDecision) {
  return { due, dueAt: dueAt?.toISOString() ?? null, reason, explanation, nextCheckAt: nextCheckAt.toISOString(), safetyNet };
}
