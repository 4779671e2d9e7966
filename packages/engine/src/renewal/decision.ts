// Whether a certificate is to be renewed now, why, and when to look again. A pure function: no clock, no files, no network.
//
// Rules, strongest first: force · autorenew=False · revoked · a clock that cannot be right · the schedule (ARI instant,
// `renew_before_expiry`, otherwise two thirds of the lifetime), never later than the safety net at a tenth of it left ·
// backoff after failures, shortened once the safety net is reached.
import type { AriChoice } from './ari-choice.ts';
import { type RenewalFailures, retryAt } from './backoff.ts';
import { explain } from './explanation.ts';
import { type Schedule, schedule } from './schedule.ts';

/** Validity of the live certificate; `notAfter` is its last valid second. */
export interface Validity {
  readonly notBefore: Date;
  readonly notAfter: Date;
}

/** What the user wants. */
export interface RenewalPolicy {
  /** `--force-renewal`. Default false. */
  readonly force?: boolean | undefined;
  /** The stored `autorenew`. Default true. */
  readonly autorenew?: boolean | undefined;
  /** The stored `renew_before_expiry`; replaces the rule by lifetime. */
  readonly renewBeforeExpirySeconds?: number | undefined;
}

/** Everything a decision depends on. */
export interface RenewalInput {
  readonly validity: Validity;
  readonly now: Date;
  readonly policy?: RenewalPolicy | undefined;
  /** The stored choice of this very certificate, if its CA gives renewal information. */
  readonly ari?: AriChoice | undefined;
  /** Failures of this lineage at the CA that would be asked. */
  readonly failures?: RenewalFailures | undefined;
  /** Known to be revoked (CRL, OCSP or the CA's word). Default false. */
  readonly revoked?: boolean | undefined;
  /** When the program will run again, if it is started by a timer: an ARI instant before that is not waited for (RFC 9773 §4.2). */
  readonly nextWakeAt?: Date | undefined;
}

/** Why a certificate is due, or is not. */
export type RenewalReason =
  | 'forced'
  | 'autorenewOff'
  | 'revoked'
  | 'notYetValid'
  | 'expired'
  | 'safetyNet'
  | 'ariInstant'
  | 'ariBeforeNextWake'
  | 'renewBeforeExpiry'
  | 'lifetime'
  | 'backingOff';

/** The decision. */
export interface RenewalDecision {
  readonly due: boolean;
  /** When it becomes due if nothing changes, backoff included; undefined where it never does by itself. */
  readonly dueAt: Date | undefined;
  /** What makes it due, or what `dueAt` follows from, or what holds it back. */
  readonly reason: RenewalReason;
  /** One sentence for a person, without a full stop. Made when it is read: listings of thousands do not need it. */
  readonly explanation: string;
  /** When to decide again: now if due, otherwise the earlier of `dueAt` and the next question to the CA. */
  readonly nextCheckAt: Date;
  /** A tenth or less of the lifetime is left. */
  readonly safetyNet: boolean;
}

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** Decides. The same input always gives the same decision. */
export function decideRenewal(input: RenewalInput): RenewalDecision {
  const { now, validity, policy = {} } = input;
  const plan = schedule(input);
  const safetyNet = now >= plan.safetyNetAt;
  const decide = (reason: RenewalReason, dueAt: Date | undefined): RenewalDecision => {
    const due = dueAt !== undefined && dueAt <= now;
    const nextCheckAt = nextCheck(input, { due, dueAt });
    return {
      due,
      dueAt,
      reason,
      get explanation() {
        return explain({ reason, due, dueAt, input });
      },
      nextCheckAt,
      safetyNet,
    };
  };
  if (policy.force === true) return decide('forced', now);
  if (policy.autorenew === false) return decide('autorenewOff', undefined);
  const { reason, at } = input.revoked === true ? { reason: 'revoked' as const, at: now } : plan;
  // Renewing by a clock that is wrong gains nothing and may cost rate limits; CAs date certificates back, never ahead.
  if (input.revoked !== true && now < validity.notBefore) return decide('notYetValid', at < validity.notBefore ? validity.notBefore : at);
  if (input.failures === undefined || input.failures.count === 0) return decide(reason, at);
  const again = attemptAgainAt(input.failures, { now, plan });
  return again > at && again > now ? decide('backingOff', again) : decide(reason, at);
}

/** After the backoff; but a wait that would reach beyond the safety net is shortened, at the earliest to the net itself. */
function attemptAgainAt(failures: RenewalFailures, { now, plan }: { now: Date; plan: Schedule }): Date {
  const full = retryAt(failures, { now });
  const short = retryAt(failures, { now, longestMs: plan.longestBackoffMs });
  return new Date(Math.min(full.getTime(), Math.max(plan.safetyNetAt.getTime(), short.getTime())));
}

function nextCheck({ now, ari }: RenewalInput, { due, dueAt }: { due: boolean; dueAt: Date | undefined }): Date {
  if (due) return now;
  const candidates = [dueAt, ari?.nextCheckAt, new Date(now.getTime() + dayMs)].filter((one) => one !== undefined);
  const earliest = Math.min(...candidates.map((one) => one.getTime()));
  return new Date(Math.max(earliest, now.getTime()));
}
