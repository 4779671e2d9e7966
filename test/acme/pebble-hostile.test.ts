// Pebble as unfriendly as it gets: refused nonces, authorizations used again, slow validation, strict rules, Retry-After.
import { describe, expect, test } from 'vitest';
import type { PebbleOptions } from '@certward/testing';
import { hastyClock } from './support/hasty-clock.ts';
import { inLane, type Lane, openLane } from './support/lane.ts';
import { failOnLeaks } from './support/leaks.ts';

failOnLeaks();

/** Certificates by each kind of challenge, a few at a time, for names that partly repeat. */
async function obtainMany(lane: Lane): Promise<{ certificates: number; answersLeft: number }> {
  const account = await lane.newAccount();
  const { http, dns, tlsAlpn } = lane.solvers;
  const rounds = [http, dns, tlsAlpn, dns].map(async (solver, index) => {
    const { chain } = await lane.obtain(account, [`${index % 3}.lane.example.org`, 'shared.lane.example.org'], { solvers: [solver] });
    return chain.length;
  });
  const wild = lane.obtain(account, ['lane.example.org', '*.lane.example.org'], { solvers: [dns] });
  const lengths = await Promise.all([...rounds, wild.then(({ chain }) => chain.length)]);
  return { certificates: lengths.filter((length) => length > 1).length, answersLeft: lane.responder.answers };
}

describe.concurrent.each([
  { name: 'refuses 15 % of good nonces', options: { nonceRejectPercent: 15 } },
  { name: 'refuses 50 % of good nonces', options: { nonceRejectPercent: 50 } },
  { name: 'has its own defaults: authorizations used again, refused nonces, sleeps', options: { nonceRejectPercent: 'default', authzReusePercent: 'default', sleep: 'default' } },
  { name: 'is strict', options: { strict: true } },
  { name: 'has an RSA issuer and a chain of three', options: { issuerKey: 'rsa', chainLength: 3 } },
] satisfies { name: string; options: PebbleOptions }[])('a pebble that $name', ({ options }) => {
  test('gives every certificate', async () => {
    expect(await inLane(options, obtainMany)).toEqual({ certificates: 5, answersLeft: 0 });
  });
});

describe.concurrent.each([
  { name: 'refuses 50 % of good nonces', options: { version: '2.4', nonceRejectPercent: 50 } },
  { name: 'is strict', options: { version: '2.4', strict: true } },
] satisfies { name: string; options: PebbleOptions }[])('a pebble 2.4 that $name', ({ options }) => {
  test('gives every certificate', async () => {
    expect(await inLane(options, obtainMany)).toEqual({ certificates: 5, answersLeft: 0 });
  });
});

test.concurrent('Retry-After paces the polling: the seconds that the server asks for are waited, once', async () => {
  await using lane = await openLane({ retryAfter: { authz: 3, order: 5 }, sleep: 3 });
  const clock = hastyClock(Number.POSITIVE_INFINITY);
  const account = await lane.newAccount({ client: lane.connect({ clock }) });
  // Each name sleeps none, one or two seconds: with eight of them the order is not ready at once.
  const { chain } = await lane.obtain(account, Array.from({ length: 8 }, (_, index) => `n${index}.patient.example.org`));
  expect(chain).toHaveLength(2);
  expect(clock.waited.filter((ms) => ms === 5_000).length).toBeGreaterThan(0);
  expect(clock.waited.filter((ms) => ms >= 1_000).length).toBeLessThanOrEqual(2);
});
