// Names of a configuration that a CA could certify, for questions to a person.
import { parseDnsName } from '@certward/pki';
import type { Vhost } from '../tree/vhost.ts';

/** Every name with a dot that is a host name; wildcards, expressions and `_` are left out. Sorted. */
export function publicNames(vhosts: readonly Vhost[]): string[] {
  const names = vhosts.flatMap((vhost) => vhost.names.map((name) => (name.startsWith('.') ? name.slice(1) : name).toLowerCase()));
  return [...new Set(names)].filter(isPublic).sort();
}

function isPublic(name: string): boolean {
  if (!name.includes('.') || name.includes('*') || name.startsWith('~')) return false;
  try {
    return parseDnsName(name) === name;
  } catch {
    return false;
  }
}
