// Authorizations and challenges (RFC 8555 §7.5): create or reuse, read, deactivate, respond.
import { baseName, type Identifier, isWildcard } from '@certward/pki';
import type { CaContext } from '../context.ts';
import { newId, newToken } from '../ids.ts';
import { challengeTypesFor, parseIdentifiers } from '../identifiers.ts';
import type { AuthorizationRecord, ChallengeRecord, ChallengeType } from '../model.ts';
import { fillPath, paths } from '../paths.ts';
import { Problem } from '../problem.ts';
import { type Profile, reuseMarginMs } from '../profiles.ts';
import { authorizationStatus, challengeStatus } from '../status.ts';
import { authorizationKey } from '../store/store.ts';
import type { AccountExchange, CaResponse } from './exchange.ts';
import { member, optionalString } from './payload.ts';
import { accountUrl } from './pipeline.ts';
import { json, link, problemBody, retryAfter, rfc3339, urlOf } from './respond.ts';

/** Whose authorization, under which profile, for what. */
export interface AuthorizationWanted {
  readonly accountId: string;
  readonly profile: string;
  readonly identifier: Identifier;
}

/** A valid authorization is used again within its profile; anything else gets a fresh one. */
export function findOrCreateAuthorization(ca: CaContext, wanted: AuthorizationWanted): AuthorizationRecord {
  const profile = ca.profiles.get(wanted.profile);
  if (profile === undefined) throw new TypeError('profile was checked before');
  const subject = { identifier: { type: wanted.identifier.type, value: baseName(wanted.identifier) }, wildcard: isWildcard(wanted.identifier) };
  const now = ca.clock.now();
  if (ca.reuse.authorizations) {
    const known = ca.store.latestAuthorization({ ...wanted, identifierKey: authorizationKey(subject) });
    const margin = reuseMarginMs(profile.authorizationLifetimeSeconds);
    // Valid now, and long enough for the client to finalize.
    if (known !== undefined && authorizationStatus(known, new Date(now.getTime() + margin)) === 'valid') return known;
  }
  const types = challengeTypesFor(wanted.identifier, profile);
  if (types.length === 0) {
    throw new Problem('rejectedIdentifier', `"${wanted.identifier.value}": no challenge of this profile can prove control of it`, {
      identifier: wanted.identifier,
    });
  }
  const authorization: AuthorizationRecord = {
    ...subject,
    id: newId(ca.random),
    accountId: wanted.accountId,
    profile: wanted.profile,
    challenges: types.map((type) => newChallenge(ca, type)),
    createdAt: now,
    expiresAt: new Date(now.getTime() + profile.pendingAuthorizationLifetimeSeconds * 1000),
  };
  ca.store.putAuthorization(authorization);
  return authorization;
}

function newChallenge(ca: CaContext, type: ChallengeType): ChallengeRecord {
  return type === 'dns-persist-01' ? { type } : { type, token: newToken(ca.random) };
}

/** newAuthz (RFC 8555 §7.4.1), where the operator switched it on. */
export function preAuthorize({ account, ca, payload = {} }: AccountExchange): CaResponse {
  if (!ca.preAuthorization) throw new Problem('malformed', 'pre-authorization is not offered', { status: 404 });
  const [profileName, profile] = ca.profiles.entries().next().value as [string, Profile];
  const [identifier] = parseIdentifiers([member(payload, 'identifier')], profile, ca.identifierPolicy);
  if (identifier === undefined) throw new TypeError('one identifier went in');
  if (isWildcard(identifier)) throw new Problem('malformed', 'wildcard names cannot be pre-authorized', { identifier });
  const authorization = findOrCreateAuthorization(ca, { accountId: account.id, profile: profileName, identifier });
  const path = fillPath(paths.authorization, { authorization: authorization.id });
  const response = authorizationResponse(ca, authorization);
  return { ...response, status: 201, headers: { ...response.headers, location: urlOf(ca, path) } };
}

/** The authorization's own URL: POST-as-GET reads it, `{"status":"deactivated"}` ends it (§7.5.2). */
export function readOrDeactivateAuthorization({ account, ca, params, payload }: AccountExchange): CaResponse {
  const authorization = ownAuthorization(ca, account.id, params['authorization']);
  if (payload === undefined) return authorizationResponse(ca, authorization);
  if (optionalString(payload, 'status') !== 'deactivated') {
    throw new Problem('malformed', 'the only change an authorization takes is the status "deactivated"');
  }
  const status = authorizationStatus(authorization, ca.clock.now());
  if (status !== 'pending' && status !== 'valid') throw new Problem('malformed', `the authorization is ${status} already`);
  const deactivated = { ...authorization, deactivatedAt: ca.clock.now() };
  ca.store.putAuthorization(deactivated);
  return authorizationResponse(ca, deactivated);
}

