// Runs the programs of the server: argument lists only, never a shell.
import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';
import type { CallOptions } from '@certward/engine';

/** What a program printed, and how it ended. */
export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  /** Both outputs, errors last: what a person wants to read. */
  readonly output: string;
}

/** Folders that a timer's or cron's PATH lacks, although the web server's programs lie there. */
const systemFolders = ['/usr/sbin', '/usr/local/bin', '/usr/local/sbin', '/sbin'];
const maxOutput = 16 * 1024 * 1024;
const patienceMs = 120_000;

/** Runs a program to its end. Resolves also when it fails; rejects only when it cannot be started or was aborted. */
export function runCommand(argv: readonly string[], { signal }: CallOptions = {}): Promise<CommandResult> {
  const [program = '', ...args] = argv;
  const env = { ...process.env, LC_ALL: 'C', PATH: searchPath() };
  return new Promise((resolve, reject) => {
    execFile(program, args, { env, maxBuffer: maxOutput, timeout: patienceMs, ...(signal === undefined ? {} : { signal }) }, (error, stdout, stderr) => {
      const output = [stdout, stderr].map((text) => text.trim()).filter((text) => text !== '').join('\n');
      if (error === null) resolve({ code: 0, stdout, output });
      else if (typeof error.code === 'number') resolve({ code: error.code, stdout, output });
      else reject(error);
    });
  });
}

/** The full path of a program; undefined where it cannot be found or run. */
export async function findProgram(name: string): Promise<string | undefined> {
  const candidates = isAbsolute(name) || name.includes('/') ? [name] : searchPath().split(delimiter).map((folder) => join(folder, name));
  for (const candidate of candidates) {
    const runs = await access(candidate, constants.X_OK).then(() => true, () => false);
    if (runs) return candidate;
  }
  return undefined;
}

function searchPath(): string {
  return [process.env['PATH'] ?? '', ...systemFolders].filter((folder) => folder !== '').join(delimiter);
}
