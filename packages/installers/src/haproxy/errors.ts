// Errors of the HAProxy installer.
import { AppError, type AppErrorOptions } from '@certward/base';

/** One remedy per code. */
export type HaproxyErrorCode =
  | 'bundleUnusable'
  | 'configInvalid'
  | 'configUnreadable'
  | 'enhancementUnsupported'
  | 'http01Unsupported'
  | 'noBind'
  | 'reloadFailed'
  | 'socketFailed'
  | 'socketRefused'
  | 'valueInvalid';

/** An error of the HAProxy installer; where HAProxy itself refused something, with its own message. */
export class HaproxyError extends AppError<HaproxyErrorCode> {
  override readonly name = 'HaproxyError';

  constructor(code: HaproxyErrorCode, message: string, options: AppErrorOptions = {}) {
    super(code, message, options);
  }
}
