// dns-account-01 (draft-ietf-acme-dns-account-label-02): a record name per account, so that several accounts can validate
// one name side by side. Experimental: the draft may still change.
import { createHash } from 'node:crypto';

const base32Alphabet = 'abcdefghijklmnopqrstuvwxyz234567';

/** The label without its underscore: lower-case base32 of the first ten octets of the account URL's SHA-256 (§3.1). */
export function dnsAccount01Label(accountUrl: string): string {
  const octets = createHash('sha256').update(accountUrl).digest().subarray(0, 10);
  let bits = 0n;
  for (const octet of octets) bits = (bits << 8n) | BigInt(octet);
  // 80 bits are sixteen characters exactly: never any padding.
  return Array.from({ length: 16 }, (_, index) => base32Alphabet[Number((bits >> BigInt(75 - 5 * index)) & 31n)]).join('');
}

/** Where dns-account-01 looks: absolute, no trailing dot. `domain` may be a wildcard, its base name is used. */
export function dnsAccount01RecordName(accountUrl: string, domain: string): string {
  return `_${dnsAccount01Label(accountUrl)}._acme-challenge.${domain.replace(/^\*\./, '')}`;
}
