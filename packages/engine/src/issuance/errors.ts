// Why an issuance ended without a certificate, beyond what the ACME client itself reports.
import { AppError, type AppErrorOptions } from '@certward/base';
import type { ChallengeType } from '../ports.ts';
import type { Identifier } from '@certward/pki';

/** Stable codes of {@link IssuanceError}. */
export type IssuanceErrorCode =
  /** The CA refused the proof for at least one name; see {@link ValidationError}. */
  | 'validationFailed'
  /** The CA did not decide about the proof in time. */
  | 'validationTimeout'
  /** An authenticator cannot answer what the CA offers. */
  | 'challengeUnsupported'
  /** The CA accepted the proof and then gave the order up. */
  | 'issuanceFailed'
  /** The CA still works on the order: run again later, it will be picked up. */
  | 'issuancePending'
  /** The CA delivered something else than what was ordered. */
  | 'certificateMismatch'
  | 'profileNotOffered'
  | 'keyMissing'
  | 'requestInvalid'
  | 'cleanUpFailed';

/** An issuance failed. */
export class IssuanceError extends AppError<IssuanceErrorCode> {
  override readonly name: string = 'IssuanceError';
}

/** Why one name was refused. */
export interface ValidationFailure {
  /** As ordered: with `*.` for a wildcard. */
  readonly identifier: Identifier;
  readonly authenticator: string;
  readonly challengeType: ChallengeType | undefined;
  /** Without the urn prefix. */
  readonly problemType: string;
  /** The CA's own words. */
  readonly detail: string;
}

/** The CA refused the proof for the names in `failures`; `hint` is the authenticators' advice. */
export class ValidationError extends IssuanceError {
  override readonly name = 'ValidationError';
  readonly failures: readonly ValidationFailure[];

  constructor(failures: readonly ValidationFailure[], options: AppErrorOptions) {
    const names = failures.map(({ identifier, problemType, detail }) => `"${identifier.value}" (${problemType}: ${detail})`);
    super('validationFailed', `the certificate authority could not verify ${names.join(', ')}`, {
      details: { failures },
      // A failed validation counts against limits: the first step of the usual back-off.
      retry: { afterSeconds: 60 },
      ...options,
    });
    this.failures = failures;
  }
}
