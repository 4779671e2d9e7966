// What we keep of a CA's renewal information (RFC 9773): the window, the instant drawn from it, and when to ask again.
import type { Random } from '@certward/base';

/** The CA's suggestion; `end` is later than `start`. */
export interface RenewalWindow {
  readonly start: Date;
  readonly end: Date;
}

/** Stored per certificate. The instant is drawn once per window: drawing anew on every look would make it wander. */
export interface AriChoice {
  readonly window: RenewalWindow;
  /** When to renew: inside the window. */
  readonly instant: Date;
  /** A page of the CA about why, if it gave one. */
  readonly explanationUrl?: string | undefined;
  /** Not to be asked again before. */
  readonly nextCheckAt: Date;
}

/** The CA's answer, as the ACME client gives it. */
export interface RenewalInfoAnswer {
  readonly suggestedWindow: RenewalWindow;
  readonly explanationUrl?: string | undefined;
  readonly retryAfterSeconds: number;
}

/** Result of {@link updateAriChoice}. */
export interface AriUpdate {
  readonly choice: AriChoice;
  /** Set where the window moved earlier, which is how a CA announces a revocation: a text for a person. */
  readonly alert?: string | undefined;
}

const minuteMs = 60_000;
const dayMs = 86_400_000;

/** After a failed or unusable answer, as Certbot and the RFC (§4.3.3) have it. */
const retryAfterFailureMs = 6 * 3_600_000;

/** An instant drawn uniformly from the window (RFC 9773 §4.2). */
export function chooseInstant({ start, end }: RenewalWindow, random: Random): Date {
  return new Date(start.getTime() + Math.floor(random.fraction() * (end.getTime() - start.getTime())));
}

/** When to ask again: the CA's Retry-After, not sooner than a minute, not later than a day (RFC 9773 §4.3.2). */
export function nextAriCheck({ now, retryAfterSeconds }: { readonly now: Date; readonly retryAfterSeconds: number }): Date {
  const waitMs = Number.isFinite(retryAfterSeconds) ? retryAfterSeconds * 1000 : retryAfterFailureMs;
  return new Date(now.getTime() + Math.min(Math.max(waitMs, minuteMs), dayMs));
}

/** Whether the CA is to be asked: never asked before, or the time it set has passed (or lies absurdly far ahead). */
export function isAriCheckDue(choice: AriChoice | undefined, now: Date): boolean {
  if (choice === undefined) return true;
  const waitMs = choice.nextCheckAt.getTime() - now.getTime();
  return waitMs <= 0 || waitMs > dayMs;
}

/**
 * Takes in an answer. The same window keeps the instant; another window gets a new one. A window that ends before it
 * begins counts as a failed check: undefined, see {@link postponeAriCheck}.
 */
export function updateAriChoice(
  answer: RenewalInfoAnswer,
  { previous, now, random }: { readonly previous: AriChoice | undefined; readonly now: Date; readonly random: Random },
): AriUpdate | undefined {
  const { suggestedWindow: window, explanationUrl } = answer;
  if (!(window.end.getTime() > window.start.getTime())) return undefined;
  const unchanged = previous !== undefined && sameWindow(previous.window, window);
  const instant = unchanged ? previous.instant : chooseInstant(window, random);
  const choice = { window, instant, explanationUrl, nextCheckAt: nextAriCheck({ now, retryAfterSeconds: answer.retryAfterSeconds }) };
  return previous !== undefined && movedEarlier(previous.window, window) ? { choice, alert: alertText(choice) } : { choice };
}

/** The choice after a check that failed: the same instant, asked again in six hours. */
export function postponeAriCheck(previous: AriChoice, now: Date): AriChoice {
  return { ...previous, nextCheckAt: new Date(now.getTime() + retryAfterFailureMs) };
}

function sameWindow(a: RenewalWindow, b: RenewalWindow): boolean {
  return a.start.getTime() === b.start.getTime() && a.end.getTime() === b.end.getTime();
}

function movedEarlier(before: RenewalWindow, after: RenewalWindow): boolean {
  return after.end.getTime() < before.end.getTime() || after.start.getTime() < before.start.getTime();
}

function alertText({ window, explanationUrl }: AriChoice): string {
  const why = explanationUrl === undefined ? 'it gives no reason' : `its reason: ${explanationUrl}`;
  return `the CA asks to renew earlier than before, by ${window.end.toISOString()}; the certificate may be about to be revoked (${why})`;
}
