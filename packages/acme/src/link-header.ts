// The Link header (RFC 8288) as far as RFC 8555 uses it: target and relation. Several headers arrive joined by commas.

/** One link. */
export interface Link {
  /** Absolute, resolved against the URL that was requested. */
  readonly target: string;
  /** Relation types, lower-case. */
  readonly rels: readonly string[];
}

/** More links than this are not looked at. */
const mostLinks = 64;

/**
 * The links of a header value (or of several). Malformed parts are skipped, and so are targets that are no URL;
 * relative targets are resolved against `base`. Never throws.
 */
export function parseLinks(header: string | readonly string[] | undefined, base: string): Link[] {
  const values = header === undefined ? [] : typeof header === 'string' ? [header] : header;
  const links: Link[] = [];
  for (const value of values) {
    for (const { target, parameters } of linkValues(value)) {
      if (links.length >= mostLinks) return links;
      const rels = relsOf(parameters);
      if (rels.length > 0 && URL.canParse(target, base)) links.push({ target: new URL(target, base).href, rels });
    }
  }
  return links;
}

/** Targets with relation `rel`, in the order of the header. */
export function linkTargets(header: string | readonly string[] | undefined, rel: string, base: string): string[] {
  return [...new Set(parseLinks(header, base).flatMap((link) => (link.rels.includes(rel) ? [link.target] : [])))];
}

/** Splits at the commas between links: those outside `<…>` and outside quotes. Linear in the length of the value. */
function* linkValues(value: string): Generator<{ target: string; parameters: string }> {
  let at = 0;
  while (at < value.length) {
    const open = value.indexOf('<', at);
    const close = open < 0 ? -1 : value.indexOf('>', open);
    if (close < 0) return;
    const end = endOfLink(value, close + 1);
    yield { target: value.slice(open + 1, close).trim(), parameters: value.slice(close + 1, end) };
    at = end + 1;
  }
}

function endOfLink(value: string, from: number): number {
  let quoted = false;
  for (let at = from; at < value.length; at++) {
    const char = value[at];
    if (quoted && char === '\\') at++;
    else if (char === '"') quoted = !quoted;
    else if (char === ',' && !quoted) return at;
  }
  return value.length;
}

/** The first `rel` parameter counts (RFC 8288 §3.3); its value may be a token or a quoted list of tokens. */
function relsOf(parameters: string): string[] {
  const found = /;\s*rel\s*=\s*(?:"([^"]*)"|([^\s;,"]+))/i.exec(parameters);
  const text = found?.[1] ?? found?.[2] ?? '';
  return text.toLowerCase().split(/\s+/).filter((rel) => rel !== '');
}
