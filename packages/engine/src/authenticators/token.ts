// The one check that stands between a token from the CA and a file name, a table key or a hook's environment.
import { AuthenticatorError } from './authenticator-error.ts';

/** Where http-01 is asked for (RFC 8555 §8.3). */
export const challengePathPrefix = '/.well-known/acme-challenge/';

/** RFC 8555 §8.3: base64url alphabet only. No CA uses more than 64 characters; file names end at 255. */
const tokenPattern = /^[A-Za-z0-9_-]{1,128}$/;

/** True when `token` may be used as a file name. */
export function isSafeToken(token: string): boolean {
  return tokenPattern.test(token);
}

/** Returns `token`, or throws `tokenInvalid` when a CA (or a damaged journal) supplied anything but base64url. */
export function checkToken(token: unknown): string {
  if (typeof token === 'string' && isSafeToken(token)) return token;
  throw new AuthenticatorError('tokenInvalid', `challenge token ${JSON.stringify(token)} is not base64url`, {
    hint: 'the certificate authority sent a token that RFC 8555 forbids; nothing was created for it',
  });
}
