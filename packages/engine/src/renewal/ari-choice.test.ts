// Drawing, keeping and replacing the instant of renewal.
import { seededRandom } from '@certward/testing';
import { describe, expect, test } from 'vitest';

import { chooseInstant, isAriCheckDue, nextAriCheck, postponeAriCheck, type RenewalInfoAnswer, updateAriChoice } from './ari-choice.ts';

const hour = 3_600_000;
const now = new Date('2026-11-20T12:00:00Z');
const inHours = (hours: number) => new Date(now.getTime() + hours * hour);
const answer = (start: number, end: number): RenewalInfoAnswer => ({ suggestedWindow: { start: inHours(start), end: inHours(end) }, retryAfterSeconds: 21_600 });
const random = seededRandom(7);

describe('the instant', () => {
  test('is drawn evenly over the window and never leaves it', () => {
    const window = { start: inHours(10), end: inHours(20) };
    const drawn = Array.from({ length: 2000 }, () => (chooseInstant(window, random).getTime() - window.start.getTime()) / hour);
    expect(Math.min(...drawn)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...drawn)).toBeLessThan(10);
    for (let part = 0; part < 10; part += 1) expect(drawn.filter((value) => Math.floor(value) === part).length).toBeGreaterThan(130);
  });

  test('stays while the window stays, however often the CA is asked', () => {
    const first = updateAriChoice(answer(10, 20), { previous: undefined, now, random });
    let choice = first?.choice;
    for (let round = 0; round < 20; round += 1) choice = updateAriChoice(answer(10, 20), { previous: choice, now: inHours(round), random })?.choice;
    expect(choice?.instant).toEqual(first?.choice.instant);
    expect(choice?.nextCheckAt).toEqual(inHours(19 + 6));
  });

  test('is drawn anew in another window; only an earlier one is worth an alert', () => {
    const previous = updateAriChoice(answer(100, 120), { previous: undefined, now, random })?.choice;
    const later = updateAriChoice(answer(110, 130), { previous, now, random });
    expect(later?.alert).toBeUndefined();
    expect(later?.choice.instant.getTime()).toBeGreaterThanOrEqual(inHours(110).getTime());
    const earlier = updateAriChoice({ ...answer(-1, 1), explanationUrl: 'https://ca.test/incident' }, { previous, now, random });
    expect(earlier?.alert).toBe('the CA asks to renew earlier than before, by 2026-11-20T13:00:00.000Z; the certificate may be about to be revoked (its reason: https://ca.test/incident)');
    expect(earlier?.choice.explanationUrl).toBe('https://ca.test/incident');
    expect(earlier?.choice.instant.getTime()).toBeLessThan(inHours(1).getTime());
  });

  test.each([[20, 10], [10, 10], [Number.NaN, 10]])('a window from %d to %d is no answer', (start, end) => {
    expect(updateAriChoice(answer(start, end), { previous: undefined, now, random })).toBeUndefined();
  });
});

describe('the next check', () => {
  test.each([[21_600, 6], [0, 1 / 60], [-5, 1 / 60], [10_000_000, 24], [Number.NaN, 6], [Number.POSITIVE_INFINITY, 6]])('after Retry-After %d is in %d hours', (retryAfterSeconds, hours) => {
    expect(nextAriCheck({ now, retryAfterSeconds })).toEqual(inHours(hours));
  });

  test('is due when its time has come, at first, and when the clock was set back', () => {
    const choice = updateAriChoice(answer(10, 20), { previous: undefined, now, random })?.choice;
    expect(isAriCheckDue(undefined, now)).toBe(true);
    expect(isAriCheckDue(choice, inHours(5.9))).toBe(false);
    expect(isAriCheckDue(choice, inHours(6))).toBe(true);
    expect(isAriCheckDue(choice, inHours(-100))).toBe(true);
  });

  test('comes six hours after a failed one, with the instant kept', () => {
    const choice = updateAriChoice(answer(10, 20), { previous: undefined, now, random })?.choice;
    expect(choice).toBeDefined();
    if (choice !== undefined) expect(postponeAriCheck(choice, inHours(8))).toEqual({ ...choice, nextCheckAt: inHours(14) });
  });
});
