// Creates and removes the challenge files and the folders on the way to them.
import { constants } from 'node:fs';
import { lstat, mkdir, open, rmdir, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log } from '@certward/base';
import { AuthenticatorError } from './authenticator-error.ts';
import { type OpenFolder, openInside, openRoot } from './webroot-folder.ts';

/** The folders below the root, outermost first (RFC 8555 §8.3). */
const folderNames = ['.well-known', 'acme-challenge'] as const;

/** Journal names of the folders: which of them a presentation may remove again. */
const folderPaths = ['.well-known', '.well-known/acme-challenge'] as const;

/** Throws `webrootMissing` unless `root` is a folder. */
export async function checkRoot(root: string): Promise<void> {
  const found = await stat(root).catch((error: NodeJS.ErrnoException) => error);
  if (!(found instanceof Error) && found.isDirectory()) return;
  const why = found instanceof Error ? 'does not exist or cannot be read' : 'is not a folder';
  throw new AuthenticatorError('webrootMissing', `web root "${root}" ${why}`, {
    cause: found instanceof Error ? found : undefined,
    details: { root },
    hint: 'create the folder, or name the one that the web server serves with --webroot-path',
  });
}

/** Folders that writing will create, or that another issuance of this process created: the last clean-up removes both. */
export async function missingFolders(root: string, madeFolders: ReadonlySet<string>): Promise<readonly string[]> {
  const missing: string[] = [];
  for (const path of folderPaths) {
    const full = join(root, path);
    const exists = await lstat(full).then(
      () => true,
      () => false,
    );
    if (!exists || madeFolders.has(full)) missing.push(path);
  }
  return missing;
}

/** Throws `challengeConflict` when a file with other content lies where the challenge file will be: it is not ours to remove. */
export async function checkVacant(root: string, token: string, body: string): Promise<void> {
  const path = join(root, ...folderNames, token);
  const exists = await lstat(path).then(
    () => true,
    () => false,
  );
  if (exists) await checkOurs(path, { root, token, body });
}

async function checkOurs(path: string, file: Pick<ChallengeFile, 'root' | 'token' | 'body'>): Promise<void> {
  const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(() => undefined);
  try {
    const found = await handle?.stat();
    if (handle !== undefined && found?.isFile() === true && found.size <= file.body.length) {
      if (file.body.startsWith(await handle.readFile('latin1'))) return;
    }
  } finally {
    await handle?.close();
  }
  throw new AuthenticatorError('challengeConflict', `a foreign file has the challenge's name "${file.token}" in web root "${file.root}"`, {
    hint: `look at ${join(file.root, ...folderNames, file.token)} and remove it if nobody needs it`,
  });
}

/** What {@link writeChallengeFile} writes where. */
export interface ChallengeFile {
  readonly root: string;
  readonly token: string;
  readonly body: string;
  /** Collects the folders that were created. */
  readonly madeFolders: Set<string>;
  readonly log: Log;
}

/** Another process may remove its empty folder between our making sure of it and our writing into it; then once more. */
const folderRaces = 5;

/** Creates the file, readable by everyone, with folders on the way. The same file again is success. */
export async function writeChallengeFile(file: ChallengeFile): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await writeOnce(file);
      return;
    } catch (error) {
      if (hasErrno(error, 'ENOENT') && attempt < folderRaces) continue;
      throw explain(error, file.root);
    }
  }
}

async function writeOnce(file: ChallengeFile): Promise<void> {
  await withFolders(file.root, async (root, descend) => {
    let folder = root;
    for (const name of folderNames) {
      await makeFolder(root, folder, name, file);
      folder = await descend(folder, name);
    }
    await createFile(folder, file);
  });
}

