// notBefore and notAfter of newOrder (RFC 8555 §7.4): honoured inside the profile's limits, or refused altogether.
import type { CaContext } from '../context.ts';
import type { OrderRecord } from '../model.ts';
import { Problem } from '../problem.ts';
import type { Profile } from '../profiles.ts';
import { type JsonObject, optionalInstant } from './payload.ts';

/** The wishes of a payload as members of the order. */
export function requestedValidity(
  ca: CaContext,
  payload: JsonObject,
  profile: Profile,
): Pick<OrderRecord, 'requestedNotBeforeAt' | 'requestedNotAfterAt'> {
  const notBefore = optionalInstant(payload, 'notBefore');
  const notAfter = optionalInstant(payload, 'notAfter');
  if (notBefore === undefined && notAfter === undefined) return {};
  if (!ca.honourValidityRequests) throw new Problem('malformed', 'notBefore and notAfter are not supported');

  const now = ca.clock.now().getTime();
  const lifetimeMs = profile.lifetimeSeconds * 1000;
  const startMs = notBefore?.getTime() ?? now;
  // Backdating beyond what every certificate gets would let a client claim a past it did not have.
  if (startMs < now - ca.backdateSeconds * 1000 || startMs > now + lifetimeMs) {
    throw new Problem('malformed', 'notBefore has to lie between now and one lifetime of the profile ahead');
  }
  const endMs = notAfter?.getTime() ?? startMs + lifetimeMs;
  if (endMs <= Math.max(startMs, now) || endMs > startMs + lifetimeMs) {
    throw new Problem('malformed', `notAfter has to follow notBefore by at most ${profile.lifetimeSeconds} s`);
  }
  return {
    ...(notBefore === undefined ? {} : { requestedNotBeforeAt: notBefore }),
    ...(notAfter === undefined ? {} : { requestedNotAfterAt: notAfter }),
  };
}
