// Copies of server blocks: for names that no block has, and for splitting a block into a plain and an encrypted one.
import { lineIndent } from '../parser/edit.ts';
import { beforeOf, type BlockNode, type Body, nameOf, type Node, type Word } from '../parser/nodes.ts';
import { socketOptions } from '../tree/address.ts';
import type { Configuration } from '../tree/configuration.ts';
import type { Vhost } from '../tree/vhost.ts';

/** How {@link copyVhost} copies. */
export interface CopyOptions {
  /** Which statements come along. Default: all. */
  readonly keep?: (node: Node) => boolean;
  /** Right after the original, which keeps the order that decides on implicit default servers. Default: at the end. */
  readonly afterOriginal?: boolean;
}

/** Puts a copy of a block into the body it stands in. */
export function copyVhost(configuration: Configuration, vhost: Vhost, { keep = () => true, afterOriginal = false }: CopyOptions = {}): Vhost {
  const block = copyBlock(vhost.block);
  keepOnly(block.body, keep);
  const { enclosing } = vhost;
  const eol = enclosing.tail.includes('\r\n') || beforeOf(vhost.block).includes('\r\n') ? '\r\n' : '\n';
  const indent = lineIndent(beforeOf(vhost.block)) ?? '';
  const [name] = block.words;
  if (name !== undefined) block.words = [{ ...name, before: `${eol}${eol}${indent}` }, ...block.words.slice(1)];
  const index = afterOriginal ? endOfLine(enclosing, vhost.block) : enclosing.nodes.length;
  enclosing.nodes.splice(index, 0, block);
  if (index === enclosing.nodes.length - 1 && !enclosing.tail.includes('\n')) enclosing.tail = eol;
  return configuration.add({ file: vhost.file, block, enclosing }, afterOriginal ? { after: vhost } : {});
}

/** Takes from every `listen` of a block what may stand in one block per address only. */
export function dropSocketOptions(configuration: Configuration, vhost: Vhost): void {
  for (const node of vhost.block.body.nodes) {
    if (node.kind !== 'directive' || nameOf(node) !== 'listen') continue;
    node.words = node.words.filter((word, index) => index < 2 || !socketOptions.has(word.value.split('=', 1)[0] ?? ''));
  }
  configuration.refresh(vhost);
}

/** Drops the statements that are not to be kept, and the comments on their lines. */
function keepOnly({ nodes }: Body, keep: (node: Node) => boolean): void {
  let kept = true;
  const remaining = nodes.filter((node) => {
    const isOnSameLine = node.kind === 'comment' && !node.before.includes('\n');
    if (!isOnSameLine) kept = keep(node);
    return kept && (!isOnSameLine || keep(node));
  });
  nodes.splice(0, Infinity, ...remaining);
}

/** The index behind a node and the comments on its line. */
function endOfLine({ nodes }: Body, node: Node): number {
  let index = nodes.indexOf(node) + 1;
  for (let next = nodes[index]; next?.kind === 'comment' && !next.before.includes('\n'); next = nodes[index]) index++;
  return index;
}

function copyBlock(block: BlockNode): BlockNode {
  return { ...block, words: copyWords(block.words), body: copyBody(block.body) };
}

function copyBody(body: Body): Body {
  return { nodes: body.nodes.map((node) => (node.kind === 'block' ? copyBlock(node) : { ...node })), tail: body.tail };
}

function copyWords(words: readonly Word[]): readonly Word[] {
  return words.map((word) => ({ ...word }));
}
