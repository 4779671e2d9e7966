// Key authorizations (RFC 8555 §8.1) and what http-01 and dns-01 publish of them (§8.3, §8.4).
import { createHash } from 'node:crypto';

import { baseName, type Identifier } from '@certward/pki';

import { checkToken } from './token.ts';

/** The token joined with the account key's thumbprint. Throws `tokenInvalid` for an unsafe token. */
export function keyAuthorizationOf(token: string, thumbprint: string): string {
  return `${checkToken(token)}.${thumbprint}`;
}

/** Where the CA fetches the answer to an http-01 challenge (§8.3), on port 80. Throws `tokenInvalid`. */
export function http01Path(token: string): string {
  return `/.well-known/acme-challenge/${checkToken(token)}`;
}

/** The TXT value for dns-01 and dns-account-01 (§8.4): base64url of the key authorization's SHA-256. */
export function dns01TxtValue(keyAuthorization: string): string {
  return createHash('sha256').update(keyAuthorization).digest('base64url');
}

/** Where dns-01 looks (§8.4): absolute, no trailing dot; for a wildcard the base name's. */
export function dns01RecordName(identifier: Identifier): string {
  return `_acme-challenge.${baseName(identifier)}`;
}
