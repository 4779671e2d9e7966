// Which challenge of each authorization is answered, and by whom.
import type { Identifier } from '@certward/pki';
import type { Authenticator, ChallengeToAnswer, ChallengeType } from '../ports.ts';
import { type Attempt, type ChallengeTask, orderedIdentifier } from './attempt.ts';
import type { CaAuthorization, CaChallenge } from './ca-account.ts';
import { IssuanceError } from './errors.ts';

/** One task per authorization that still needs proof, in the CA's order. Throws `challengeUnsupported`. */
export async function chooseChallenges(attempt: Attempt): Promise<ChallengeTask[]> {
  const tasks: ChallengeTask[] = [];
  for (const authorization of await attempt.authorizations()) {
    const { identifier, wildcard, status } = authorization.state;
    const ordered = orderedIdentifier(identifier, wildcard);
    if (status === 'valid') attempt.emit({ type: 'authorization.valid', identifier: ordered, reused: true });
    if (status !== 'pending') continue;
    const authenticator = attempt.request.authenticatorFor(ordered);
    const challenge = pickChallenge(authorization, { ordered, authenticator, preference: attempt.request.challengePreference });
    tasks.push({ ordered, authenticator, authorization, challenge, toAnswer: toAnswer(authorization, challenge, attempt.request.account.url) });
  }
  return tasks;
}

function pickChallenge(
  authorization: CaAuthorization,
  how: { readonly ordered: Identifier; readonly authenticator: Authenticator; readonly preference: readonly ChallengeType[] | undefined },
): CaChallenge {
  const { identifier, wildcard, unknownChallengeTypes } = authorization.state;
  const able = how.authenticator.challengeTypes(identifier, { wildcard });
  const wanted = how.preference === undefined ? able : how.preference.filter((type) => able.includes(type));
  for (const type of wanted) {
    const challenge = authorization.challenges.find((one) => one.type === type && one.isUsable);
    if (challenge !== undefined) return challenge;
  }
  const offered = [...authorization.challenges.map((one) => one.type), ...unknownChallengeTypes];
  throw new IssuanceError(
    'challengeUnsupported',
    `authenticator "${how.authenticator.name}" cannot answer any challenge that the certificate authority offers for "${how.ordered.value}"`,
    {
      details: { offered, able, preference: how.preference },
      hint: wildcard
        ? 'wildcard names need a DNS authenticator'
        : `offered: ${offered.join(', ') || 'nothing'}; allowed and possible here: ${wanted.join(', ') || 'nothing'}; choose another authenticator or other --preferred-challenges`,
    },
  );
}

function toAnswer(authorization: CaAuthorization, challenge: CaChallenge, accountUrl: string): ChallengeToAnswer {
  const { identifier, wildcard } = authorization.state;
  const { type, token = '', keyAuthorization, validation, recordName } = challenge;
  return { identifier, wildcard, type, token, keyAuthorization, validation, recordName, accountUrl };
}
