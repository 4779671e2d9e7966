// The validation port: how control of an identifier is proven. The real implementation asks the network; tests and
// operators with more vantage points bring their own.
import type { Identifier } from '@certward/pki';
import type { ChallengeType } from '../model.ts';

/** One proof to look for. */
export interface ValidationRequest {
  readonly type: ChallengeType;
  /** Without the `*.` of a wildcard. */
  readonly identifier: Identifier;
  readonly wildcard: boolean;
  /** Empty for dns-persist-01. */
  readonly token: string;
  /** Token and account key thumbprint (RFC 8555 §8.1); empty for dns-persist-01. */
  readonly keyAuthorization: string;
  readonly accountUrl: string;
}

/** Proves control, or throws a `Problem` that says why not. Any other error counts as a fault of the authority. */
export interface Validator {
  validate(request: ValidationRequest, options: { readonly signal: AbortSignal }): Promise<void>;
}