/** The challenge's own URL: POST-as-GET reads it, an object asks for validation (§7.5.1). */
export function readOrRespondToChallenge({ account, ca, params, payload }: AccountExchange): CaResponse {
  const authorization = ownAuthorization(ca, account.id, params['authorization']);
  const challenge = authorization.challenges.find(({ type }) => type === params['type']);
  if (challenge === undefined) throw new Problem('malformed', 'the authorization has no such challenge', { status: 404 });
  if (payload === undefined) return challengeResponse(ca, authorization, challenge);
  const status = authorizationStatus(authorization, ca.clock.now());
  if (status === 'expired' || status === 'deactivated') throw new Problem('malformed', `the authorization is ${status}`);
  // A second response changes nothing: the first one is being acted on, or was.
  const isPending = status === 'pending' && authorization.challenges.every((one) => challengeStatus(one) === 'pending');
  if (!isPending) return challengeResponse(ca, authorization, challenge);
  const responded = { ...challenge, respondedAt: ca.clock.now() };
  const updated = {
    ...authorization,
    challenges: authorization.challenges.map((one) => (one === challenge ? responded : one)),
  };
  ca.store.putAuthorization(updated);
  ca.validations.start(updated, responded);
  return challengeResponse(ca, updated, responded);
}

function ownAuthorization(ca: CaContext, accountId: string, id: string | undefined): AuthorizationRecord {
  const authorization = id === undefined ? undefined : ca.store.authorizationById(id);
  if (authorization === undefined || authorization.accountId !== accountId) {
    throw new Problem('malformed', 'this account has no such authorization', { status: 404 });
  }
  return authorization;
}

function authorizationResponse(ca: CaContext, authorization: AuthorizationRecord): CaResponse {
  const status = authorizationStatus(authorization, ca.clock.now());
  const body = {
    identifier: authorization.identifier,
    status,
    expires: rfc3339(authorization.validUntilAt ?? authorization.expiresAt),
    challenges: ca.hostile.shuffle(shownChallenges(authorization)).map((challenge) => challengeBody(ca, authorization, challenge)),
    ...(authorization.wildcard ? { wildcard: true } : {}),
  };
  return json(body, { headers: status === 'pending' ? retryAfter(ca.retryAfterSeconds.authorization) : {} });
}

/** §7.1.4: once decided, only the challenge that decided it. */
function shownChallenges({ challenges }: AuthorizationRecord): readonly ChallengeRecord[] {
  const decided = challenges.filter((challenge) => challenge.validatedAt !== undefined || challenge.error !== undefined);
  return decided.length > 0 ? decided : challenges;
}

function challengeResponse(ca: CaContext, authorization: AuthorizationRecord, challenge: ChallengeRecord): CaResponse {
  const up = urlOf(ca, fillPath(paths.authorization, { authorization: authorization.id }));
  const isWaiting = challengeStatus(challenge) === 'processing';
  return json(challengeBody(ca, authorization, challenge), {
    headers: { link: link(up, 'up'), ...(isWaiting ? retryAfter(ca.retryAfterSeconds.authorization) : {}) },
  });
}

function challengeBody(ca: CaContext, authorization: AuthorizationRecord, challenge: ChallengeRecord): object {
  const { error, token, type, validatedAt } = challenge;
  return {
    type,
    url: urlOf(ca, fillPath(paths.challenge, { authorization: authorization.id, type })),
    status: challengeStatus(challenge),
    ...(token === undefined ? {} : { token }),
    // draft-ietf-acme-dns-persist-01, the form in use: no token, but the names and the account the record has to show.
    ...(type === 'dns-persist-01'
      ? { 'issuer-domain-names': ca.issuerDomainNames, accounturi: accountUrl(ca, authorization.accountId) }
      : {}),
    ...(validatedAt === undefined ? {} : { validated: rfc3339(validatedAt) }),
    ...(error === undefined ? {} : { error: problemBody(error) }),
  };
}
