// The errors of the store side of the engine, and the translation of what the operating system says into them.
import { AppError, type AppErrorOptions } from '@certward/base';

/** Every way in which files, locks, lineages, renewal confs and accounts can fail. One remedy per code. */
export type StoreErrorCode =
  | 'accountInvalid'
  | 'accountNotFound'
  | 'alreadyExists'
  | 'archiveExists'
  | 'confMalformed'
  | 'confUnwritable'
  | 'diskFull'
  | 'fileFailed'
  | 'lineageBroken'
  | 'lineageNameInvalid'
  | 'lineageNotFound'
  | 'liveExists'
  | 'lockHeld'
  | 'materialMismatch'
  | 'notFound'
  | 'notReadable'
  | 'notWritable'
  | 'unsafePath';

/** An error of the store side. `details.path` names the file wherever there is one. */
export class StoreError extends AppError<StoreErrorCode> {
  override readonly name = 'StoreError';

  constructor(code: StoreErrorCode, message: string, options: AppErrorOptions = {}) {
    super(code, message, options);
  }
}

/** What we were doing with a file, as it reads after "cannot". */
export type FileAction = 'change' | 'create' | 'lock' | 'read' | 'remove' | 'write';

const permissionHint = 'run as root, or point --config-dir, --work-dir and --logs-dir at folders that you may write to';

/**
 * Turns an error of node:fs into a {@link StoreError} that names the path and the remedy; other errors come back as they are.
 * ENOSPC, EDQUOT → `diskFull`; EROFS, EACCES, EPERM → `notWritable` or `notReadable`; ENOENT → `notFound`;
 * EEXIST → `alreadyExists`; anything else → `fileFailed`.
 */
export function fileError(cause: unknown, action: FileAction, path: string): unknown {
  if (cause instanceof StoreError) return cause;
  const errno = errnoOf(cause);
  if (errno === undefined) return cause;
  const details = { path, errno };
  switch (errno) {
    case 'ENOSPC':
    case 'EDQUOT':
      return new StoreError('diskFull', `no space left to ${action} "${path}"`, {
        cause,
        details,
        hint: 'free some space (or inodes, or quota) on that file system and run again; the previous state is intact',
      });
    case 'EROFS':
      return new StoreError('notWritable', `cannot ${action} "${path}": the file system is read-only`, {
        cause,
        details,
        hint: 'mount it writable, or point --config-dir, --work-dir and --logs-dir elsewhere',
      });
    case 'EACCES':
    case 'EPERM':
      return new StoreError(action === 'read' ? 'notReadable' : 'notWritable', `no permission to ${action} "${path}"`, {
        cause,
        details,
        hint: permissionHint,
      });
    case 'ENOENT':
      return new StoreError('notFound', `cannot ${action} "${path}": no such file or folder`, { cause, details });
    case 'EEXIST':
      return new StoreError('alreadyExists', `cannot ${action} "${path}": it exists already`, { cause, details });
    default:
      return new StoreError('fileFailed', `cannot ${action} "${path}" (${errno})`, { cause, details });
  }
}

/** The errno name (`ENOENT`, …) of an error of node:fs, otherwise undefined. */
export function errnoOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error) || !('syscall' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** Runs `work`; what node:fs throws comes out as {@link fileError} makes it. */
export function guardFile<T>(action: FileAction, path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw fileError(error, action, path);
  }
}
