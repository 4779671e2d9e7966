// Parses an httpd configuration file without losing a byte. Linear in the size of the file; unknown directives are kept.
import { ApacheError } from '../errors.ts';
import type { ConfigNode, DirectiveNode, DocumentNode, SectionNode } from './nodes.ts';
import { type LogicalLine, splitLogicalLines } from './lines.ts';
import { readSectionWords, readWords } from './words.ts';

/** Nobody nests deeper by hand; the limit keeps recursion over a hostile file bounded. */
const maxDepth = 100;

/** Sections whose content is another language. */
const rawSections = new Set(['perl']);

/** Parses the text of a file (see `textOfBytes`). Throws `configMalformed` naming `path` and the line. */
export function parseConfig(text: string, path: string): DocumentNode {
  const document: DocumentNode = { kind: 'document', path, children: [] };
  const open: SectionNode[] = [];
  for (const line of splitLogicalLines(text)) {
    const parent = open.at(-1);
    const children = parent === undefined ? document.children : parent.children;
    const start = firstCharacters(line.raw);
    if (parent !== undefined && rawSections.has(parent.name) && !closes(line.raw, parent.name)) {
      children.push({ kind: 'text', ...line });
    } else if (start === '</') {
      closeSection(parent, line, path);
      open.pop();
    } else if (start.startsWith('<')) {
      const section = parseSection(line);
      if (open.length >= maxDepth) throw malformed(path, line.line, 'sections are nested too deeply');
      children.push(section);
      open.push(section);
    } else {
      children.push(start === '' || start.startsWith('#') ? { kind: 'text', ...line } : parseDirective(line));
    }
  }
  const unclosed = open.at(-1);
  if (unclosed !== undefined) throw malformed(path, unclosed.line, `section <${unclosed.name}> is never closed`);
  return document;
}

/** Parses lines that an edit adds; they carry no line number of their own. */
export function parseFragment(text: string): ConfigNode[] {
  return parseConfig(text, 'new text').children;
}

function closes(raw: string, name: string): boolean {
  return raw.trim().toLowerCase().startsWith(`</${name}>`);
}

function firstCharacters(raw: string): string {
  return /^\s*(\S\S?)/.exec(raw)?.[1] ?? '';
}

function parseDirective({ raw, line }: LogicalLine): DirectiveNode {
  const [name, ...words] = readWords(raw);
  return { kind: 'directive', raw, name: (name?.value ?? '').toLowerCase(), words, line };
}

function parseSection({ raw, line }: LogicalLine): SectionNode {
  const [name, ...words] = readSectionWords(raw);
  const plainName = (name?.value ?? '').replace(/^</, '').replace(/>$/, '');
  return { kind: 'section', openRaw: raw, closeRaw: '', name: plainName.toLowerCase(), words, children: [], line };
}

function closeSection(section: SectionNode | undefined, { raw, line }: LogicalLine, path: string): void {
  const name = /<\/\s*([^\s>]*)/.exec(raw)?.[1] ?? '';
  if (section === undefined) throw malformed(path, line, `</${name}> closes nothing`);
  if (section.name !== name.toLowerCase()) {
    throw malformed(path, line, `</${name}> stands where <${section.name}> of line ${section.line} has to be closed`);
  }
  section.closeRaw = raw;
}

function malformed(path: string, line: number, what: string): ApacheError {
  return new ApacheError('configMalformed', `"${path}", line ${line}: ${what}`, {
    details: { path, line },
    hint: 'correct that line; "apachectl configtest" checks the result',
  });
}
