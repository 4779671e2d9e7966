// Reading authorization and challenge objects (RFC 8555 §7.1.4, §8) out of JSON.
import {
  invalidResponse,
  type JsonObject,
  objectOf,
  optionalDate,
  optionalObject,
  optionalString,
  parseServerIdentifier,
  requiredList,
  requiredString,
  requiredUrl,
} from './fields.ts';
import { parsePersistOffer } from './dns-persist-01.ts';
import { printable } from './printable.ts';
import { parseProblem } from './problem.ts';
import { isSafeToken } from './token.ts';
import type { AuthorizationState, AuthorizationStatus, ChallengeState, ChallengeStatus, ChallengeType } from './types.ts';
import type { UrlPolicy } from './url-policy.ts';

const authorizationStatuses = ['pending', 'valid', 'invalid', 'deactivated', 'expired', 'revoked'] as const satisfies readonly AuthorizationStatus[];
const challengeStatuses = ['pending', 'processing', 'valid', 'invalid'] as const satisfies readonly ChallengeStatus[];
const challengeTypes = ['http-01', 'dns-01', 'tls-alpn-01', 'dns-account-01', 'dns-persist-01'] as const satisfies readonly ChallengeType[];

/** Reads an authorization. Challenges of unknown type are left out, those without a safe token lose it. Throws `invalidResponse` or `urlRefused`. */
export function parseAuthorization(value: unknown, policy: UrlPolicy): AuthorizationState {
  const from = objectOf(value, 'an authorization');
  const identifier = parseServerIdentifier(from['identifier'], 'an authorization');
  if (identifier === undefined) throw invalidResponse('an authorization for an identifier of unknown type');
  const expires = optionalDate(from, 'expires');
  const wildcard = from['wildcard'] === true || identifier.value.startsWith('*.');
  const challenges = requiredList(from, 'challenges', 'an authorization').map((one) => objectOf(one, 'a challenge'));
  return {
    // §7.1.4: the base name. A server that leaves the prefix on is understood as well.
    identifier: identifier.value.startsWith('*.') ? { ...identifier, value: identifier.value.slice(2) } : identifier,
    status: oneOf(requiredString(from, 'status', 'an authorization'), authorizationStatuses, 'an authorization'),
    wildcard,
    challenges: challenges.filter((one) => isKnownType(one['type'])).map((one) => parseChallenge(one, policy)),
    unknownChallengeTypes: challenges.flatMap((one) => (isKnownType(one['type']) ? [] : [printable(optionalString(one, 'type') ?? '?', 60)])),
    ...(expires === undefined ? {} : { expires }),
  };
}

/** Reads one challenge of a type we know. */
export function parseChallenge(from: JsonObject, policy: UrlPolicy): ChallengeState {
  const type = from['type'];
  if (!isKnownType(type)) throw invalidResponse('a challenge of unknown type');
  const token = from['token'];
  const error = optionalObject(from, 'error');
  const validated = optionalDate(from, 'validated');
  const persist = type === 'dns-persist-01' ? parsePersistOffer(from) : undefined;
  return {
    type,
    url: requiredUrl(from, 'url', 'a challenge', policy),
    status: oneOf(optionalString(from, 'status') ?? 'pending', challengeStatuses, 'a challenge'),
    ...(isSafeToken(token) ? { token } : {}),
    ...(error === undefined ? {} : { error: parseProblem(error, 400) }),
    ...(validated === undefined ? {} : { validated }),
    ...(persist === undefined ? {} : { persist }),
  };
}

function isKnownType(type: unknown): type is ChallengeType {
  return (challengeTypes as readonly unknown[]).includes(type);
}

function oneOf<T extends string>(text: string, known: readonly T[], what: string): T {
  const found = known.find((one) => one === text);
  if (found === undefined) throw invalidResponse(`${what} in the unknown state "${printable(text, 40)}"`);
  return found;
}
