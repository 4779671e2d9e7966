// Where the authority's keys and certificates lie: PEM files in a folder only their owner may open, or memory.
import { mkdir, open, readdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { CaError } from '../errors.ts';

/** Named PEM texts. Names are our own, never from outside. */
export interface CredentialFolder {
  read(name: string): Promise<string | undefined>;
  /** Durable and all or nothing: after a crash the old text or the new one is there. */
  write(name: string, pem: string): Promise<void>;
  names(): Promise<readonly string[]>;
}

/** Forgets everything with the process. */
export function createMemoryCredentials(): CredentialFolder {
  const texts = new Map<string, string>();
  return {
    read: async (name) => texts.get(name),
    write: async (name, pem) => void texts.set(name, pem),
    names: async () => [...texts.keys()],
  };
}

/** Opens a folder, creating it with mode 0700; files are written with mode 0600. */
export async function openCredentialFolder(folder: string): Promise<CredentialFolder> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw unreadable(folder, error);
  }
  return {
    read: (name) => readOptional(join(folder, name)),
    write: (name, pem) => writeDurably(folder, { name, pem }),
    names: async () => await readdir(folder),
  };
}

async function readOptional(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw unreadable(path, error);
  }
}

async function writeDurably(folder: string, { name, pem }: { readonly name: string; readonly pem: string }): Promise<void> {
  const path = join(folder, name);
  const temporaryPath = `${path}.new`;
  try {
    await using file = await openForWriting(temporaryPath);
    await file.handle.writeFile(pem);
    await file.handle.sync();
    await rename(temporaryPath, path);
    await syncFolder(folder);
  } catch (error) {
    throw unreadable(path, error);
  }
}

async function openForWriting(path: string): Promise<AsyncDisposable & { readonly handle: Awaited<ReturnType<typeof open>> }> {
  const handle = await open(path, 'w', 0o600);
  return { handle, [Symbol.asyncDispose]: () => handle.close() };
}

/** The rename itself is durable only once the folder is. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function unreadable(path: string, cause: unknown): CaError {
  return new CaError('dataFolderUnreadable', `cannot read or write "${path}"`, {
    cause,
    hint: 'the data folder has to belong to the user who runs the authority',
  });
}
