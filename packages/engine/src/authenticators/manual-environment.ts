// The variables that Certbot's manual hooks get. Scripts depend on every one of them, also on those that are unset.
import type { ChallengeToAnswer } from '../ports.ts';

/** What a hook is told about one challenge beside the challenge itself. */
export interface ManualContext {
  /** All names of the issuance that are being challenged, in order. */
  readonly allIdentifiers: readonly string[];
  /** How many challenges come after this one. */
  readonly remaining: number;
  /** What the auth hook printed, for the clean-up hook only. */
  readonly authOutput?: string | undefined;
}

/** Names that only we may set: one inherited from an outer run would mislead the hook. */
const ownVariables = [
  'CERTBOT_DOMAIN',
  'CERTBOT_IDENTIFIER',
  'CERTBOT_VALIDATION',
  'CERTBOT_TOKEN',
  'CERTBOT_ALL_DOMAINS',
  'CERTBOT_ALL_IDENTIFIERS',
  'CERTBOT_REMAINING_CHALLENGES',
  'CERTBOT_AUTH_OUTPUT',
];

/** The hook's whole environment: `inherited` plus the challenge. `CERTBOT_TOKEN` is set for http-01 only. */
export function manualEnvironment(
  inherited: Readonly<Record<string, string | undefined>>,
  challenge: ChallengeToAnswer,
  context: ManualContext,
): Record<string, string | undefined> {
  const kept = Object.fromEntries(Object.entries(inherited).filter(([name]) => !ownVariables.includes(name)));
  const all = context.allIdentifiers.join(',');
  return {
    ...kept,
    CERTBOT_DOMAIN: challenge.identifier.value,
    CERTBOT_IDENTIFIER: challenge.identifier.value,
    CERTBOT_VALIDATION: challenge.validation,
    ...(challenge.type === 'http-01' ? { CERTBOT_TOKEN: challenge.token } : {}),
    CERTBOT_ALL_DOMAINS: all,
    CERTBOT_ALL_IDENTIFIERS: all,
    CERTBOT_REMAINING_CHALLENGES: String(context.remaining),
    ...(context.authOutput === undefined ? {} : { CERTBOT_AUTH_OUTPUT: context.authOutput }),
  };
}
