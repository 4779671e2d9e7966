// Errors of checkpoints: what keeps a change from being recorded, or a recorded one from being taken back.
import { AppError, type AppErrorOptions } from '@certward/base';

/** One remedy per code. */
export type CheckpointErrorCode =
  | 'backupFailed'
  | 'challengeFile'
  | 'checkpointBroken'
  | 'pathUnusable'
  | 'restoreFailed'
  | 'rollbackCountInvalid';

/** An error of checkpoints. `details.path` names the file, `details.folder` the checkpoint. */
export class CheckpointError extends AppError<CheckpointErrorCode> {
  override readonly name = 'CheckpointError';

  constructor(code: CheckpointErrorCode, message: string, options: AppErrorOptions = {}) {
    super(code, message, options);
  }
}
