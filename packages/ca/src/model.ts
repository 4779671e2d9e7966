// What the authority remembers. Records hold facts (who, what, when); every status is derived from them in status.ts.
//
//   account        one key of one customer; its URL is the `kid` of requests
//   order          a request for one certificate: identifiers, profile, and the authorizations it needs
//   authorization  whether one account controls one identifier, with the challenges that may prove it
//   challenge      one way to prove control; belongs to its authorization and has no life of its own
//   certificate    a leaf we issued, with what became of it
//
// Naming carries meaning for the stores: members ending in `At` are instants, members ending in `Der` are bytes.
import type { Identifier, Jwk } from '@certward/pki';
import type { StoredProblem } from './problem.ts';

/** The challenge types this authority can offer. */
export type ChallengeType = 'http-01' | 'dns-01' | 'tls-alpn-01' | 'dns-account-01' | 'dns-persist-01';

/** RFC 8555 §7.1.2. */
export interface AccountRecord {
  readonly id: string;
  /** The key's RFC 7638 thumbprint: how an account is found by its key. */
  readonly thumbprint: string;
  readonly jwk: Jwk;
  readonly contact: readonly string[];
  readonly termsOfServiceAgreed: boolean;
  /** The customer key the account was bound to, with the proof as the client sent it (§7.3.4). */
  readonly eabKid?: string;
  readonly externalAccountBinding?: Readonly<Record<string, unknown>>;
  readonly createdAt: Date;
  readonly deactivatedAt?: Date;
}

/** RFC 8555 §7.1.3. */
export interface OrderRecord {
  readonly id: string;
  readonly accountId: string;
  readonly identifiers: readonly Identifier[];
  /** Canonical text of the identifier set, for finding an order to reuse. */
  readonly identifierSet: string;
  readonly profile: string;
  /** RFC 9773 certificate id of the predecessor. */
  readonly replaces?: string;
  readonly requestedNotBeforeAt?: Date;
  readonly requestedNotAfterAt?: Date;
  readonly authorizationIds: readonly string[];
  readonly createdAt: Date;
  readonly expiresAt: Date;
  /** Set by finalize; from then on the order is processing until a certificate or an error exists. */
  readonly finalizedAt?: Date;
  readonly csrDer?: Uint8Array;
  readonly certificateSerial?: string;
  readonly error?: StoredProblem;
}

/** RFC 8555 §7.1.5 and §8. */
export interface ChallengeRecord {
  readonly type: ChallengeType;
  /** Absent for dns-persist-01, which has none. */
  readonly token?: string;
  readonly respondedAt?: Date;
  readonly validatedAt?: Date;
  readonly error?: StoredProblem;
}

/** RFC 8555 §7.1.4. */
export interface AuthorizationRecord {
  readonly id: string;
  readonly accountId: string;
  /** Without the `*.` of a wildcard, which is the `wildcard` flag. */
  readonly identifier: Identifier;
  readonly wildcard: boolean;
  readonly profile: string;
  readonly challenges: readonly ChallengeRecord[];
  readonly createdAt: Date;
  /** End of the pending state. */
  readonly expiresAt: Date;
  readonly validatedAt?: Date;
  /** End of the valid state; set together with `validatedAt`. */
  readonly validUntilAt?: Date;
  readonly deactivatedAt?: Date;
}

/** A leaf certificate. */
export interface CertificateRecord {
  /** Lower-case hex of the DER content octets, leading zeros included: the certificate's name in URLs. */
  readonly serial: string;
  readonly accountId: string;
  readonly orderId: string;
  readonly profile: string;
  readonly issuerId: string;
  readonly certificateDer: Uint8Array;
  readonly identifiers: readonly Identifier[];
  /** Hex SHA-256 of the SubjectPublicKeyInfo: all certificates of one key. */
  readonly spkiHash: string;
  readonly notBeforeAt: Date;
  readonly notAfterAt: Date;
  readonly revokedAt?: Date;
  /** RFC 5280 §5.3.1. */
  readonly revocationReason?: number;
  /** The order that names this certificate in `replaces` (RFC 9773 §5). */
  readonly replacedByOrderId?: string;
  /** An operator's own renewal window (RFC 9773 §4.2). */
  readonly renewalWindow?: RenewalWindow;
}

/** A suggested window in which to renew, with a page that says why. */
export interface RenewalWindow {
  readonly startAt: Date;
  readonly endAt: Date;
  readonly explanationUrl?: string;
}
