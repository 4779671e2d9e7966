// Refuses names that the chosen authenticator can never prove, before the CA is troubled. Text as Certbot's.
import type { Authenticator } from '@certward/engine';
import { baseName, type Identifier, isWildcard } from '@certward/pki';
import { cliError } from '../errors.ts';
import { parsePreferredChallenges } from '../settings/challenges.ts';
import type { Settings } from '../settings/settings.ts';

/** Throws `pluginMisconfigured` naming what cannot be proved and what could prove it. */
export function checkAnswerable(authenticator: Authenticator, identifiers: readonly Identifier[], { values }: Settings): void {
  const preferred = parsePreferredChallenges(values.preferredChallenges);
  const unanswerable = identifiers.filter((identifier) => {
    const base: Identifier = { type: identifier.type, value: baseName(identifier) };
    const types = authenticator.challengeTypes(base, { wildcard: isWildcard(identifier) });
    return !types.some((type) => preferred.length === 0 || preferred.includes(type));
  });
  if (unanswerable.length === 0) return;
  const names = unanswerable.map(({ value }) => value).join(', ');
  throw cliError(
    'pluginMisconfigured',
    'Client with the currently selected authenticator does not support any combination of challenges that will satisfy the CA.',
    { details: { identifiers: names, authenticator: authenticator.name }, hint: hintFor(unanswerable, authenticator, preferred) },
  );
}

function hintFor(unanswerable: readonly Identifier[], { name }: Authenticator, preferred: readonly string[]): string {
  const first = unanswerable[0]?.value ?? '';
  if (preferred.length > 0) return `--preferred-challenges leaves ${name} nothing to answer for "${first}"`;
  if (unanswerable.some(isWildcard)) return `"${first}" is a wildcard: only DNS can prove it, with --dns-rfc2136 or --manual --preferred-challenges dns`;
  return `"${first}" cannot be proved by ${name}: IP addresses take --standalone, --webroot, --tls-alpn or --manual`;
}
