// Finds the blocks whose names may fit a host without asking every block: a thousand blocks and a hundred names are
// common, and each name asks several times.
import type { Vhost } from '../tree/vhost.ts';

/** Blocks by their names. */
export class NameIndex {
  readonly #byName = new Map<string, Set<Vhost>>();
  readonly #withExpressions = new Set<Vhost>();

  /** Notes the names that a block has now. Names that it lost stay noted: candidates are matched again by their users. */
  note(vhost: Vhost): void {
    for (const name of vhost.names) {
      if (name.startsWith('~')) this.#withExpressions.add(vhost);
      else this.#under(name.toLowerCase()).add(vhost);
    }
  }

  /** Every block that may answer for a host, in the order of the configuration. */
  candidates(host: string): readonly Vhost[] {
    const found = new Set(this.#withExpressions);
    for (const key of keysOf(host.toLowerCase())) for (const vhost of this.#byName.get(key) ?? []) found.add(vhost);
    return [...found].sort((a, b) => a.order - b.order);
  }

  #under(name: string): Set<Vhost> {
    const known = this.#byName.get(name);
    if (known !== undefined) return known;
    const made = new Set<Vhost>();
    this.#byName.set(name, made);
    return made;
  }
}

/** The forms of `server_name` that fit a host: itself, and wildcards for each of its ends. */
function keysOf(host: string): string[] {
  const keys = [host, `.${host}`];
  for (let dot = host.indexOf('.'); dot >= 0; dot = host.indexOf('.', dot + 1)) keys.push(host.slice(dot), `*${host.slice(dot)}`, `${host.slice(0, dot)}.*`);
  return keys;
}
