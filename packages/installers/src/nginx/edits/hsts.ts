// Tells browsers to come back over https only (RFC 6797). Plain http must not carry the header, hence the split (§7.2).
import type { Configuration } from '../tree/configuration.ts';
import { nodesOf, type PlacedNode, type Vhost } from '../tree/vhost.ts';
import type { EditContext } from './context.ts';
import { addDirective } from './directives.ts';
import { secureVhosts } from './secure-vhosts.ts';
import { splitVhost } from './split.ts';

const header = 'Strict-Transport-Security';

/** Adds the header to the encrypted blocks of a name that lack it, and returns those. */
export function addHsts(name: string, { configuration, snippets }: EditContext): readonly Vhost[] {
  const lacking = secureVhosts(configuration, name).filter((vhost) => !hasHeader(vhost));
  for (const vhost of lacking) {
    const isMixed = vhost.addresses.some((address) => !configuration.isSsl(vhost, address));
    if (isMixed) splitVhost(configuration, vhost, { content: 'everything', optionsPath: snippets.optionsPath });
    addDirective(vhost, ['add_header', header, '"max-age=31536000"', 'always']);
    configuration.refresh(vhost);
  }
  return lacking;

  function hasHeader(vhost: Vhost): boolean {
    return headersOf(configuration.nodesOf(vhost)).some((name) => name.toLowerCase() === header.toLowerCase());
  }
}

/** Whether our header, as the only one of the block, keeps those of the http block away: nginx inherits all of them or none. */
export function losesHeaders(vhost: Vhost, { http, files }: Configuration): boolean {
  return headersOf(nodesOf(vhost, files)).length === 1 && http !== undefined && headersOf(nodesOf(http, files)).length > 0;
}

function headersOf(nodes: readonly PlacedNode[]): string[] {
  return nodes.flatMap(({ node }) => (node.kind === 'directive' && node.words[0]?.value === 'add_header' ? [node.words[1]?.value ?? ''] : []));
}
