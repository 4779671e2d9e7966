// The private key of the certificate and the request that is signed with it.
import type { KeyObject } from 'node:crypto';
import { Secret } from '@certward/base';
import { createCsr, generatePrivateKey, type KeySpec, parsePrivateKeyPem, privateKeyToPem } from '@certward/pki';
import type { Attempt } from './attempt.ts';
import { IssuanceError } from './errors.ts';

const defaultKey: KeySpec = { type: 'ecdsa', curve: 'P-256' };

/** Name of the key in the journal entry. */
const journalKeyId = 'privkey';

/** The key: from the journal, from the request, or new. Generating one takes RSA long enough to start it early. */
export function certificateKey(attempt: Attempt): Promise<KeyObject> {
  return attempt.key(async () => {
    const kept = await attempt.journal.loadKey();
    if (kept !== undefined) return parsePrivateKeyPem(kept);
    const { key = defaultKey } = attempt.request;
    return key instanceof Secret ? parsePrivateKeyPem(key.reveal()) : await generatePrivateKey(key);
  });
}

/** Starts making the key while the CA validates. A failure comes to light when the key is needed. */
export function startKey(attempt: Attempt): void {
  if (attempt.request.csr === undefined) certificateKey(attempt).catch(() => undefined);
}

/** Writes the key to the journal, so that a certificate issued for it can never be without it. */
export async function keepKey(attempt: Attempt): Promise<void> {
  if (attempt.request.csr !== undefined || attempt.journal.entry.keyId !== undefined) return;
  await attempt.journal.saveKey(journalKeyId, privateKeyToPem(await certificateKey(attempt)));
  await attempt.journal.update({ keyId: journalKeyId });
}

/** The certification request (DER): the user's own, or one with exactly the ordered names (RFC 8555 §7.4). */
export async function certificateRequest(attempt: Attempt): Promise<Uint8Array> {
  const { csr, mustStaple = false } = attempt.request;
  if (csr !== undefined) return csr;
  const key = await certificateKey(attempt);
  return createCsr({ key, identifiers: attempt.identifiers, mustStaple }).der;
}

/** The key as PEM for the store; `undefined` with a CSR of the user. Throws `keyMissing` where the journal lost it. */
export async function privateKeyPem(attempt: Attempt): Promise<Secret | undefined> {
  if (attempt.request.csr !== undefined) return undefined;
  const pem = await attempt.journal.loadKey();
  if (pem !== undefined) return new Secret(pem);
  throw new IssuanceError('keyMissing', 'the journal does not hold the private key of this issuance any more', {
    hint: 'run again: a new order with a new key will be made',
  });
}
