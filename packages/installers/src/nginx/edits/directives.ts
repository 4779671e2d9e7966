// Adding and changing directives of one server block, with the questions that nginx would otherwise answer with a refusal.
import { NginxError } from '../errors.ts';
import { appendDirective, commentOut, describeDirective, directivesNamed, replaceDirective } from '../parser/edit.ts';
import { type Body, type DirectiveNode, nameOf, type Node } from '../parser/nodes.ts';
import { valueOfWord } from '../parser/words.ts';
import type { Configuration } from '../tree/configuration.ts';
import type { Vhost } from '../tree/vhost.ts';

/** Directives that nginx accepts more than once in a block. */
const repeatable: ReadonlySet<string> = new Set(['server_name', 'listen', 'include', 'rewrite', 'add_header']);

/**
 * Adds a directive at the end of a block. One that is there with the same value is left as it is.
 * Throws `directiveConflict` where another value stands that nginx allows once only.
 */
export function addDirective(vhost: Vhost, raws: readonly string[]): void {
  const [name = ''] = raws;
  const present = directivesNamed(vhost.block.body, name);
  if (present.some((node) => hasWords(node, raws))) return;
  const [first] = present;
  if (first !== undefined && !repeatable.has(name)) throw conflict(vhost, raws.join(' '), first);
  appendDirective(vhost.block, raws);
}

/**
 * Gives a directive of a block a new value, or adds it. Where the block takes it from an included file that no other
 * block includes, it is changed there: nginx would otherwise have both.
 */
export function setDirective(configuration: Configuration, vhost: Vhost, raws: readonly string[]): void {
  const [name = ''] = raws;
  const [own] = directivesNamed(vhost.block.body, name);
  if (own !== undefined) {
    replaceDirective(vhost.block.body, own, raws);
    return;
  }
  const placed = configuration.nodesOf(vhost).find(({ node }) => node.kind === 'directive' && nameOf(node) === name);
  if (placed?.node.kind === 'directive' && !isShared(configuration, vhost, placed.node)) {
    replaceDirective(placed.body, placed.node, raws);
    return;
  }
  appendDirective(vhost.block, raws);
}

/**
 * Includes a file at the end of a block. Directives of the block that the file repeats become comments.
 * Throws `directiveConflict` where the block has another value.
 */
export function includeFile(vhost: Vhost, raw: string, content: Body): void {
  if (directivesNamed(vhost.block.body, 'include').some((node) => hasWords(node, ['include', raw]))) return;
  for (const included of content.nodes) {
    if (included.kind !== 'directive' || repeatable.has(nameOf(included))) continue;
    for (const own of directivesNamed(vhost.block.body, nameOf(included))) {
      if (!sameWords(own, included)) throw conflict(vhost, describeDirective(included), own);
      commentOut(vhost.block.body, own, `duplicated in ${raw}`);
    }
  }
  appendDirective(vhost.block, ['include', raw]);
}

function isShared(configuration: Configuration, vhost: Vhost, node: DirectiveNode): boolean {
  return configuration.vhosts.some((other) => other !== vhost && configuration.nodesOf(other).some((placed) => placed.node === node));
}

function hasWords(node: DirectiveNode, raws: readonly string[]): boolean {
  return node.words.length === raws.length && node.words.every((word, index) => word.value === valueOfWord(raws[index] ?? ''));
}

function sameWords(one: DirectiveNode, other: DirectiveNode): boolean {
  return hasWords(one, other.words.map((word) => word.raw));
}

function conflict(vhost: Vhost, wanted: string, present: Node): NginxError {
  return new NginxError('directiveConflict', `cannot add "${wanted}" to a server block in "${vhost.file.path}": it has "${describeDirective(present)}"`, {
    hint: 'nginx accepts that directive once per block: remove yours, or set it as above',
    details: { path: vhost.file.path },
  });
}
