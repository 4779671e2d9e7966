// Sends plain http to https. The lines are Certbot's, so that either tool sees that the other has done it.
import { bestOf, chooseForWildcard } from '../match/choose.ts';
import { appendDirective, makeBlock, prepend } from '../parser/edit.ts';
import { type BlockNode, nameOf, type Node } from '../parser/nodes.ts';
import type { Vhost } from '../tree/vhost.ts';
import type { EditContext } from './context.ts';
import { splitVhost } from './split.ts';

/** What a redirect came to. */
export type RedirectOutcome =
  | { readonly state: 'added'; readonly vhosts: readonly Vhost[] }
  | { readonly state: 'present'; readonly vhosts: readonly Vhost[] }
  | { readonly state: 'noPlainServer' };

/** Redirects the blocks that answer `name` on the plain port. */
export function addRedirect(name: string, port: string, context: EditContext): RedirectOutcome {
  const { configuration, snippets } = context;
  const candidates = name.startsWith('*.') ? configuration.vhosts : configuration.candidates(name);
  const plain = candidates.filter((vhost) => configuration.listens(vhost, port, { ssl: false }));
  const chosen = name.startsWith('*.')
    ? chooseForWildcard(plain, name, (vhost) => !configuration.hasSsl(vhost))
    : [bestOf(plain, name)?.vhost].filter((vhost) => vhost !== undefined);
  if (chosen.length === 0) return { state: 'noPlainServer' };
  const changed: Vhost[] = [];
  for (const vhost of chosen) {
    if (!configuration.hasSsl(vhost)) {
      if (isRedirecting(vhost, name)) continue;
      addCondition(vhost, name);
      changed.push(vhost);
      continue;
    }
    const separate = splitVhost(configuration, vhost, { content: 'names', optionsPath: snippets.optionsPath });
    // The block has other names that were not asked about: they had an answer here, and it was not this certificate's.
    appendDirective(separate.block, ['return', '404']);
    addCondition(separate, name);
    changed.push(separate);
  }
  return changed.length > 0 ? { state: 'added', vhosts: changed } : { state: 'present', vhosts: chosen };
}

function addCondition(vhost: Vhost, name: string): void {
  prepend(vhost.block, (style) => makeBlock(conditionFor(name), [redirection], style));
}

const redirection = ['return', '301', 'https://$host$request_uri'];

function conditionFor(name: string): string[] {
  if (!name.startsWith('*.')) return ['if', '($host', '=', `${name})`];
  const expression = name.replaceAll('.', String.raw`\.`).replaceAll('*', '[^.]+');
  return ['if', '($host', '~', `^${expression}$)`];
}

/** Whether the block has our condition for the name, or redirects everything by a line of its owner's. */
function isRedirecting({ block }: Vhost, name: string): boolean {
  const condition = conditionFor(name).join(' ');
  return block.body.nodes.some((node) => {
    if (node.kind === 'block') return wordsOf(node) === condition && node.body.nodes.some(isRedirection);
    return isRedirection(node);
  });
}

function isRedirection(node: Node): boolean {
  if (node.kind !== 'directive' || nameOf(node) !== 'return') return false;
  const [, status = '', target = ''] = node.words.map((word) => word.value);
  return /^30[1278]$/.test(status) && target.startsWith('https://');
}

function wordsOf(node: BlockNode): string {
  return node.words.map((word) => word.raw).join(' ');
}
