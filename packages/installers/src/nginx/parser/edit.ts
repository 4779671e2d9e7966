// Edits of a parsed body that look as if the person who wrote the rest had made them: indentation and line ends are
// those of the neighbours. Every line that we add or change ends with the marker, by which Certbot and we know our own.
import { beforeOf, type BlockNode, type Body, type CommentNode, type DirectiveNode, nameOf, type Node, printNode } from './nodes.ts';
import { valueOfWord } from './words.ts';

/** Certbot's marker, verbatim: either tool recognises the other's lines by it. */
export const marker = '# managed by Certbot';

/** A directive made of words as they are written in the file. */
export function makeDirective(raws: readonly string[], before: string): DirectiveNode {
  return { kind: 'directive', words: makeWords(raws, before), beforeEnd: '' };
}

/** A block around `lines`, indented below `indent`. */
export function makeBlock(head: readonly string[], lines: readonly (readonly string[])[], { before, indent, eol }: { before: string; indent: string; eol: string }): BlockNode {
  const inner = `${eol}${indent}${indentUnit(indent)}`;
  const nodes = lines.map((raws) => makeDirective(raws, inner));
  return { kind: 'block', words: makeWords(head, before), beforeOpen: ' ', body: { nodes, tail: `${eol}${indent}` } };
}

function makeWords(raws: readonly string[], before: string) {
  return raws.map((raw, index) => ({ before: index === 0 ? before : ' ', raw, value: valueOfWord(raw) }));
}

/** The line end and the indentation that a new statement of this block takes. */
export function styleOf(block: BlockNode): { readonly eol: string; readonly indent: string } {
  const eol = eolOf(block);
  for (const node of block.body.nodes.toReversed()) {
    const indent = node.kind === 'comment' ? undefined : lineIndent(beforeOf(node));
    if (indent !== undefined) return { eol, indent };
  }
  const outer = lineIndent(beforeOf(block)) ?? '';
  return { eol, indent: outer + indentUnit(outer) };
}

/** Adds a directive at the end of a block. A group of our lines is set off by one blank line. */
export function appendDirective(block: BlockNode, raws: readonly string[]): DirectiveNode {
  const { eol, indent } = styleOf(block);
  const { nodes } = block.body;
  const node = makeDirective(raws, openingOf(block, eol, indent));
  nodes.push(node, markerNode());
  closeOnOwnLine(block, eol);
  return node;
}

/** Adds a nested block at the end of a block, with the marker. */
export function appendBlock(block: BlockNode, head: readonly string[], lines: readonly (readonly string[])[]): void {
  const { eol, indent } = styleOf(block);
  block.body.nodes.push(makeBlock(head, lines, { before: openingOf(block, eol, indent), indent, eol }), markerNode());
  closeOnOwnLine(block, eol);
}

function openingOf(block: BlockNode, eol: string, indent: string): string {
  const last = block.body.nodes.at(-1);
  return last === undefined || isMarker(last) ? `${eol}${indent}` : `${eol}${eol}${indent}`;
}

/** Adds a statement as the first of a block, set off by a blank line. `make` gets the indentation and the line end. */
export function prepend(block: BlockNode, make: (style: { before: string; indent: string; eol: string }) => Node): void {
  const { eol, indent } = styleOf(block);
  const { nodes } = block.body;
  // A comment behind the opening brace belongs to that line.
  const first = nodes[0];
  const index = first?.kind === 'comment' && !first.before.includes('\n') ? 1 : 0;
  nodes.splice(index, 0, make({ before: `${eol}${indent}`, indent, eol }), markerNode());
  const next = nodes[index + 2];
  if (next !== undefined) {
    breakBefore(next, eol, indent);
    if (!isMarked(nodes, index + 2) && !/\n\r?\n/.test(beforeOf(next))) leadWith(next, eol);
  }
  closeOnOwnLine(block, eol);
}

/** Gives a directive new words, in place. Answers whether anything changed. */
export function replaceDirective(body: Body, node: DirectiveNode, raws: readonly string[]): boolean {
  const same = node.words.length === raws.length && node.words.every((word, index) => word.value === valueOfWord(raws[index] ?? ''));
  if (same) return false;
  node.words = raws.map((raw, index) => ({ before: node.words[index]?.before ?? ' ', raw, value: valueOfWord(raw) }));
  markLine(body, node);
  return true;
}

