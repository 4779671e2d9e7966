// Where a Lua block ends. Lua's strings, long brackets and comments may hold braces of their own.

/** The position of the brace that closes a Lua block whose text starts at `start`, or -1. */
export function endOfLua(text: string, start: number): number {
  // Sticky: each step takes one token, so the walk is linear in the length of the text.
  const token = /--\[(=*)\[|--[^\n]*|\[(=*)\[|"(?:[^"\\\n]|\\[^])*"|'(?:[^'\\\n]|\\[^])*'|[{}]|[^-["'{}]+|[^]/y;
  let depth = 1;
  let at = start;
  while (at < text.length) {
    token.lastIndex = at;
    const found = token.exec(text);
    if (found === null) return -1;
    const [matched] = found;
    const level = found[1] ?? found[2];
    if (level !== undefined) {
      const close = `]${level}]`;
      const end = text.indexOf(close, at + matched.length);
      if (end < 0) return -1;
      at = end + close.length;
      continue;
    }
    if (matched === '{') depth++;
    else if (matched === '}' && --depth === 0) return at;
    at += matched.length;
  }
  return -1;
}
