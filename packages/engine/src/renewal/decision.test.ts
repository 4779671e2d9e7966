// The renewal decision: its rules as a table, and what must hold for every input.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import type { AriChoice } from './ari-choice.ts';
import { decideRenewal, type RenewalInput, type RenewalReason } from './decision.ts';

const day = 86_400_000;
const start = new Date('2026-11-20T00:00:00Z');
const at = (days: number) => new Date(start.getTime() + days * day);

/** A lifetime that begins on day 0; the last second belongs to it. */
const lasting = (days: number) => ({ notBefore: start, notAfter: new Date(at(days).getTime() - 1000) });

function ari(from: number, to: number, { instant = (from + to) / 2, next = 1000 }: { instant?: number; next?: number } = {}): AriChoice {
  return { window: { start: at(from), end: at(to) }, instant: at(instant), nextCheckAt: at(next), explanationUrl: 'https://ca.test/why' };
}

interface Row {
  readonly name: string;
  readonly input: Partial<RenewalInput> & { readonly now: Date };
  readonly due: boolean;
  readonly reason: RenewalReason;
  readonly dueAt?: Date | undefined;
  readonly says?: string;
}

const rows: readonly Row[] = [
  { name: '90 days: one second before two thirds', input: { now: new Date(at(60).getTime() - 1000) }, due: false, reason: 'lifetime', dueAt: at(60), says: 'not due before 2027-01-19 00:00 UTC: too little of its lifetime has passed, it expires at 2027-02-17 23:59 UTC' },
  { name: '90 days: at two thirds', input: { now: at(60) }, due: true, reason: 'lifetime', dueAt: at(60), says: 'due: enough of its lifetime has passed' },
  { name: '10 days count as long', input: { now: at(6), validity: lasting(10) }, due: false, reason: 'lifetime', dueAt: new Date(start.getTime() + (10 * day * 2) / 3) },
  { name: 'below 10 days half is enough', input: { now: at(3), validity: lasting(6) }, due: true, reason: 'lifetime', dueAt: at(3) },
  { name: 'ARI: before the drawn instant', input: { now: at(50), ari: ari(49, 52) }, due: false, reason: 'ariInstant', dueAt: at(50.5), says: 'the CA suggests to renew between 2027-01-08 00:00 UTC and 2027-01-11 00:00 UTC, and 2027-01-09 12:00 UTC was drawn; the CA explains: https://ca.test/why' },
  { name: 'ARI: after the drawn instant', input: { now: at(51), ari: ari(49, 52) }, due: true, reason: 'ariInstant', dueAt: at(50.5) },
  { name: 'ARI replaces the rule by lifetime, also when later', input: { now: at(70), ari: ari(75, 80) }, due: false, reason: 'ariInstant', dueAt: at(77.5) },
  { name: 'ARI never goes beyond the safety net', input: { now: at(70), ari: ari(85, 89) }, due: false, reason: 'safetyNet', dueAt: new Date(at(81).getTime() - 1000) },
  { name: 'an ARI window in the past (revocation announced) is due', input: { now: at(2), ari: ari(-1, -0.5) }, due: true, reason: 'ariInstant' },
  { name: 'an ARI instant before the next wake is not waited for', input: { now: at(50), ari: ari(49, 52), nextWakeAt: at(50.6) }, due: true, reason: 'ariBeforeNextWake', dueAt: at(50), says: 'before this program runs again at 2027-01-09 14:24 UTC' },
  { name: 'an ARI instant after the next wake is', input: { now: at(50), ari: ari(49, 52), nextWakeAt: at(50.4) }, due: false, reason: 'ariInstant' },
  { name: 'renew_before_expiry: later than two thirds', input: { now: at(65), policy: { renewBeforeExpirySeconds: 20 * 86_400 } }, due: false, reason: 'renewBeforeExpiry', dueAt: new Date(at(70).getTime() - 1000), says: 'renew_before_expiry asks for 20 days before expiry' },
  { name: 'renew_before_expiry: earlier than two thirds', input: { now: at(31), policy: { renewBeforeExpirySeconds: 60 * 86_400 } }, due: true, reason: 'renewBeforeExpiry' },
  { name: 'renew_before_expiry beats a later ARI instant', input: { now: at(31), policy: { renewBeforeExpirySeconds: 60 * 86_400 }, ari: ari(49, 52) }, due: true, reason: 'renewBeforeExpiry' },
  { name: 'ARI beats a later renew_before_expiry', input: { now: at(51), policy: { renewBeforeExpirySeconds: 86_400 }, ari: ari(49, 52) }, due: true, reason: 'ariInstant' },
  { name: 'renew_before_expiry of 100 years', input: { now: at(0.5), policy: { renewBeforeExpirySeconds: 100 * 365 * 86_400 } }, due: true, reason: 'renewBeforeExpiry' },
  { name: 'renew_before_expiry of a minute yields to the safety net', input: { now: at(82), policy: { renewBeforeExpirySeconds: 60 } }, due: true, reason: 'safetyNet' },
  { name: 'a tenth left', input: { now: at(82) }, due: true, reason: 'safetyNet', says: 'a tenth of its lifetime or less is left' },
  { name: 'expired', input: { now: at(91) }, due: true, reason: 'expired', says: 'the certificate expired at 2027-02-17 23:59 UTC' },
  { name: 'valid in its last second', input: { now: lasting(90).notAfter }, due: true, reason: 'safetyNet' },
  { name: 'autorenew off', input: { now: at(85), policy: { autorenew: false } }, due: false, reason: 'autorenewOff', dueAt: undefined, says: 'never due' },
  { name: 'autorenew off, revoked', input: { now: at(1), policy: { autorenew: false }, revoked: true }, due: false, reason: 'autorenewOff', dueAt: undefined },
  { name: 'autorenew off, forced', input: { now: at(1), policy: { autorenew: false, force: true } }, due: true, reason: 'forced' },
  { name: 'forced in spite of failures', input: { now: at(1), policy: { force: true }, failures: { count: 9, lastAt: at(1) } }, due: true, reason: 'forced' },
  { name: 'revoked', input: { now: at(1), revoked: true }, due: true, reason: 'revoked', dueAt: at(1) },
  { name: 'revoked, with a failure a moment ago', input: { now: at(1), revoked: true, failures: { count: 1, lastAt: at(1) } }, due: false, reason: 'backingOff', dueAt: new Date(at(1).getTime() + 60_000) },
  { name: 'not yet valid', input: { now: at(-1) }, due: false, reason: 'notYetValid', dueAt: at(60), says: 'the clock of this machine is probably wrong' },
  { name: 'not yet valid, with an ARI instant in the past', input: { now: at(-1), ari: ari(-3, -2) }, due: false, reason: 'notYetValid', dueAt: start },
  { name: 'first failure: a minute', input: { now: at(61), failures: { count: 1, lastAt: new Date(at(61).getTime() - 59_000) } }, due: false, reason: 'backingOff', dueAt: new Date(at(61).getTime() + 1000), says: 'after a failed attempt' },
  { name: 'first failure: a minute is over', input: { now: at(61), failures: { count: 1, lastAt: new Date(at(61).getTime() - 60_000) } }, due: true, reason: 'lifetime' },
  { name: 'second failure: ten minutes', input: { now: at(61), failures: { count: 2, lastAt: at(61) } }, due: false, reason: 'backingOff', dueAt: new Date(at(61).getTime() + 600_000), says: 'after 2 failed attempts' },
  { name: 'third failure: a hundred minutes', input: { now: at(61), failures: { count: 3, lastAt: at(61) } }, due: false, reason: 'backingOff', dueAt: new Date(at(61).getTime() + 6_000_000) },
  { name: 'later failures: a day', input: { now: at(61), failures: { count: 40, lastAt: at(61) } }, due: false, reason: 'backingOff', dueAt: at(62) },
  { name: 'failures long before it is due do not matter', input: { now: at(30), failures: { count: 2, lastAt: at(29) } }, due: false, reason: 'lifetime', dueAt: at(60) },
  { name: 'a failure recorded by a clock that was ahead', input: { now: at(61), failures: { count: 1, lastAt: at(500) } }, due: false, reason: 'backingOff', dueAt: new Date(at(61).getTime() + 60_000) },
  { name: 'safety net: the daily wait of a six-day certificate shrinks', input: { now: at(5.5), validity: lasting(6), failures: { count: 9, lastAt: at(5.46) } }, due: true, reason: 'safetyNet' },
  { name: 'safety net: but not to nothing', input: { now: at(5.5), validity: lasting(6), failures: { count: 9, lastAt: at(5.49) } }, due: false, reason: 'backingOff', dueAt: at(5.52) },
  { name: 'a wait never sleeps through the safety net', input: { now: at(5), validity: lasting(6), failures: { count: 9, lastAt: at(5) } }, due: false, reason: 'backingOff', dueAt: new Date(at(5.4).getTime() - 1000) },
];

