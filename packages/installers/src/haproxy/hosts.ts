// Host names in a configuration: those that its rules compare a Host header or an SNI name with.
import { parseDnsName } from '@certward/pki';

import type { HaproxyDocument, Section } from './document.ts';

const hostFetch = /^(?:req\.)?(?:ssl_fc_sni|ssl_sni|hdr(?:_\w+)?\(host|hdr_host|fhdr\(host|base|url)/i;

/** The names that rules of a section mention, lower-case. */
export function mentionedNames(document: HaproxyDocument, section: Section): ReadonlySet<string> {
  const names = new Set<string>();
  for (const line of document.linesOf(section)) {
    const values = document.values(line);
    const fetch = values.findIndex((value) => hostFetch.test(value));
    if (fetch === -1) continue;
    for (const value of values.slice(fetch + 1)) {
      const name = tryName(value);
      if (name !== undefined) names.add(name);
    }
  }
  return names;
}

/** A value that looks like a public host name. */
function tryName(value: string): string | undefined {
  if (!/^(?:\*\.)?(?:[\w-]+\.)+[a-z][a-z\d-]+\.?$/i.test(value)) return undefined;
  try {
    return parseDnsName(value);
  } catch {
    return undefined;
  }
}
