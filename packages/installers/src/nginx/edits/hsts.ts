// Tells browsers to come back over https only (RFC 6797). Plain http must not carry the header, hence the split (§7.2).
import { addDirective } from './directives.ts';
import type { EditContext } from './context.ts';
import { secureVhosts } from './secure-vhosts.ts';
import { splitVhost } from './split.ts';
import type { Vhost } from '../tree/vhost.ts';

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
    return configuration
      .nodesOf(vhost)
      .some(({ node }) => node.kind === 'directive' && node.words[0]?.value === 'add_header' && node.words[1]?.value.toLowerCase() === header.toLowerCase());
  }
}
