// What is wrong with a hook before it ever ran. What a hook reports when it runs is a result, not an error.
import { AppError } from '@certward/base';

/** Stable codes of {@link HookError}. */
export type HookErrorCode = 'hookNotFound' | 'hookNotExecutable';

/** A hook command cannot be run as it stands. */
export class HookError extends AppError<HookErrorCode> {
  override readonly name = 'HookError';
}
