// The lossless syntax tree of an nginx configuration file, and how it prints.
//
// Text is kept one character per byte (latin1), so that any encoding, valid or not, comes out as it went in.
// *Trivia* is blank space and comments between words. Every node owns the trivia before it; a body owns what is left
// before its closing brace. Printing is concatenation, therefore parse → print gives the same bytes.

/** One word of a directive as written, and as nginx reads it (quotes off, escapes undone). */
export interface Word {
  readonly before: string;
  readonly raw: string;
  readonly value: string;
}

/** A comment on statement level, without its line end. */
export interface CommentNode {
  readonly kind: 'comment';
  before: string;
  readonly text: string;
}

/** `name value …;` */
export interface DirectiveNode {
  readonly kind: 'directive';
  words: readonly Word[];
  readonly beforeEnd: string;
}

/** `name value … { … }` */
export interface BlockNode {
  readonly kind: 'block';
  words: readonly Word[];
  readonly beforeOpen: string;
  readonly body: Body;
}

/** `…_by_lua_block { … }`: Lua is not nginx syntax, so the text stays closed. */
export interface OpaqueNode {
  readonly kind: 'opaque';
  words: readonly Word[];
  readonly beforeOpen: string;
  readonly text: string;
}

/** Anything that stands in a body. */
export type Node = CommentNode | DirectiveNode | BlockNode | OpaqueNode;

/** The statements of a file or between two braces. Edits change `nodes` in place. */
export interface Body {
  readonly nodes: Node[];
  /** Blank space before the closing brace or the end of the file. */
  tail: string;
}

/** The directive's name as nginx reads it; empty for comments. */
export function nameOf(node: Node): string {
  return node.kind === 'comment' ? '' : (node.words[0]?.value ?? '');
}

/** What stands before the node, from the end of the previous one. */
export function beforeOf(node: Node): string {
  return node.kind === 'comment' ? node.before : (node.words[0]?.before ?? '');
}

/** The text of a body. */
export function printBody(body: Body): string {
  const parts: string[] = [];
  collectBody(body, parts);
  return parts.join('');
}

/** The text of one node with the trivia before it. */
export function printNode(node: Node): string {
  const parts: string[] = [];
  collectNode(node, parts);
  return parts.join('');
}

function collectBody(body: Body, parts: string[]): void {
  for (const node of body.nodes) collectNode(node, parts);
  parts.push(body.tail);
}

function collectNode(node: Node, parts: string[]): void {
  if (node.kind === 'comment') {
    parts.push(node.before, node.text);
    return;
  }
  for (const word of node.words) parts.push(word.before, word.raw);
  switch (node.kind) {
    case 'directive':
      parts.push(node.beforeEnd, ';');
      return;
    case 'opaque':
      parts.push(node.beforeOpen, '{', node.text, '}');
      return;
    case 'block':
      parts.push(node.beforeOpen, '{');
      collectBody(node.body, parts);
      parts.push('}');
  }
}
