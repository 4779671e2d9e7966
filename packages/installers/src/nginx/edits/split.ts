// Splits a server block that answers http and https into two, because nginx has no way to say "only when encrypted".
import { NginxError } from '../errors.ts';
import { removeNode } from '../parser/edit.ts';
import { type DirectiveNode, nameOf, type Node } from '../parser/nodes.ts';
import type { Configuration } from '../tree/configuration.ts';
import type { Vhost } from '../tree/vhost.ts';
import { copyVhost } from './copy.ts';

/** Which statements, beside the plain `listen` lines, the new plain block takes over. */
export type PlainContent = 'names' | 'everything';

/** Makes a plain block out of the plain addresses of `vhost`, which keeps the encrypted ones. Returns the plain block. */
export function splitVhost(configuration: Configuration, vhost: Vhost, { content, optionsPath }: { content: PlainContent; optionsPath: string }): Vhost {
  const plain = vhost.addresses.filter((address) => !configuration.isSsl(vhost, address)).map((address) => address.directive);
  const own = new Set<Node>(vhost.block.body.nodes);
  if (plain.some((directive) => directive === undefined || !own.has(directive))) {
    throw new NginxError('directiveConflict', `cannot separate http from https in a server block of "${vhost.file.path}": its listen lines are in an included file`, {
      hint: 'move the listen lines into the server block',
      details: { path: vhost.file.path },
    });
  }
  const plainSet = new Set<Node>(plain.filter((directive) => directive !== undefined));
  const plainTexts = new Set([...plainSet].map(textOfNode));
  const copy = copyVhost(configuration, vhost, { afterOriginal: true, keep: (node) => belongsToPlain(node, { content, optionsPath, plainTexts }) });
  for (const node of plainSet) removeNode(vhost.block.body, node);
  configuration.refresh(vhost);
  configuration.refresh(copy);
  return copy;
}

function belongsToPlain(node: Node, { content, optionsPath, plainTexts }: { content: PlainContent; optionsPath: string; plainTexts: ReadonlySet<string> }): boolean {
  const name = nameOf(node);
  if (name === 'listen') return plainTexts.has(textOfNode(node));
  if (content === 'names') return name === 'server_name';
  if (name.startsWith('ssl_')) return false;
  return !(name === 'include' && node.kind === 'directive' && node.words[1]?.value === optionsPath);
}

function textOfNode(node: Node): string {
  return (node as DirectiveNode).words.map((word) => word.value).join(' ');
}
