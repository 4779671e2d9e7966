// The port through which `obtainCertificate` proves control. Three methods are enough; the optional ones make it faster.
import type { Identifier } from '@certward/pki';

import type { CallOptions, ChallengeType } from './types.ts';

/** One proof to put in place. Everything in it was checked: the token is base64url of bounded length. */
export interface ChallengeToPresent {
  /** The base name for a wildcard. */
  readonly identifier: Identifier;
  readonly wildcard: boolean;
  readonly type: ChallengeType;
  /** Empty for dns-persist-01. */
  readonly token: string;
  readonly keyAuthorization: string;
  /** What to publish: body for http-01, TXT value for DNS types (dns-persist-01 included), key authorization for tls-alpn-01. */
  readonly validation: string;
  /** Where DNS types publish it: absolute, no trailing dot, before any delegation. Else empty. */
  readonly recordName: string;
  readonly accountUrl: string;
}

/** Proves control over identifiers in one or more ways. */
export interface Solver {
  /** The types it can answer, preferred first. */
  readonly challengeTypes: readonly ChallengeType[];
  /** Default: every identifier. */
  supports?(identifier: Identifier, options: { readonly wildcard: boolean }): boolean;
  /** Whether a standing record may name this issuer (dns-persist-01). Default: whatever the CA offers first. Experimental. */
  acceptsIssuer?(issuerDomainName: string): boolean;
  /** Puts the proof in place. MUST NOT disturb other proofs: a name and its wildcard share a TXT record name. */
  present(challenge: ChallengeToPresent, options: CallOptions): Promise<void>;
  /** SHOULD resolve once the CA can see all of them: servers listening, every name server answering. */
  waitUntilReady?(challenges: readonly ChallengeToPresent[], options: CallOptions): Promise<void>;
  /** MAY resolve when the CA came to look, so that the order is polled at once. */
  whenValidated?(challenge: ChallengeToPresent, options: CallOptions): Promise<void>;
  /** Removes the proof. MUST be idempotent; called for everything that `present` was called for, even if that failed. */
  cleanUp(challenge: ChallengeToPresent, options: CallOptions): Promise<void>;
}
