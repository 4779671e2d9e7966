// Account key rollover (RFC 8555 §7.3.5), and the proof that it happened.
import type { KeyObject } from 'node:crypto';

import { keysMatch, publicJwk, signJws } from '@certward/pki';

import { AcmeError, isProblem } from './errors.ts';
import { findAccount } from './new-account.ts';
import type { Session, Signer } from './session.ts';
import { sendSigned } from './signed-request.ts';
import type { CallOptions } from './types.ts';

/**
 * Changes the account's key to `newKey` and proves it: a success answer alone does not count, since servers exist that
 * answer 200 without changing anything when another account has the key. Throws `keyRolloverUnproven`, or the problem;
 * in both cases the old key still is the account's. A lost answer is settled by the same proof.
 */
export async function rolloverAccountKey(session: Session, signer: Required<Signer>, newKey: KeyObject, options: CallOptions): Promise<void> {
  if (keysMatch(signer.key, newKey)) throw new AcmeError('argumentInvalid', 'the new account key is the old one');
  const url = await session.resource('keyChange', options);
  const payload = () => innerJws(url, signer, newKey);
  try {
    await sendSigned(session, { url, signer, payload: payload(), expected: 'none', what: 'the key change', once: true }, options);
  } catch (error) {
    if (!(error instanceof AcmeError) || error.code !== 'replyLost') throw error;
    if (await isKeyOf(session, signer.accountUrl, newKey, options)) return;
    await sendSigned(session, { url, signer, payload: payload(), expected: 'none', what: 'the key change', once: true }, options);
  }
  if (!(await isKeyOf(session, signer.accountUrl, newKey, options))) {
    throw new AcmeError('keyRolloverUnproven', 'the ca said yes to the key change, but the new key does not lead to this account', {
      details: { accountUrl: signer.accountUrl },
      hint: 'the new key probably belongs to another account at this ca: roll over to a freshly made key; keep the old one meanwhile',
    });
  }
}

/** §7.3.5: signed by the new key with `jwk`, same url as outside, no nonce. */
function innerJws(url: string, { key: oldKey, accountUrl }: Required<Signer>, newKey: KeyObject): object {
  return signJws({
    key: newKey,
    protected: { jwk: publicJwk(newKey), url },
    payload: JSON.stringify({ account: accountUrl, oldKey: publicJwk(oldKey) }),
  });
}

async function isKeyOf(session: Session, accountUrl: string, key: KeyObject, options: CallOptions): Promise<boolean> {
  try {
    return (await findAccount(session, key, options))?.url === accountUrl;
  } catch (error) {
    // Some servers say unauthorized rather than accountDoesNotExist for a key they do not know.
    if (isProblem(error, 'unauthorized')) return false;
    throw error;
  }
}
