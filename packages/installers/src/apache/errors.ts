// What can go wrong with an Apache server and its configuration. The hint says what to change.
import { AppError } from '@certward/base';

/** Stable codes of {@link ApacheError}. */
export type ApacheErrorCode =
  | 'addressInUse'
  | 'challengeFailed'
  | 'commandFailed'
  | 'configMalformed'
  | 'configTestFailed'
  | 'configUnreadable'
  | 'headerConflict'
  | 'moduleMissing'
  | 'notPrepared'
  | 'reloadFailed'
  | 'serverMissing'
  | 'stateMalformed'
  | 'versionUnsupported'
  | 'virtualHostMissing';

/** Apache, or the configuration of it, cannot do what was asked. */
export class ApacheError extends AppError<ApacheErrorCode> {
  override readonly name = 'ApacheError';
}
