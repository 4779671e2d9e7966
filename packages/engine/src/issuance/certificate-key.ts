// The private key of the certificate and the request that is signed with it.
import { createPublicKey, type KeyObject } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { Secret } from '@certward/base';
import { createCsr, describeKey, generatePrivateKey, keysMatch, type KeySpec, parsePrivateKeyPem, privateKeyToPem } from '@certward/pki';
import type { Attempt } from './attempt.ts';
import { IssuanceError } from './errors.ts';
import { sideBySide } from './side-by-side.ts';

const defaultKey: KeySpec = { type: 'ecdsa', curve: 'P-256' };

/** Name of the key in the journal entry. */
const journalKeyId = 'privkey';

/** The key: from the journal, from the request, or new. Generating one takes RSA long enough to start it early. */
export function certificateKey(attempt: Attempt): Promise<KeyObject> {
  return attempt.key(async () => {
    const { key: wanted = defaultKey } = attempt.request;
    const kept = await keptKey(attempt);
    if (kept !== undefined && (isBound(attempt) || isWanted(kept, wanted))) return kept;
    return wanted instanceof Secret ? parsePrivateKeyPem(wanted.reveal()) : await generatePrivateKey(wanted);
  });
}

async function keptKey(attempt: Attempt): Promise<KeyObject | undefined> {
  const pem = await attempt.journal.loadKey();
  return pem === undefined ? undefined : parsePrivateKeyPem(pem);
}

/** The CA has the CSR: no other key will do any more. */
function isBound(attempt: Attempt): boolean {
  if (attempt.certificatePem !== undefined || !attempt.hasOrder) return true;
  return attempt.order.state.status === 'processing' || attempt.order.state.status === 'valid';
}

/** The request may have changed since an interrupted run made its key. */
function isWanted(kept: KeyObject, wanted: KeySpec | Secret): boolean {
  if (wanted instanceof Secret) return keysMatch(parsePrivateKeyPem(wanted.reveal()), createPublicKey(kept));
  return isDeepStrictEqual(describeKey(kept), wanted);
}

/** Starts making the key while the CA validates. A failure comes to light when the key is needed. */
export function startKey(attempt: Attempt): void {
  if (attempt.request.csr === undefined) certificateKey(attempt).catch(() => undefined);
}

/**
 * Writes to the journal that the order is being finalized, and with which key: a certificate issued for it can never be
 * without it. Of the two writes either may be lost in a crash, as long as the CA has not been asked.
 */
export async function keepKeyAndIntent(attempt: Attempt): Promise<void> {
  const { journal, request } = attempt;
  if (request.csr !== undefined) return await journal.update({ finalizing: true });
  const pem = privateKeyToPem(await certificateKey(attempt));
  if ((await journal.loadKey()) === pem) return await journal.update({ finalizing: true });
  const writeKey = () => journal.saveKey(journalKeyId, pem);
  await sideBySide([writeKey, () => journal.update({ keyId: journalKeyId, finalizing: true })], undefined);
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
