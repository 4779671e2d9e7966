// Revocation (RFC 8555 §7.6), by an account or by the certificate's own key.
import { base64urlEncode, type Certificate, parseCertificate } from '@certward/pki';

import { isProblem } from './errors.ts';
import type { Session, Signer } from './session.ts';
import { sendSigned } from './signed-request.ts';
import type { CallOptions } from './types.ts';

/** Reason codes of RFC 5280 §5.3.1 by name. 7 does not exist. Many CAs take only the first, 1, 4 and 5 from subscribers. */
export const revocationReasons = {
  unspecified: 0,
  keyCompromise: 1,
  cACompromise: 2,
  affiliationChanged: 3,
  superseded: 4,
  cessationOfOperation: 5,
  certificateHold: 6,
  removeFromCRL: 8,
  privilegeWithdrawn: 9,
  aACompromise: 10,
} as const;

/** The name of a reason. */
export type RevocationReason = keyof typeof revocationReasons;

/** What to revoke. */
export interface Revocation {
  /** The certificate, or its PEM or DER. */
  readonly certificate: Certificate | string | Uint8Array;
  /** Default: none is sent, which CAs record as unspecified. */
  readonly reason?: RevocationReason | undefined;
}

/** What came of it. */
export interface RevocationOutcome {
  /** True when the CA had revoked it before; a success all the same. */
  readonly wasAlreadyRevoked: boolean;
}

/** Revokes with the signature of `signer`: an account, or (without account URL) the certificate's key. */
export async function revokeCertificate(session: Session, signer: Signer, revocation: Revocation, options: CallOptions): Promise<RevocationOutcome> {
  const { certificate, reason } = revocation;
  const { der } = typeof certificate === 'string' || certificate instanceof Uint8Array ? parseCertificate(certificate) : certificate;
  const payload = { certificate: base64urlEncode(der), ...(reason === undefined ? {} : { reason: revocationReasons[reason] }) };
  try {
    const post = (url: string) => sendSigned(session, { url, signer, payload, expected: 'none', what: 'the revocation' }, options);
    await session.withResource('revokeCert', post, options);
    return { wasAlreadyRevoked: false };
  } catch (error) {
    if (isProblem(error, 'alreadyRevoked')) return { wasAlreadyRevoked: true };
    throw error;
  }
}
