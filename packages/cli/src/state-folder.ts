// Where our own verbs keep their state unless told otherwise: the user's state folder (XDG base directories).
import path from 'node:path';

/** `$XDG_STATE_HOME/certward`, else `~/.local/state/certward`. */
export function stateFolder(environment: Readonly<Record<string, string | undefined>>): string {
  const base = environment['XDG_STATE_HOME'];
  return path.join(base === undefined || base === '' ? path.join(environment['HOME'] ?? '.', '.local', 'state') : base, 'certward');
}
