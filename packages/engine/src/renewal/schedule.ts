// When a certificate becomes due by the rules alone: no failures, no wishes.
import type { RenewalInput, RenewalReason, Validity } from './decision.ts';

/** The instant at which a certificate becomes due, and what sets it. */
export interface Schedule {
  readonly at: Date;
  readonly reason: Extract<RenewalReason, 'ariInstant' | 'ariBeforeNextWake' | 'expired' | 'lifetime' | 'renewBeforeExpiry' | 'safetyNet'>;
  readonly safetyNetAt: Date;
  /** The longest wait after a failure once the safety net is reached. */
  readonly longestBackoffMs: number;
}

const minuteMs = 60_000;
const dayMs = 86_400_000;

/** Below this lifetime half of it is waited for instead of two thirds (Certbot since 4.0). */
const shortLifetimeMs = 10 * dayMs;

/** Part of the lifetime that must be left. certmagic waits for a twentieth; a tenth still leaves a person time to act. */
const safetyNetFraction = 1 / 10;

/** `notAfter` belongs to the lifetime (RFC 5280 §4.1.2.5), hence the second. */
export function lifetimeMs({ notBefore, notAfter }: Validity): number {
  return Math.max(notAfter.getTime() + 1000 - notBefore.getTime(), 0);
}

/** Computes the schedule of a certificate. */
export function schedule(input: RenewalInput): Schedule {
  const { validity, now } = input;
  const lifetime = lifetimeMs(validity);
  const safetyNetAt = new Date(validity.notAfter.getTime() - lifetime * safetyNetFraction);
  // A daily wait would outlast what a six-day certificate has left; a two-hundredth of its life is 48 minutes, of 90 days 11 hours.
  const longestBackoffMs = Math.max(10 * minuteMs, lifetime / 200);
  const wanted = wantedInstant(input, lifetime);
  const [at, reason] = wanted.at <= safetyNetAt ? [wanted.at, wanted.reason] : [safetyNetAt, 'safetyNet' as const];
  if (now > validity.notAfter) return { at, reason: 'expired', safetyNetAt, longestBackoffMs };
  return { at, reason: now >= safetyNetAt ? 'safetyNet' : reason, safetyNetAt, longestBackoffMs };
}

type Wanted = Pick<Schedule, 'at' | 'reason'>;

/** The earlier of what the CA and the user want; the rule by lifetime only where neither says anything (certbot 4.1). */
function wantedInstant(input: RenewalInput, lifetime: number): Wanted {
  const { validity, policy = {} } = input;
  const wishes: Wanted[] = [];
  if (input.ari !== undefined) wishes.push(ariInstant(input, input.ari.instant));
  const { renewBeforeExpirySeconds: before } = policy;
  if (before !== undefined) wishes.push({ at: earlier(validity.notAfter, before * 1000), reason: 'renewBeforeExpiry' });
  if (wishes.length === 0) return { at: byLifetime(validity, lifetime), reason: 'lifetime' };
  return wishes.reduce((first, second) => (second.at < first.at ? second : first));
}

function ariInstant({ now, nextWakeAt }: RenewalInput, instant: Date): Wanted {
  const missed = nextWakeAt !== undefined && now < instant && instant < nextWakeAt;
  return missed ? { at: now, reason: 'ariBeforeNextWake' } : { at: instant, reason: 'ariInstant' };
}

function byLifetime({ notBefore }: Validity, lifetime: number): Date {
  return new Date(notBefore.getTime() + lifetime * (lifetime < shortLifetimeMs ? 1 / 2 : 2 / 3));
}

/** `100 years` and more reach before the first instant that a Date can hold; then it is due at any time. */
function earlier(date: Date, byMs: number): Date {
  return new Date(Math.max(date.getTime() - byMs, -8.64e15));
}
