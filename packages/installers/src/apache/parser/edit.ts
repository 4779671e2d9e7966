// The edits that installers make. Each changes as few bytes as it can and takes indentation and line ends from the siblings.
import type { ConfigNode, ContainerNode, DirectiveNode, SectionNode } from './nodes.ts';
import { parseFragment } from './parse.ts';
import { printConfig } from './print.ts';
import { quoteWord, readSectionWords, readWords } from './words.ts';

const indentOf = (raw: string) => /^[ \t]*/.exec(raw)?.[0] ?? '';
const rawOf = (node: ConfigNode) => (node.kind === 'section' ? node.openRaw : node.raw);
const isBlank = (node: ConfigNode) => node.kind === 'text' && node.raw.trim() === '';

/** Line end in use where `container` stands. */
export function lineEndOf(container: ContainerNode): '\n' | '\r\n' {
  const first = container.kind === 'section' ? container.openRaw : container.children[0] && rawOf(container.children[0]);
  return first?.endsWith('\r\n') === true ? '\r\n' : '\n';
}

/** Indentation of lines in `container`: that of its last directive or section; in an empty one, one step more than its own. */
export function indentationIn(container: ContainerNode): string {
  const sibling = container.children.findLast((node) => node.kind !== 'text');
  if (sibling !== undefined) return indentOf(rawOf(sibling));
  if (container.kind === 'document') return '';
  const own = indentOf(container.openRaw);
  return own + (own.includes('\t') ? '\t' : '    ');
}

/** A directive as one line's text, without indentation and line end. Arguments are quoted where they must be. */
export function directiveText(name: string, args: readonly string[]): string {
  return [name, ...args.map((value) => quoteWord(value))].join(' ');
}

/** Adds lines (without indentation) at the end of `container`, before blank lines that end it. Returns the new nodes. */
export function appendLines(container: ContainerNode, lines: readonly string[]): ConfigNode[] {
  let position = container.children.length;
  while (position > 0 && isBlank(container.children[position - 1] as ConfigNode)) position -= 1;
  return insertLines(container, { position, lines });
}

/** Adds lines at the start of `container`. */
export function prependLines(container: ContainerNode, lines: readonly string[]): ConfigNode[] {
  return insertLines(container, { position: 0, lines });
}

/** Adds lines before the child at `position`. A section may be given as several lines, further indented. */
export function insertLines(
  container: ContainerNode,
  { position, lines }: { readonly position: number; readonly lines: readonly string[] },
): ConfigNode[] {
  const lineEnd = lineEndOf(container);
  const indentation = indentationIn(container);
  const text = lines.map((line) => (line === '' ? lineEnd : indentation + line + lineEnd)).join('');
  const nodes = parseFragment(text);
  const before = container.children[position - 1];
  if (before !== undefined) endLine(before, lineEnd);
  container.children.splice(position, 0, ...nodes);
  return nodes;
}

/** The last line of a file may lack its line end; a line that follows needs it. */
function endLine(node: ConfigNode, lineEnd: string): void {
  if (node.kind === 'section') {
    if (!node.closeRaw.endsWith('\n')) node.closeRaw += lineEnd;
  } else if (!node.raw.endsWith('\n')) {
    node.raw += lineEnd;
  }
}

/** Takes a node out. */
export function removeNode(container: ContainerNode, node: ConfigNode): void {
  const position = container.children.indexOf(node);
  if (position !== -1) container.children.splice(position, 1);
}

/** Makes a comment of a directive: `# ` before each of its physical lines. */
export function commentOut(container: ContainerNode, node: DirectiveNode): void {
  const position = container.children.indexOf(node);
  if (position === -1) return;
  const raw = node.raw.replace(/^([ \t]*)(?=\S)/gm, '$1# ');
  container.children.splice(position, 1, { kind: 'text', raw, line: node.line });
}

/** Replaces one argument and leaves the rest of the line as it is, the style of quoting included. */
export function replaceArgument(node: DirectiveNode | SectionNode, index: number, value: string): void {
  const word = node.words[index];
  if (word === undefined || word.value === value) return;
  replaceSpan(node, word.start, word.end, quoteWord(value, word.quote));
}

/** Replaces all arguments by others; what stands before the first and after the last stays. */
export function replaceArguments(node: DirectiveNode | SectionNode, values: readonly string[]): void {
  const [first, last] = [node.words[0], node.words.at(-1)];
  if (first === undefined || last === undefined) return;
  replaceSpan(node, first.start, last.end, values.map((value) => quoteWord(value)).join(' '));
}

function replaceSpan(node: DirectiveNode | SectionNode, start: number, end: number, text: string): void {
  if (node.kind === 'section') {
    node.openRaw = node.openRaw.slice(0, start) + text + node.openRaw.slice(end);
    node.words = readSectionWords(node.openRaw).slice(1);
  } else {
    node.raw = node.raw.slice(0, start) + text + node.raw.slice(end);
    node.words = readWords(node.raw).slice(1);
  }
}

/** A copy of a section that shares nothing with it. */
export function copySection(section: SectionNode): SectionNode {
  const [copy] = parseFragment(printConfig(section));
  if (copy?.kind !== 'section') throw new TypeError('a section prints as a section');
  if (!copy.closeRaw.endsWith('\n')) copy.closeRaw += lineEndOf(copy);
  return copy;
}
