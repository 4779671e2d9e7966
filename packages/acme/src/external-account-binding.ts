// External account binding (RFC 8555 §7.3.4): proof that the new account belongs to a customer of the CA.
import type { KeyObject } from 'node:crypto';

import type { Secret } from '@certward/base';
import { type FlattenedJws, publicJwk, signHmacJws } from '@certward/pki';

import { AcmeError } from './errors.ts';

/** What the CA gave its customer. Often good for one registration only: keep the account key before registering. */
export interface ExternalAccountBinding {
  readonly kid: string;
  /** The MAC key in base64url. Padding, the standard alphabet and stray blanks, usual slips of the hand, are put right. */
  readonly hmacKey: Secret;
  /** Default HS256, which every CA takes. */
  readonly algorithm?: 'HS256' | 'HS384' | 'HS512';
}

/** The `externalAccountBinding` member of newAccount. Throws `externalAccountKeyMalformed`; the key itself is never shown. */
export function signExternalAccountBinding(binding: ExternalAccountBinding, account: { readonly key: KeyObject; readonly newAccountUrl: string }): FlattenedJws {
  return signHmacJws({
    key: decodeMacKey(binding.hmacKey),
    algorithm: binding.algorithm ?? 'HS256',
    // Same url as the outer JWS, no nonce.
    protected: { kid: binding.kid.trim(), url: account.newAccountUrl },
    payload: JSON.stringify(publicJwk(account.key)),
  });
}

function decodeMacKey(hmacKey: Secret): Uint8Array {
  const text = hmacKey
    .reveal()
    .replaceAll(/\s+/g, '')
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace(/={1,2}$/, '');
  if (text === '' || !/^[A-Za-z0-9_-]+$/.test(text) || text.length % 4 === 1) {
    throw new AcmeError('externalAccountKeyMalformed', 'the hmac key of the external account binding is not base64url', {
      hint: 'copy it again from the ca: it consists of letters, digits, "-" and "_"',
    });
  }
  return Buffer.from(text, 'base64url');
}
