// Statuses as functions of facts and the clock (RFC 8555 §7.1.6). Nothing here is ever stored.
import type { AuthorizationRecord, ChallengeRecord, OrderRecord } from './model.ts';
import type { StoredProblem } from './problem.ts';

/** The states of an order. */
export type OrderStatus = 'pending' | 'ready' | 'processing' | 'valid' | 'invalid';
/** The states of an authorization. */
export type AuthorizationStatus = 'pending' | 'valid' | 'invalid' | 'deactivated' | 'expired';
/** The states of a challenge. */
export type ChallengeStatus = 'pending' | 'processing' | 'valid' | 'invalid';

/** A challenge is valid or invalid once decided, processing between the client's response and the decision. */
export function challengeStatus(challenge: ChallengeRecord): ChallengeStatus {
  if (challenge.validatedAt !== undefined) return 'valid';
  if (challenge.error !== undefined) return 'invalid';
  return challenge.respondedAt === undefined ? 'pending' : 'processing';
}

/** One failed challenge ends the authorization (§7.1.6); a valid one lapses by the clock. */
export function authorizationStatus(authorization: AuthorizationRecord, now: Date): AuthorizationStatus {
  if (authorization.deactivatedAt !== undefined) return 'deactivated';
  if (authorization.validUntilAt !== undefined) return now < authorization.validUntilAt ? 'valid' : 'expired';
  if (authorization.challenges.some((challenge) => challenge.error !== undefined)) return 'invalid';
  return now < authorization.expiresAt ? 'pending' : 'expired';
}

/**
 * An order's status. A certificate outlives everything else: authorizations may lapse after issuance without making the
 * order invalid again. An order being finalized no longer depends on its authorizations either.
 */
export function orderStatus(order: OrderRecord, authorizations: readonly AuthorizationRecord[], now: Date): OrderStatus {
  if (order.certificateSerial !== undefined) return 'valid';
  if (order.error !== undefined || now >= order.expiresAt) return 'invalid';
  if (order.finalizedAt !== undefined) return 'processing';
  const statuses = authorizations.map((authorization) => authorizationStatus(authorization, now));
  if (statuses.length !== order.authorizationIds.length) return 'invalid';
  if (statuses.every((status) => status === 'valid')) return 'ready';
  return statuses.every((status) => status === 'valid' || status === 'pending') ? 'pending' : 'invalid';
}

/** Why an order is invalid: its own error, else that of the first failed challenge. */
export function orderError(order: OrderRecord, authorizations: readonly AuthorizationRecord[]): StoredProblem | undefined {
  if (order.error !== undefined) return order.error;
  for (const { challenges, identifier } of authorizations) {
    const failed = challenges.find((challenge) => challenge.error !== undefined)?.error;
    if (failed !== undefined) return { ...failed, identifier: failed.identifier ?? identifier };
  }
  return undefined;
}
