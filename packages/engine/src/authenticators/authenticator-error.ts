// What can go wrong while proof is put in place on this machine: ports, folders, hooks. Problems that the CA reports live elsewhere.
import { AppError } from '@certward/base';

/** Stable codes of {@link AuthenticatorError}. */
export type AuthenticatorErrorCode =
  | 'addressInvalid'
  | 'addressUnavailable'
  | 'challengeConflict'
  | 'challengeUnsupported'
  | 'handleMalformed'
  | 'manualInputMissing'
  | 'portForbidden'
  | 'portInUse'
  | 'tokenInvalid'
  | 'webrootEscape'
  | 'webrootMissing'
  | 'webrootNotWritable';

/** An authenticator could not put proof in place; the hint names the remedy on this machine. */
export class AuthenticatorError extends AppError<AuthenticatorErrorCode> {
  override readonly name = 'AuthenticatorError';
}
