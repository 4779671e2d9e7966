// Credentials files of DNS plug-ins: ConfigObj INI with keys at the top level, readable by their owner only.
import { readFileSync, statSync } from 'node:fs';
import { type ConfigObjDocument, parseConfigObj } from '@certward/engine';
import type { Context } from '../context.ts';
import { cliError } from '../errors.ts';

/** The entries of a file. Warns when others can read it; throws `fileUnreadable` when we cannot or it is none. */
export function readCredentialsFile(file: string, { terminal, log }: Pick<Context, 'terminal' | 'log'>): ReadonlyMap<string, string> {
  const stats = statSync(file, { throwIfNoEntry: false });
  if (stats?.isFile() !== true) throw cliError('fileUnreadable', `File not found: ${file}`, { hint: 'name the credentials file' });
  if ((stats.mode & 0o007) !== 0) {
    log.warn('credentials file is readable by others', { file });
    terminal.warning(`Unsafe permissions on credentials configuration file: ${file}`);
  }
  const { root } = parse(file, readText(file));
  return new Map(
    root.keys().flatMap((key) => {
      const value = root.getString(key);
      return value === undefined ? [] : [[key, value] as const];
    }),
  );
}

function parse(file: string, text: string): ConfigObjDocument {
  try {
    return parseConfigObj(text);
  } catch (cause) {
    throw cliError('fileUnreadable', `the credentials file "${file}" is not an INI file`, { cause });
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw cliError('fileUnreadable', `the credentials file "${file}" cannot be read`, { cause });
  }
}