/** Removes a statement and the marker behind it; a person's comment behind it stays. */
export function removeNode(body: Body, node: Node): void {
  const index = body.nodes.indexOf(node);
  if (index < 0) return;
  const next = body.nodes[index + 1];
  const marked = next !== undefined && isMarker(next);
  if (!marked && next?.kind === 'comment' && !next.before.includes('\n')) next.before = beforeOf(node);
  body.nodes.splice(index, marked ? 2 : 1);
}

/** Turns a directive into a comment that says where the setting is now. */
export function commentOut(body: Body, node: DirectiveNode, remark: string): void {
  const index = body.nodes.indexOf(node);
  if (index < 0) return;
  const text = `# ${node.words.map((word) => word.raw.replaceAll(/[ \t\r\n]+/g, ' ')).join(' ')}; # ${remark}`;
  body.nodes[index] = { kind: 'comment', before: beforeOf(node), text };
  breakAfter(body, index);
}

/** Whether a node is our marker on the line of the statement before it. */
export function isMarker(node: Node): boolean {
  return node.kind === 'comment' && !node.before.includes('\n') && node.text.includes('managed by Certbot');
}

/** The directives of that name that stand directly in a body. */
export function directivesNamed(body: Body, name: string): DirectiveNode[] {
  return body.nodes.filter((node): node is DirectiveNode => node.kind === 'directive' && nameOf(node) === name);
}

/** A directive as one line, for messages. */
export function describeDirective(node: Node): string {
  return printNode(node).trim().replaceAll(/\s+/g, ' ').replace(/;$/, '');
}

/** The indentation of the line on which a statement begins, when it begins one. */
export function lineIndent(before: string): string | undefined {
  const end = before.lastIndexOf('\n');
  return end < 0 ? undefined : before.slice(end + 1);
}

/** The line end in use in a block. */
function eolOf(block: BlockNode): string {
  const texts = [block.body.tail, ...block.body.nodes.map(beforeOf), beforeOf(block)];
  const line = texts.find((text) => text.includes('\n'));
  return line?.includes('\r\n') === true ? '\r\n' : '\n';
}

function indentUnit(indent: string): string {
  return indent.startsWith('\t') ? '\t' : '    ';
}

function markerNode(): CommentNode {
  return { kind: 'comment', before: ' ', text: marker };
}

/** Puts the marker behind a statement unless it is there. */
function markLine(body: Body, node: Node): void {
  const index = body.nodes.indexOf(node);
  const next = body.nodes[index + 1];
  if (next !== undefined && isMarker(next)) return;
  body.nodes.splice(index + 1, 0, markerNode());
  breakAfter(body, index + 1);
}

/** A comment runs to the end of the line: whatever follows it needs a line of its own. */
function breakAfter(body: Body, index: number): void {
  const next = body.nodes[index + 1];
  const comment = body.nodes[index];
  const indent = lineIndent(comment === undefined ? '' : beforeOf(comment)) ?? lineIndent(beforeOf(body.nodes[index - 1] ?? body.nodes[0] ?? markerNode())) ?? '';
  if (next === undefined) {
    if (!body.tail.includes('\n')) body.tail = `\n${body.tail}`;
    return;
  }
  const eol = beforeOf(body.nodes[Math.max(0, index - 1)] ?? next).includes('\r\n') ? '\r\n' : '\n';
  breakBefore(next, eol, indent);
}

function breakBefore(node: Node, eol: string, indent: string): void {
  if (!beforeOf(node).includes('\n')) setBefore(node, `${eol}${indent}`);
}

function leadWith(node: Node, eol: string): void {
  setBefore(node, `${eol}${beforeOf(node)}`);
}

function setBefore(node: Node, before: string): void {
  if (node.kind === 'comment') node.before = before;
  else node.words = node.words.map((word, index) => (index === 0 ? { ...word, before } : word));
}

/** Whether the node at `index` is one of ours. */
function isMarked(nodes: readonly Node[], index: number): boolean {
  const next = nodes[index + 1];
  return next !== undefined && isMarker(next);
}

function closeOnOwnLine(block: BlockNode, eol: string): void {
  if (!block.body.tail.includes('\n')) block.body.tail = `${eol}${lineIndent(beforeOf(block)) ?? ''}`;
}
