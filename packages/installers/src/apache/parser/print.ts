// Prints nodes: their raw lines, one after the other.
import type { ConfigNode, ContainerNode } from './nodes.ts';

/** The text of a file or of one node. */
export function printConfig(node: ContainerNode | ConfigNode): string {
  const parts: string[] = [];
  collect(node, parts);
  return parts.join('');
}

function collect(node: ContainerNode | ConfigNode, parts: string[]): void {
  if (node.kind === 'directive' || node.kind === 'text') {
    parts.push(node.raw);
    return;
  }
  if (node.kind === 'section') parts.push(node.openRaw);
  for (const child of node.children) collect(child, parts);
  if (node.kind === 'section') parts.push(node.closeRaw);
}
