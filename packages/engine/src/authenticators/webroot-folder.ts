// Works inside a web root without ever leaving it: every folder is opened by name from an open parent, symbolic links refused.
// Where the system has /proc/self/fd, names are resolved against the open folder, so that swapping a folder for a link
// between check and use gains nothing; elsewhere the checks alone must do.
import { constants } from 'node:fs';
import { access, type FileHandle, open, realpath } from 'node:fs/promises';
import { join } from 'node:path';

const folderFlags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

/** An open folder. */
export interface OpenFolder {
  readonly path: string;
  readonly handle: FileHandle;
  /** The path of `name` in this folder, for a system call. */
  entry(name: string): string;
}

let hasProcFd: Promise<boolean> | undefined;

async function openFolderAt(systemPath: string, path: string): Promise<OpenFolder> {
  hasProcFd ??= access('/proc/self/fd').then(
    () => true,
    () => false,
  );
  const throughDescriptor = await hasProcFd;
  const handle = await open(systemPath, folderFlags);
  return {
    path,
    handle,
    entry: (name) => (throughDescriptor ? `/proc/self/fd/${handle.fd}/${name}` : join(path, name)),
  };
}

/** Opens the root that the user named; it may itself be reached through links. */
export async function openRoot(root: string): Promise<OpenFolder> {
  const real = await realpath(root);
  return openFolderAt(real, real);
}

/** Opens a folder inside `parent`. Fails with ELOOP or ENOTDIR where a link or file stands in its place. */
export function openInside(parent: OpenFolder, name: string): Promise<OpenFolder> {
  return openFolderAt(parent.entry(name), join(parent.path, name));
}
