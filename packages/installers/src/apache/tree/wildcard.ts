// Matching with `*`, `?` and `[…]`: for Include patterns and for ServerAlias. Never takes exponential time.

/** True when `text` matches `pattern` as a whole. In file patterns `*` never matches a leading dot, as httpd's do not. */
export function wildcardMatch(pattern: string, text: string, { file = false }: { readonly file?: boolean } = {}): boolean {
  if (file && text.startsWith('.') && !pattern.startsWith('.')) return false;
  const tokens = tokensOf(pattern, file);
  let token = 0;
  let position = 0;
  // Where to go on after the last `*`, should the attempt from there fail.
  let retry: { readonly token: number; position: number } | undefined;
  while (position < text.length) {
    const current = tokens[token];
    if (current === '*') {
      token += 1;
      retry = { token, position };
    } else if (current !== undefined && matchesOne(current, text.charAt(position))) {
      token += 1;
      position += 1;
    } else if (retry !== undefined) {
      retry.position += 1;
      ({ token, position } = retry);
    } else {
      return false;
    }
  }
  return tokens.slice(token).every((rest) => rest === '*');
}

/** True when a pattern of an Include has anything to expand. */
export function hasWildcard(pattern: string): boolean {
  return /[*?[]/.test(pattern);
}

type Token = '*' | '?' | { readonly is: string } | { readonly set: string; readonly negated: boolean };

function tokensOf(pattern: string, withSets: boolean): Token[] {
  const tokens: Token[] = [];
  for (let index = 0; index < pattern.length; index++) {
    const character = pattern.charAt(index);
    const setEnd = withSets && character === '[' ? pattern.indexOf(']', index + 2) : -1;
    if (setEnd !== -1) {
      const set = pattern.slice(index + 1, setEnd);
      tokens.push({ set: set.replace(/^[!^]/, ''), negated: /^[!^]/.test(set) });
      index = setEnd;
    } else if (withSets && character === '\\' && index + 1 < pattern.length) {
      index += 1;
      tokens.push({ is: pattern.charAt(index) });
    } else {
      tokens.push(character === '*' || character === '?' ? character : { is: character });
    }
  }
  return tokens;
}

function matchesOne(token: Token, character: string): boolean {
  if (token === '?' || token === '*') return true;
  if ('is' in token) return token.is === character;
  let found = false;
  for (let index = 0; index < token.set.length; index++) {
    const from = token.set.charAt(index);
    const isRange = token.set.charAt(index + 1) === '-' && index + 2 < token.set.length;
    const to = isRange ? token.set.charAt(index + 2) : from;
    if (from <= character && character <= to) found = true;
    if (isRange) index += 2;
  }
  return found !== token.negated;
}
