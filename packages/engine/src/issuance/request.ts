// What a caller asks of an issuance, what it must bring along, and what comes out.
import type { Clock, Log, Random, Secret } from '@certward/base';
import type { Certificate, Identifier, KeySpec } from '@certward/pki';
import type { Authenticator, CallOptions, ChallengeToAnswer, ChallengeType, IssuanceListener, Journal } from '../ports.ts';
import type { CaAccount } from './ca-account.ts';

/** Asks for one certificate. */
export interface IssuanceRequest {
  /** Stable over restarts: the lineage at this CA. One id has at most one issuance under way. */
  readonly id: string;
  readonly directoryUrl: string;
  readonly account: CaAccount;
  /** The names, wildcards included. With `csr` they must be those of the CSR. */
  readonly identifiers: readonly Identifier[];
  /** Who proves control over a name. Different names may have different authenticators. */
  readonly authenticatorFor: (identifier: Identifier) => Authenticator;
  /** Allowed challenge types, the preferred one first. Default: whatever the authenticator can, in its own order. */
  readonly challengePreference?: readonly ChallengeType[] | undefined;
  /** A new key of this kind, or an existing one (PKCS#8 PEM). Default ECDSA P-256. Ignored with `csr`. */
  readonly key?: KeySpec | Secret | undefined;
  /** TLS feature extension (RFC 7633). Default false: the large CAs refuse it by now. */
  readonly mustStaple?: boolean | undefined;
  /** The user's own certification request (DER); then no private key is known here. */
  readonly csr?: Uint8Array | undefined;
  /** A profile that the CA must offer, or one that is used only if it does. */
  readonly profile?: { readonly name: string; readonly required: boolean } | undefined;
  /**
   * When the certificate that this one is to replace became valid: one that an interrupted run left is not handed out if
   * it is older, because another program has renewed since.
   */
  readonly newerThan?: Date | undefined;
  /** ARI id of the certificate that this one replaces (RFC 9773 §5). Left out when the CA objects. */
  readonly replaces?: string | undefined;
  /** Common name of the issuer of the chain's topmost certificate. */
  readonly preferredChain?: string | undefined;
  /** From finalizing to the certificate. Default 90 s. */
  readonly issuanceTimeoutMs?: number | undefined;
  /** From responding to the CA's decision. Default 30 min. */
  readonly validationTimeoutMs?: number | undefined;
  /** For removing what was presented, also after an abort. Default 2 min. */
  readonly cleanUpTimeoutMs?: number | undefined;
  /** Exercise every challenge and store nothing. */
  readonly dryRun?: boolean | undefined;
  /** Go on without names that the CA refuses, as long as one is left. Not with `csr`. */
  readonly allowSubsetOfNames?: boolean | undefined;
}

/** What an issuance works with. */
export interface IssuanceDeps {
  readonly journal: Journal;
  /**
   * Keeps the certificate. Not called for dry runs. MUST be idempotent: after a crash between storing and noting it,
   * the same certificate comes again. When it throws, the journal keeps key and certificate for the next run.
   */
  readonly store: (result: IssuanceResult) => Promise<void>;
  /** Called with everything in place, before the CA is told to look. */
  readonly debugChallenges?: ((challenges: readonly ChallengeToAnswer[], options: CallOptions) => Promise<void>) | undefined;
  readonly listener?: IssuanceListener | undefined;
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
  readonly log?: Log | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A name that was left out, see {@link IssuanceRequest.allowSubsetOfNames}. */
export interface DroppedIdentifier {
  readonly identifier: Identifier;
  /** Absent when it was left out before a restart. */
  readonly problemType?: string;
  readonly detail?: string;
}

/** A certificate was issued. */
export interface IssuanceResult {
  /** The chain as the CA served it, leaf first. */
  readonly certificatePem: string;
  readonly chain: readonly Certificate[];
  /** PKCS#8; absent with a CSR of the user. */
  readonly privateKeyPem: Secret | undefined;
  readonly identifiers: readonly Identifier[];
  readonly dropped: readonly DroppedIdentifier[];
  readonly orderUrl: string | undefined;
  /** An earlier, interrupted attempt was brought to its end. */
  readonly resumed: boolean;
  /** What could not be removed; the journal keeps it for the next run. */
  readonly cleanUpFailures: readonly Error[];
}
