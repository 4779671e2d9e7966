// The hosts that an enhancement is for: those that speak TLS already.
import { ApacheError } from '../errors.ts';
import { chooseHosts } from '../match/choose.ts';
import type { VirtualHost } from '../tree/virtual-host.ts';
import type { Workspace } from '../workspace.ts';

/** The https hosts for `name`. Throws `virtualHostMissing` where there is none yet. */
export function httpsHostsFor(workspace: Workspace, name: string): VirtualHost[] {
  const hosts = chooseHosts(workspace.tree.hosts, name).filter((host) => host.ssl);
  if (hosts.length > 0) return hosts;
  throw new ApacheError('virtualHostMissing', `no virtual host of Apache serves "${name}" over https yet`, {
    details: { name },
    hint: 'deploy a certificate for it first',
  });
}
