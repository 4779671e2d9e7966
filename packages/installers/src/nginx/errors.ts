// What can go wrong between us and nginx. One remedy per code.
import { AppError } from '@certward/base';

/** Stable codes of {@link NginxError}. */
export type NginxErrorCode =
  | 'configurationInvalid'
  | 'configurationMissing'
  | 'directiveConflict'
  | 'enhancementUnsupported'
  | 'nginxFailed'
  | 'nginxMissing'
  | 'nginxUnsupported'
  | 'noSecureServer'
  | 'noServerBlock'
  | 'restartFailed'
  | 'syntax'
  | 'valueInvalid';

/** A configuration or a server that we cannot work with; the message carries nginx's own words where it said some. */
export class NginxError extends AppError<NginxErrorCode> {
  override readonly name = 'NginxError';
}
