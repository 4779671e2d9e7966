// DNS-PERSIST-01 in the form that is deployed (draft-ietf-acme-dns-persist-01): a standing TXT record names authority and account.
import type { Clock } from '@certward/base';
import { Problem } from '../problem.ts';
import { parseIssueValue } from './caa.ts';
import type { Resolver } from './resolver.ts';
import type { ValidationRequest } from './validator.ts';

/** What the check needs. */
export interface DnsPersistOptions {
  readonly resolver: Resolver;
  readonly issuerDomainNames: readonly string[];
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Throws `unauthorized` unless a record names this authority and the account, `malformed` where ours is broken. */
export async function validateDnsPersist01(request: ValidationRequest, options: DnsPersistOptions): Promise<void> {
  const name = `_validation-persist.${request.identifier.value}`;
  const values = await options.resolver.txt(name, { signal: options.signal });
  let malformed: string | undefined;
  for (const value of values) {
    const verdict = judge(value, request, options);
    if (verdict === 'good') return;
    if (verdict === 'malformed') malformed = value;
  }
  if (malformed !== undefined) throw new Problem('malformed', `a TXT record at "${name}" is malformed`);
  throw new Problem('unauthorized', `no TXT record at "${name}" authorizes this account`);
}

function judge(value: string, request: ValidationRequest, { clock, issuerDomainNames }: DnsPersistOptions): 'good' | 'foreign' | 'malformed' {
  const isOurs = issuerDomainNames.some((issuer) => value.trimStart().toLowerCase().startsWith(issuer.toLowerCase()));
  const parsed = parseIssueValue(value);
  if (parsed === undefined) return isOurs ? 'malformed' : 'foreign';
  const { issuer, parameters } = parsed;
  if (!issuerDomainNames.some((one) => one.toLowerCase() === issuer) || parameters.get('accounturi') !== request.accountUrl) return 'foreign';
  if (request.wildcard && parameters.get('policy')?.toLowerCase() !== 'wildcard') return 'foreign';
  const until = parameters.get('persistuntil');
  if (until === undefined) return 'good';
  if (!/^\d{1,12}$/.test(until)) return 'malformed';
  return clock.now().getTime() <= Number(until) * 1000 ? 'good' : 'foreign';
}
