// Checks that a hook command can start, before anything is ordered for it.
import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { HookError } from './hook-error.ts';

/** Where administrators' programs lie although cron's PATH often leaves these folders out. */
const extraFolders = ['/usr/sbin', '/usr/local/bin', '/usr/local/sbin'];

/** The folders that hooks are searched in. */
export function hookSearchPath(path: string | undefined): string {
  const folders = (path ?? '').split(delimiter).filter((folder) => folder !== '');
  return [...folders, ...extraFolders.filter((folder) => !folders.includes(folder))].join(delimiter);
}

/** Options of {@link validateHookCommand}. */
export interface ValidateHookOptions {
  /** What the hook is called in messages: `pre-hook`. */
  readonly label: string;
  /** The PATH, normally that of the environment. */
  readonly path: string | undefined;
}

/**
 * Resolves when the first word of `command` is an executable file, as a path or in PATH, /usr/sbin, /usr/local/bin or
 * /usr/local/sbin. Throws `hookNotFound` or `hookNotExecutable` otherwise; shell builtins fail, as with Certbot.
 */
export async function validateHookCommand(command: string, options: ValidateHookOptions): Promise<void> {
  const word = firstWord(command);
  const candidates = word.includes('/')
    ? [word]
    : hookSearchPath(options.path)
        .split(delimiter)
        .map((folder) => join(folder, word));
  let found: string | undefined;
  for (const candidate of word === '' ? [] : candidates) {
    const file = await stat(candidate).catch(() => undefined);
    if (file?.isFile() !== true) continue;
    found ??= candidate;
    const executable = await access(candidate, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (executable) return;
  }
  if (found !== undefined) {
    throw new HookError('hookNotExecutable', `${options.label} command "${found}" exists, but is not executable`, {
      hint: `make it executable: chmod +x ${found}`,
    });
  }
  throw new HookError('hookNotFound', `unable to find ${options.label} command "${word}" in the PATH`, {
    details: { searched: hookSearchPath(options.path) },
    hint: 'give the full path of the program, or skip this check with --disable-hook-validation',
  });
}

/** The word that names the program: assignments in front are the shell's, quotes are taken off. */
export function firstWord(command: string): string {
  let rest = command.trimStart();
  for (let assignment = leadingAssignment(rest); assignment !== undefined; assignment = leadingAssignment(rest)) {
    rest = rest.slice(assignment.length).trimStart();
  }
  const quoted = /^(?:"([^"]*)"|'([^']*)')/.exec(rest);
  if (quoted !== null) return quoted[1] ?? quoted[2] ?? '';
  return /^(?:\\.|[^\s;&|])+/.exec(rest)?.[0].replaceAll(/\\(.)/g, '$1') ?? '';
}

function leadingAssignment(text: string): string | undefined {
  return /^[A-Za-z_][A-Za-z0-9_]*=(?:"[^"]*"|'[^']*'|[^\s"']*)(?=\s)/.exec(text)?.[0];
}
