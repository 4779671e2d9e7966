// The http-01 authenticator of nginx. Challenges of one issuance go up together, with one reload.
import { AuthenticatorError, type Authenticator, type ChallengeToAnswer, type Json } from '@certward/engine';
import { type Random, systemRandom } from '@certward/base';
import type { ChallengeBoard } from './challenge-board.ts';
import type { HttpChallenge } from './challenge-edits.ts';

/** What the CA gives us becomes part of a configuration: it must be what RFC 8555 §8.1 says it is. */
const tokenPattern = /^[A-Za-z0-9_-]{1,256}$/;
const keyAuthorizationPattern = /^[A-Za-z0-9_-]{1,256}\.[A-Za-z0-9_-]{43}$/;

/** Answers http-01 through edits that `board` keeps. */
export function createNginxAuthenticator(board: ChallengeBoard, { random = systemRandom }: { readonly random?: Random } = {}): Authenticator {
  return {
    name: 'nginx',
    challengeTypes: (identifier, { wildcard }) => (identifier.type === 'dns' && !wildcard ? ['http-01'] : []),
    plan: (challenges) => Promise.resolve(challenges.map(({ identifier }) => ({ presentation: Buffer.from(random.bytes(9)).toString('base64url'), name: identifier.value }))),
    // The handle says it all; the edits are made once for all challenges, in waitUntilReady.
    present: (_challenge, handle) => Promise.resolve(handle),
    async waitUntilReady(presented, options) {
      const challenges = new Map(presented.map(({ challenge, handle }) => [presentationOf(handle), checked(challenge)]));
      if (challenges.size > 0) await board.show(challenges, options);
    },
    cleanUp: (handle) => board.end(presentationOf(handle)),
    hint: (problemType) =>
      ['connection', 'unauthorized', 'incorrectResponse', 'dns', 'tls'].includes(problemType)
        ? 'The Certificate Authority failed to verify the temporary nginx configuration changes. Ensure the listed domains point to this nginx server and that it is accessible from the internet.'
        : undefined,
  };
}

function checked({ identifier, token, keyAuthorization }: ChallengeToAnswer): HttpChallenge {
  if (!tokenPattern.test(token) || !keyAuthorizationPattern.test(keyAuthorization)) {
    throw new AuthenticatorError('tokenInvalid', `the challenge token for "${identifier.value}" is malformed`);
  }
  return { name: identifier.value, token, keyAuthorization };
}

function presentationOf(handle: Json): string {
  if (typeof handle === 'object' && handle !== null && 'presentation' in handle && typeof handle.presentation === 'string') return handle.presentation;
  throw new AuthenticatorError('handleMalformed', 'the handle of an nginx challenge is malformed');
}
