// The decision in words.
import type { RenewalInput, RenewalReason } from './decision.ts';

/** What is to be explained. */
export interface Decided {
  readonly reason: RenewalReason;
  readonly due: boolean;
  readonly dueAt: Date | undefined;
  readonly input: RenewalInput;
}

/** One sentence for a person, without a full stop. Names the instants in UTC. */
export function explain({ reason, due, dueAt, input }: Decided): string {
  const { validity, ari, failures, policy } = input;
  const at = dueAt === undefined ? '' : utc(dueAt);
  const expires = `it expires at ${utc(validity.notAfter)}`;
  const when = (why: string) => (due ? `due: ${why}` : `not due before ${at}: ${why}`);
  const texts: Record<RenewalReason, () => string> = {
    forced: () => 'due: renewal was demanded',
    autorenewOff: () => `never due: autorenew is off for this certificate, and ${expires}`,
    revoked: () => 'due: the certificate was revoked',
    notYetValid: () => `not due before ${at}: the certificate is valid from ${utc(validity.notBefore)} only, so the clock of this machine is probably wrong`,
    expired: () => `due: the certificate expired at ${utc(validity.notAfter)}`,
    safetyNet: () => when(`a tenth of its lifetime or less is left then, ${expires}`),
    ariInstant: () => when(`the CA suggests to renew between ${utc(ari?.window.start)} and ${utc(ari?.window.end)}, and ${utc(ari?.instant)} was drawn${because(ari?.explanationUrl)}`),
    ariBeforeNextWake: () => `due: the instant ${utc(ari?.instant)} within the CA's window comes before this program runs again at ${utc(input.nextWakeAt)}`,
    renewBeforeExpiry: () => when(`renew_before_expiry asks for ${interval(policy?.renewBeforeExpirySeconds)} before expiry, ${expires}`),
    lifetime: () => when(`${due ? 'enough' : 'too little'} of its lifetime has passed, ${expires}`),
    backingOff: () => `waiting until ${at} after ${failures?.count === 1 ? 'a failed attempt' : `${failures?.count} failed attempts`}, the last at ${utc(failures?.lastAt)}; ${expires}`,
  };
  return texts[reason]();
}

function because(url: string | undefined): string {
  return url === undefined ? '' : `; the CA explains: ${url}`;
}

function utc(date: Date | undefined): string {
  if (date === undefined || Number.isNaN(date.getTime())) return 'an unknown time';
  return `${date.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

function interval(seconds: number | undefined): string {
  const days = (seconds ?? 0) / 86_400;
  return days >= 1 ? `${Math.round(days * 10) / 10} days` : `${Math.round(days * 240) / 10} hours`;
}