async function makeFolder(root: OpenFolder, parent: OpenFolder, name: string, file: ChallengeFile): Promise<void> {
  try {
    await mkdir(parent.entry(name), { mode: 0o755 });
  } catch (error) {
    if (hasErrno(error, 'EEXIST')) return;
    throw error;
  }
  const made = await openInside(parent, name);
  try {
    file.madeFolders.add(join(file.root, made.path.slice(root.path.length)));
    // mkdir takes the umask away from the mode; the web server, often another user, must be able to enter.
    await made.handle.chmod(0o755);
    const { uid, gid } = await root.handle.stat();
    await made.handle.chown(uid, gid).catch((error: Error) => {
      file.log.warn('owner of challenge folder not changed', { folder: made.path, reason: error.message });
    });
  } finally {
    await made.handle.close();
  }
}

async function createFile(folder: OpenFolder, file: ChallengeFile): Promise<void> {
  const path = folder.entry(file.token);
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
  let handle;
  try {
    handle = await open(path, flags, 0o644);
  } catch (error) {
    if (!hasErrno(error, 'EEXIST')) throw error;
    // Ours from a killed run, perhaps half-written; anything else is left alone.
    await checkOurs(path, file);
    await unlink(path);
    handle = await open(path, flags, 0o644);
  }
  try {
    await handle.chmod(0o644);
    await handle.writeFile(file.body);
  } finally {
    await handle.close();
  }
}

/** Removes the file, then those of `folders` that are empty, innermost first. What is gone already is success. */
export async function removeChallengeFile(what: {
  readonly root: string;
  readonly token: string;
  readonly folders: readonly string[];
}): Promise<void> {
  try {
    await withFolders(what.root, async (root, descend) => {
      const outer = await descend(root, folderNames[0]);
      const inner = await descend(outer, folderNames[1]).catch(ignoreMissing);
      if (inner !== undefined) await unlink(inner.entry(what.token)).catch(ignoreMissing);
      if (what.folders.includes(folderPaths[1])) await rmdir(outer.entry(folderNames[1])).catch(ignoreKept);
      if (what.folders.includes(folderPaths[0])) await rmdir(root.entry(folderNames[0])).catch(ignoreKept);
    });
  } catch (error) {
    if (!hasErrno(error, 'ENOENT')) throw explain(error, what.root);
  }
}

/** Runs `work` with the open root and a way to open folders below it; closes all of them afterwards. */
async function withFolders(
  root: string,
  work: (root: OpenFolder, descend: (parent: OpenFolder, name: string) => Promise<OpenFolder>) => Promise<void>,
): Promise<void> {
  const opened: OpenFolder[] = [];
  const keep = (folder: OpenFolder) => {
    opened.push(folder);
    return folder;
  };
  try {
    await work(keep(await openRoot(root)), async (parent, name) => keep(await openInside(parent, name)));
  } finally {
    for (const folder of opened.reverse()) await folder.handle.close();
  }
}

function ignoreMissing(error: unknown): undefined {
  if (!hasErrno(error, 'ENOENT')) throw error;
}

function ignoreKept(error: unknown): undefined {
  if (!hasErrno(error, 'ENOENT', 'ENOTEMPTY', 'EEXIST')) throw error;
}

function hasErrno(error: unknown, ...codes: readonly string[]): boolean {
  return codes.includes((error as NodeJS.ErrnoException | undefined)?.code ?? '');
}

function explain(error: unknown, root: string): unknown {
  const details = { root, errno: (error as NodeJS.ErrnoException).code };
  if (hasErrno(error, 'ELOOP', 'ENOTDIR')) {
    return new AuthenticatorError('webrootEscape', `a symbolic link or file stands in place of the challenge folder in web root "${root}"`, {
      cause: error,
      details,
      hint: `replace ${join(root, ...folderNames)} by real folders, or give the folder that it points to as web root`,
    });
  }
  if (hasErrno(error, 'EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'EDQUOT', 'EISDIR')) {
    return new AuthenticatorError('webrootNotWritable', `cannot change challenge files in web root "${root}"`, {
      cause: error,
      details,
      hint: `make ${join(root, ...folderNames)} writable for this user and check that the disk is not full or read-only`,
    });
  }
  if (hasErrno(error, 'ENOENT')) {
    return new AuthenticatorError('webrootMissing', `web root "${root}" disappeared`, { cause: error, details });
  }
  return error;
}
