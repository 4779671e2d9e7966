// Errors of file targets.
import { AppError, type AppErrorOptions } from '@certward/base';

/** One remedy per code. */
export type FileTargetErrorCode =
  | 'checkFailed'
  | 'commandFailed'
  | 'definitionInvalid'
  | 'folderMissing'
  | 'materialInvalid'
  | 'ownerRefused'
  | 'ownerUnknown'
  | 'secretMissing';

/** An error of a file target. Files are as they were before, unless `details.restored` is false. */
export class FileTargetError extends AppError<FileTargetErrorCode> {
  override readonly name = 'FileTargetError';

  constructor(code: FileTargetErrorCode, message: string, options: AppErrorOptions = {}) {
    super(code, message, options);
  }
}