describe('the rules', () => {
  test.each(rows)('$name', ({ input, due, reason, dueAt, says, ...row }) => {
    const decision = decideRenewal({ validity: lasting(90), ...input });
    expect(decision).toMatchObject({ due, reason, ...('dueAt' in row || dueAt !== undefined ? { dueAt } : {}) });
    if (says !== undefined) expect(decision.explanation).toContain(says);
    expect(decision.explanation).toMatch(due ? /^due: / : /^(not due before|never due|waiting until)/);
  });

  test('looks again when it becomes due, when the CA is to be asked, and at least daily', () => {
    const next = (input: Partial<RenewalInput> & { now: Date }) => decideRenewal({ validity: lasting(90), ...input }).nextCheckAt;
    expect(next({ now: at(61) })).toEqual(at(61));
    expect(next({ now: at(59.5) })).toEqual(at(60));
    expect(next({ now: at(10) })).toEqual(at(11));
    expect(next({ now: at(10), ari: ari(49, 52, { next: 10.25 }) })).toEqual(at(10.25));
    expect(next({ now: at(10), ari: ari(49, 52, { next: 9 }) })).toEqual(at(10));
    expect(next({ now: at(85), policy: { autorenew: false } })).toEqual(at(86));
  });
});

const instant = fc.integer({ min: -30, max: 130 }).chain((days) => fc.integer({ min: 0, max: day - 1 }).map((ms) => new Date(at(days).getTime() + ms)));
const choice = fc.tuple(instant, fc.integer({ min: 1, max: 10 * day }), fc.float({ min: 0, max: Math.fround(0.99), noNaN: true }), instant).map(([from, width, part, nextCheckAt]) => ({
  window: { start: from, end: new Date(from.getTime() + width) },
  instant: new Date(from.getTime() + Math.floor(width * part)),
  nextCheckAt,
}));
const anyInput: fc.Arbitrary<RenewalInput> = fc.record(
  {
    validity: fc.integer({ min: 1, max: 100 }).map(lasting),
    now: instant,
    policy: fc.record({ autorenew: fc.boolean(), force: fc.boolean(), renewBeforeExpirySeconds: fc.integer({ min: 0, max: 1e10 }) }, { requiredKeys: [] }),
    ari: choice,
    failures: fc.record({ count: fc.integer({ min: 0, max: 8 }), lastAt: instant }),
    revoked: fc.boolean(),
    nextWakeAt: instant,
  },
  { requiredKeys: ['validity', 'now'] },
);

