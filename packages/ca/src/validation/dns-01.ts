// DNS-01 (RFC 8555 §8.4) and DNS-ACCOUNT-01 (draft-ietf-acme-dns-account-label): a TXT record with the digest of the key authorization.
import { createHash } from 'node:crypto';
import { Problem } from '../problem.ts';
import type { Resolver } from './resolver.ts';
import type { ValidationRequest } from './validator.ts';

/** Throws `dns` or `unauthorized` unless one TXT value of the set is the digest. */
export async function validateDns01(
  request: ValidationRequest,
  { resolver, signal }: { readonly resolver: Resolver; readonly signal: AbortSignal },
): Promise<void> {
  const name = recordName(request);
  const expected = createHash('sha256').update(request.keyAuthorization).digest('base64url');
  const values = await resolver.txt(name, { signal });
  if (values.includes(expected)) return;
  if (values.length === 0) throw new Problem('unauthorized', `no TXT record found at "${name}"`);
  throw new Problem('unauthorized', `none of the ${values.length} TXT records at "${name}" has the expected value`);
}

function recordName({ accountUrl, identifier, type }: ValidationRequest): string {
  const label = type === 'dns-account-01' ? `_${accountLabel(accountUrl)}.` : '';
  return `${label}_acme-challenge.${identifier.value}`;
}

/** Lower-case base32 of the first ten octets of the account URL's SHA-256: 16 characters that tell accounts apart. */
export function accountLabel(accountUrl: string): string {
  const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';
  const octets = createHash('sha256').update(accountUrl).digest().subarray(0, 10);
  let bits = BigInt(`0x${octets.toString('hex')}`);
  let label = '';
  for (let index = 0; index < 16; index++) {
    label = `${alphabet[Number(bits & 31n)]}${label}`;
    bits >>= 5n;
  }
  return label;
}
