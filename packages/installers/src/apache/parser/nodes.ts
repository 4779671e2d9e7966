// The parts of a parsed httpd configuration file.
//
// Terms. A *directive* is a logical line with a name and arguments. A *section* is `<Name …>` to `</Name>` with what lies
// between. Comments and blank lines are *text*. Every node keeps its raw lines; printing joins them, so parse → print gives
// the same bytes. Nodes are changed in place, and only by edit.ts: other places hold references to them.
import type { Word } from './words.ts';

/** Comment or blank line. */
export interface TextNode {
  readonly kind: 'text';
  raw: string;
  readonly line: number;
}

/** A line such as `ServerName example.com`. */
export interface DirectiveNode {
  readonly kind: 'directive';
  raw: string;
  /** In lower case. */
  name: string;
  /** The arguments, without the name. */
  words: readonly Word[];
  readonly line: number;
}

/** `<Name …>`, its content, `</Name>`. */
export interface SectionNode {
  readonly kind: 'section';
  openRaw: string;
  closeRaw: string;
  /** In lower case, without `<`. */
  readonly name: string;
  words: readonly Word[];
  readonly children: ConfigNode[];
  readonly line: number;
}

/** A whole file. */
export interface DocumentNode {
  readonly kind: 'document';
  readonly path: string;
  readonly children: ConfigNode[];
}

/** Anything that stands in a file. */
export type ConfigNode = TextNode | DirectiveNode | SectionNode;

/** Anything that holds nodes. */
export type ContainerNode = DocumentNode | SectionNode;

/** The arguments' values. */
export function argumentsOf(node: DirectiveNode | SectionNode): string[] {
  return node.words.map((word) => word.value);
}
