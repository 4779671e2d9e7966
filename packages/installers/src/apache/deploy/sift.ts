// Takes out of a host's copy what would send https requests to https again, for ever.
import { commentOut, insertLines } from '../parser/edit.ts';
import { argumentsOf, type ContainerNode, type DirectiveNode, type SectionNode } from '../parser/nodes.ts';

const explanation = [
  '# Some redirections of this file were disabled on the https host,',
  '# because they can lead from https to https without end.',
];

/**
 * Makes comments of rewrite rules that lead to https (with their conditions), and of redirections to https on one of the
 * host's own names. Returns whether there were any.
 */
export function siftRedirects(section: SectionNode, names: readonly string[]): boolean {
  const found = collect(section, names);
  const first = found[0];
  if (first === undefined) return false;
  for (const { container, node } of found) commentOut(container, node);
  const position = first.container.children.findIndex((child) => child.line === first.node.line && child.kind === 'text');
  insertLines(first.container, { position: Math.max(position, 0), lines: explanation });
  return true;
}

interface Found {
  readonly container: ContainerNode;
  readonly node: DirectiveNode;
}

function collect(container: ContainerNode, names: readonly string[]): Found[] {
  const found: Found[] = [];
  let conditions: DirectiveNode[] = [];
  for (const node of container.children) {
    if (node.kind === 'section') found.push(...collect(node, names));
    if (node.kind !== 'directive') continue;
    if (node.name === 'rewritecond') {
      conditions.push(node);
    } else if (node.name === 'rewriterule') {
      if (isHttps(argumentsOf(node)[1])) found.push(...[...conditions, node].map((one) => ({ container, node: one })));
      conditions = [];
    } else if (leadsToItself(node, names)) {
      found.push({ container, node });
    }
  }
  return found;
}

const isHttps = (target: string | undefined) => target?.toLowerCase().startsWith('https://') === true;

function leadsToItself(node: DirectiveNode, names: readonly string[]): boolean {
  if (!/^redirect(?:permanent|temp|match)?$/.test(node.name)) return false;
  const target = argumentsOf(node).at(-1);
  const host = /^https:\/\/([^/:]+)/i.exec(target ?? '')?.[1]?.toLowerCase();
  return host !== undefined && (names.includes(host) || host.startsWith('%{'));
}
