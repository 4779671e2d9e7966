// `%(name)s` in values, as ConfigObj replaces it on reading. `%%` stays as it is, and so does `%(x` without `)s`.
import type { ConfigSection } from './section.ts';

/** Replaces every `%(name)s`; the text comes back as written where a name is unknown, a list, or part of a cycle. */
export function interpolate(section: ConfigSection, { key, text }: { readonly key: string; readonly text: string }): string {
  return expand(text, { section, trail: [`${section.depth}/${section.name}/${key}`] }) ?? text;
}

interface Place {
  /** Where look-ups start: the section that owns the value asked for, at every depth of replacement. */
  readonly section: ConfigSection;
  readonly trail: readonly string[];
}

function expand(text: string, { section, trail }: Place): string | undefined {
  let result = '';
  let from = 0;
  for (const match of text.matchAll(/%\(([^)]*)\)s/g)) {
    const found = lookUp(section, match[1] ?? '');
    if (found === undefined || trail.includes(found.mark)) return undefined;
    const replacement = expand(found.value, { section, trail: [...trail, found.mark] });
    if (replacement === undefined || result.length + replacement.length > longestResult) return undefined;
    result += text.slice(from, match.index) + replacement;
    from = match.index + match[0].length;
  }
  return result + text.slice(from);
}

/** Values that name each other twice per level would grow without bound; no real command line is this long. */
const longestResult = 1 << 17;

function lookUp(from: ConfigSection, name: string): { readonly value: string; readonly mark: string } | undefined {
  for (let section: ConfigSection | undefined = from; section !== undefined; section = section.parent) {
    const value = section.getLiteral(name) ?? section.section('DEFAULT')?.getLiteral(name);
    if (value !== undefined) return typeof value === 'string' ? { value, mark: `${section.depth}/${section.name}/${name}` } : undefined;
  }
  return undefined;
}
