// Orders (RFC 8555 §7.4): create or find again, read.
import type { Identifier } from '@certward/pki';
import type { CaContext } from '../context.ts';
import { newId } from '../ids.ts';
import { identifierSetKey, parseIdentifiers } from '../identifiers.ts';
import { finishFinalizing } from '../issuance.ts';
import type { AuthorizationRecord, OrderRecord } from '../model.ts';
import { fillPath, paths } from '../paths.ts';
import { Problem } from '../problem.ts';
import { type Profile, reuseMarginMs } from '../profiles.ts';
import { findPredecessor, markReplaced } from '../renewal-information.ts';
import { orderError, orderStatus } from '../status.ts';
import { authorizationsOf } from '../store/store.ts';
import { findOrCreateAuthorization } from './authorization.ts';
import type { AccountExchange, CaResponse } from './exchange.ts';
import { type JsonObject, optionalArray, optionalString } from './payload.ts';
import { json, problemBody, retryAfter, rfc3339, urlOf } from './respond.ts';
import { requestedValidity } from './validity.ts';

/** No profile lets more through than this; it only keeps a hostile list from being read to its end. */
const identifiersReadAtMost = 1_000;

/** newOrder: a fresh order, or the account's pending or ready one for the same names and profile, as Boulder does. */
export function createOrder({ account, ca, payload = {} }: AccountExchange): CaResponse {
  const { name: profileName, profile } = chooseProfile(ca, payload);
  const identifiers = parseIdentifiers(
    optionalArray(payload, 'identifiers', identifiersReadAtMost) ?? [],
    profile,
    ca.identifierPolicy,
  );
  const draft = {
    accountId: account.id,
    identifiers,
    identifierSet: identifierSetKey(identifiers),
    profile: profileName,
    ...requestedValidity(ca, payload, profile),
  };
  const replaces = optionalString(payload, 'replaces');
  const reusable = findReusableOrder(ca, draft, replaces);
  if (reusable !== undefined) return orderResponse(ca, reusable, 201);

  const predecessor = replaces === undefined ? undefined : findPredecessor(ca, { certId: replaces, accountId: account.id, identifiers });
  ca.rateLimits.check({ kind: 'newOrder', accountId: account.id, identifiers, isRenewal: predecessor !== undefined });
  const authorizations = identifiers.map((identifier) => findOrCreateAuthorization(ca, { ...draft, identifier }));
  const now = ca.clock.now();
  const order: OrderRecord = {
    ...draft,
    id: newId(ca.random),
    ...(replaces === undefined ? {} : { replaces }),
    authorizationIds: authorizations.map(({ id }) => id),
    createdAt: now,
    expiresAt: expiryOf(now, profile, authorizations),
  };
  ca.store.putOrder(order);
  if (predecessor !== undefined) markReplaced(ca, predecessor, order);
  ca.log.info('order placed', { order: order.id, account: account.id, identifiers: identifiers.length, profile: profileName });
  return orderResponse(ca, order, 201);
}

/** The profile named in the payload, or the first one (draft-ietf-acme-profiles). */
function chooseProfile(ca: CaContext, payload: JsonObject): { readonly name: string; readonly profile: Profile } {
  const name = optionalString(payload, 'profile') ?? ca.profiles.keys().next().value ?? '';
  const profile = ca.profiles.get(name);
  if (profile === undefined) throw new Problem('invalidProfile', `there is no profile "${name.slice(0, 64)}" in the directory`);
  return { name, profile };
}

type Draft = Pick<OrderRecord, 'accountId' | 'identifiers' | 'identifierSet' | 'profile' | 'requestedNotBeforeAt' | 'requestedNotAfterAt'>;

function findReusableOrder(ca: CaContext, draft: Draft, replaces: string | undefined): OrderRecord | undefined {
  if (!ca.reuse.orders) return undefined;
  const order = ca.store.latestOrder(draft);
  if (order === undefined) return undefined;
  const isSameRequest =
    (replaces === undefined || replaces === order.replaces) &&
    order.requestedNotBeforeAt?.getTime() === draft.requestedNotBeforeAt?.getTime() &&
    order.requestedNotAfterAt?.getTime() === draft.requestedNotAfterAt?.getTime();
  const lifetimeSeconds = ca.profiles.get(order.profile)?.orderLifetimeSeconds ?? 0;
  // By then it has to be good still: a client needs time to act on it.
  const soon = new Date(ca.clock.now().getTime() + reuseMarginMs(lifetimeSeconds));
  const status = orderStatus(order, authorizationsOf(ca.store, order), soon);
  return isSameRequest && (status === 'pending' || status === 'ready') ? order : undefined;
}

/** An order ends with the first of its authorizations, so that a ready one can be relied on. */
function expiryOf(now: Date, profile: Profile, authorizations: readonly AuthorizationRecord[]): Date {
  const ends = authorizations.map(({ expiresAt, validUntilAt }) => (validUntilAt ?? expiresAt).getTime());
  const latest = now.getTime() + profile.orderLifetimeSeconds * 1000;
  // Whole seconds, because that is all the client gets to see.
  return new Date(Math.floor(Math.min(latest, ...ends) / 1000) * 1000);
}

/** POST-as-GET of an order. */
export function readOrder({ account, ca, params }: AccountExchange): CaResponse {
  return orderResponse(ca, finishFinalizing(ca, ownOrder(ca, account.id, params['order'])), 200);
}

/** The order of a URL, if it belongs to this account. Somebody else's looks like none at all. */
export function ownOrder(ca: CaContext, accountId: string, orderId: string | undefined): OrderRecord {
  const order = orderId === undefined ? undefined : ca.store.orderById(orderId);
  if (order === undefined || order.accountId !== accountId) {
    throw new Problem('malformed', 'this account has no such order', { status: 404 });
  }
  return order;
}

/** An order as the client sees it, with its Location and, while it is not final, Retry-After. */
export function orderResponse(ca: CaContext, order: OrderRecord, status: number, options: { readonly omitLocation?: boolean } = {}): CaResponse {
  const authorizations = authorizationsOf(ca.store, order);
  const state = orderStatus(order, authorizations, ca.clock.now());
  const error = state === 'invalid' ? orderError(order, authorizations) : undefined;
  const orderPath = fillPath(paths.order, { order: order.id });
  const isWaiting = state === 'pending' || state === 'processing';
  const body = {
    status: state,
    expires: rfc3339(order.expiresAt),
    identifiers: ca.hostile.shuffle<Identifier>(order.identifiers),
    ...(order.requestedNotBeforeAt === undefined ? {} : { notBefore: rfc3339(order.requestedNotBeforeAt) }),
    ...(order.requestedNotAfterAt === undefined ? {} : { notAfter: rfc3339(order.requestedNotAfterAt) }),
    profile: order.profile,
    ...(order.replaces === undefined ? {} : { replaces: order.replaces }),
    ...(error === undefined ? {} : { error: problemBody(error) }),
    authorizations: ca.hostile
      .shuffle(order.authorizationIds)
      .map((authorization) => urlOf(ca, fillPath(paths.authorization, { authorization }))),
    finalize: urlOf(ca, fillPath(paths.finalize, { order: order.id })),
    ...(order.certificateSerial === undefined
      ? {}
      : { certificate: urlOf(ca, fillPath(paths.certificate, { serial: order.certificateSerial })) }),
  };
  return json(body, {
    status,
    headers: {
      ...(options.omitLocation === true ? {} : { location: urlOf(ca, orderPath) }),
      ...(isWaiting ? retryAfter(ca.retryAfterSeconds.order) : {}),
    },
  });
}
