// Challenge tokens (RFC 8555 §8). They become file names, URL paths and DNS values later: nothing passes but base64url.
import { AcmeError } from './errors.ts';

/** Longest file name on the usual file systems; tokens in the wild have 22 to 86 characters. */
const longestToken = 255;

/** True for a token that is safe in a path, a URL and a record: base64url alphabet, bounded length. */
export function isSafeToken(token: unknown): token is string {
  return typeof token === 'string' && token.length > 0 && token.length <= longestToken && /^[A-Za-z0-9_-]+$/.test(token);
}

/** Returns `token`, or throws `tokenInvalid` without repeating what was in it. */
export function checkToken(token: unknown): string {
  if (isSafeToken(token)) return token;
  throw new AcmeError('tokenInvalid', 'the ca sent a challenge token that is not base64url or is overlong', {
    hint: 'a proper ca never does this: check which server the directory url leads to',
  });
}
