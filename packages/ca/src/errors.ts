// The codes of errors that concern the operator of the authority: starting, storing, configuring.
// What a client did wrong is a Problem (problem.ts) and travels as a problem document instead.
import { AppError, type AppErrorOptions } from '@certward/base';

/** Every code a {@link CaError} can have. */
export type CaErrorCode =
  | 'addressInvalid'
  | 'dataFolderInUse'
  | 'dataFolderUnreadable'
  | 'listenRefused'
  | 'optionInvalid'
  | 'plainHttpBeyondLoopback'
  | 'sqliteUnavailable'
  | 'storeFailed'
  | 'unsafeOptionUnnamed';

/** The authority cannot start or go on; the operator has to act. */
export class CaError extends AppError<CaErrorCode> {
  override readonly name = 'CaError';

  constructor(code: CaErrorCode, message: string, options: AppErrorOptions = {}) {
    super(code, message, options);
  }
}
