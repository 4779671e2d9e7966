// Which `server_name` answers for a host name, by nginx's rules: exact, longest leading wildcard, longest trailing
// wildcard, first regular expression.
// @see https://nginx.org/en/docs/http/server_names.html

/** How well a name fits; a smaller rank wins. */
export interface NameMatch {
  /** 0 exact, 1 leading wildcard, 2 trailing wildcard, 3 regular expression. */
  readonly rank: 0 | 1 | 2 | 3;
  /** Of wildcards, the longer wins. */
  readonly length: number;
}

/** How one `server_name` fits `host` (lower case), or undefined. */
export function matchName(name: string, host: string): NameMatch | undefined {
  if (name.startsWith('~')) return matchesExpression(name.slice(1), host) ? { rank: 3, length: name.length } : undefined;
  const lower = name.toLowerCase();
  if (lower === host) return { rank: 0, length: lower.length };
  if (lower.startsWith('.')) {
    if (lower.slice(1) === host) return { rank: 0, length: host.length };
    return host.endsWith(lower) ? { rank: 1, length: lower.length } : undefined;
  }
  if (lower.startsWith('*.')) return host.endsWith(lower.slice(1)) && host.length > lower.length - 1 ? { rank: 1, length: lower.length - 1 } : undefined;
  if (lower.endsWith('.*')) return host.startsWith(lower.slice(0, -1)) && host.length > lower.length - 1 ? { rank: 2, length: lower.length - 1 } : undefined;
  return undefined;
}

/** The better of two matches; the first where they are equal. */
export function isBetterMatch(candidate: NameMatch, best: NameMatch | undefined): boolean {
  if (best === undefined || candidate.rank !== best.rank) return best === undefined || candidate.rank < best.rank;
  return (candidate.rank === 1 || candidate.rank === 2) && candidate.length > best.length;
}

/** The best match among the names of a block. */
export function matchNames(names: readonly string[], host: string): NameMatch | undefined {
  let best: NameMatch | undefined;
  for (const name of names) {
    const match = matchName(name, host);
    if (match !== undefined && isBetterMatch(match, best)) best = match;
  }
  return best;
}

const expressions = new Map<string, RegExp | undefined>();

function matchesExpression(source: string, host: string): boolean {
  if (!expressions.has(source)) expressions.set(source, compile(source));
  return expressions.get(source)?.test(host) ?? false;
}

/**
 * A PCRE expression as one of JavaScript's; undefined where only PCRE has the syntax, which then matches nothing.
 * nginx compares without regard to case as soon as the expression holds a capital letter.
 */
function compile(source: string): RegExp | undefined {
  const inline = source.startsWith('(?i)');
  const pattern = (inline ? source.slice(4) : source).replaceAll('(?P<', '(?<').replaceAll(String.raw`\A`, '^').replaceAll(String.raw`\z`, '$');
  try {
    return new RegExp(pattern, inline || /[A-Z]/.test(source) ? 'i' : '');
  } catch {
    return undefined;
  }
}
