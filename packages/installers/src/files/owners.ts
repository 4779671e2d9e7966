// Owners by name: the local accounts first, then whatever else the machine asks (LDAP and the like) through getent.
import { readFileSync } from 'node:fs';

import { runProgram } from '../checkpoint/run-program.ts';
import { FileTargetError } from './errors.ts';

/** The number of a user or group. Throws `ownerUnknown`. */
export async function findId(database: 'passwd' | 'group', name: string): Promise<number> {
  if (/^\d+$/.test(name)) return Number(name);
  const local = idIn(readDatabase(`/etc/${database}`), name);
  if (local !== undefined) return local;
  // A name that looks like an option would be one.
  const { status, output } = name.startsWith('-') ? { status: 1, output: '' } : await runProgram(['getent', database, name]);
  const found = status === 0 ? idIn(output, name) : undefined;
  if (found !== undefined) return found;
  throw new FileTargetError('ownerUnknown', `there is no ${database === 'passwd' ? 'user' : 'group'} "${name}" on this machine`, {
    details: { name },
    hint: 'install the program that the files are for, or name another owner',
  });
}

function idIn(text: string, name: string): number | undefined {
  const fields = text.split('\n').map((line) => line.split(':')).find(([first]) => first === name);
  return fields?.[2] !== undefined && /^\d+$/.test(fields[2]) ? Number(fields[2]) : undefined;
}

function readDatabase(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
