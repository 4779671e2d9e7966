// Errors of the command line and the exit status that each means. Texts that scripts match on are Certbot's own.
import { AppError, type AppErrorOptions } from '@certward/base';

/** Codes of {@link CliError}; `--json` shows them. */
export type CliErrorCode =
  | 'argumentSyntax'
  | 'argumentInvalid'
  | 'argumentConflict'
  | 'answerMissing'
  | 'pluginMissing'
  | 'pluginMisconfigured'
  | 'fileUnreadable'
  | 'folderUnusable'
  | 'alreadyRunning'
  | 'accountMissing'
  | 'accountExists'
  | 'certificateMissing'
  | 'certificateMismatch'
  | 'hookInvalid'
  | 'hookFailed'
  | 'renewalFailed'
  | 'installationFailed'
  | 'enhancementFailed'
  | 'issuanceRefused'
  | 'checkFailed'
  | 'cancelled'
  | 'interrupted';

/** An error that the person at the command line can do something about. */
export class CliError extends AppError<CliErrorCode> {
  override readonly name = 'CliError';
}

/** Shorthand for throwing. */
export function cliError(code: CliErrorCode, message: string, options: AppErrorOptions = {}): CliError {
  return new CliError(code, message, options);
}

/** Exit status of a run that ended with `error`: 2 for arguments that do not parse, 1 for everything else. */
export function exitCodeOf(error: unknown): number {
  return error instanceof CliError && error.code === 'argumentSyntax' ? 2 : 1;
}
