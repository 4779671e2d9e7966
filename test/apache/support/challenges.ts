// Challenges as an issuance hands them to authenticators.
import type { ChallengeToAnswer } from '@certward/engine';

/** An http-01 challenge for a name. */
export const challengeFor = (name: string, token: string): ChallengeToAnswer => ({
  identifier: { type: 'dns', value: name },
  wildcard: false,
  type: 'http-01',
  token,
  keyAuthorization: `${token}.thumbprint`,
  validation: `${token}.thumbprint`,
  recordName: '',
  accountUrl: 'https://ca.test/account/1',
});