const automatic = (input: RenewalInput) => input.policy?.autorenew !== false && input.policy?.force !== true;

/** Properties by name; each says whether it holds for an input. */
const properties: Readonly<Record<string, (input: RenewalInput) => boolean>> = {
  'due means that dueAt has come, and looking again now': (input) => {
    const { due, dueAt, nextCheckAt } = decideRenewal(input);
    const expected = dueAt !== undefined && dueAt <= input.now;
    return due === expected && (due ? nextCheckAt.getTime() === input.now.getTime() : nextCheckAt >= input.now);
  },
  'never planned for after expiry, unless an attempt failed just before': (input) => {
    if (!automatic(input) || input.now > input.validity.notAfter) return true;
    const lifetime = input.validity.notAfter.getTime() - input.validity.notBefore.getTime();
    const shortest = Math.max(600_000, lifetime / 200 + 10);
    const { dueAt } = decideRenewal(input);
    return dueAt !== undefined && dueAt.getTime() <= Math.max(input.validity.notAfter.getTime(), input.now.getTime() + shortest);
  },
  'without failures the safety net makes it due whatever the CA and the user say': (input) => {
    const decision = decideRenewal({ ...input, failures: undefined });
    return !automatic(input) || !decision.safetyNet || input.now < input.validity.notBefore || decision.due;
  },
  'once due it stays due as time goes on, as long as nothing fails': (input) => {
    const before = { ...input, failures: undefined, nextWakeAt: undefined };
    const later = { ...before, now: new Date(before.now.getTime() + 7 * day) };
    return !decideRenewal(before).due || decideRenewal(later).due;
  },
  'deciding at dueAt finds it due': (input) => {
    const { dueAt, due, reason } = decideRenewal(input);
    // A failure in the future counts as just now, whenever that is.
    const fromTheFuture = input.failures !== undefined && input.failures.lastAt > input.now;
    if (dueAt === undefined || due || reason === 'notYetValid' || fromTheFuture) return true;
    return decideRenewal({ ...input, now: dueAt, nextWakeAt: undefined }).due;
  },
  'more failures never make it due earlier': (input) => {
    if (input.failures === undefined) return true;
    const more = decideRenewal({ ...input, failures: { ...input.failures, count: input.failures.count + 1 } }).dueAt;
    const fewer = decideRenewal(input).dueAt;
    return more === undefined || fewer === undefined || more >= fewer;
  },
  'the explanation is one line that begins with the verdict': (input) => {
    const { explanation, due } = decideRenewal(input);
    return /^[^\n]+[^.\n]$/.test(explanation) && explanation.startsWith('due: ') === due;
  },
};

describe('for every input', () => {
  test.each(Object.keys(properties))('%s', (name) => {
    const outcome = fc.check(fc.property(anyInput, properties[name] ?? (() => false)), { numRuns: 3000 });
    expect(outcome).toMatchObject({ failed: false, counterexample: null });
  });
});
