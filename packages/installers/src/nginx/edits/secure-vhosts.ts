// The encrypted blocks of a name, for edits that only make sense there.
import { NginxError } from '../errors.ts';
import { chooseForDeploy } from '../match/choose.ts';
import type { Configuration } from '../tree/configuration.ts';
import type { Vhost } from '../tree/vhost.ts';

/** Throws `noSecureServer` where no block serves the name over https. */
export function secureVhosts(configuration: Configuration, name: string): readonly Vhost[] {
  const vhosts = chooseForDeploy(configuration, name).filter((vhost) => configuration.hasSsl(vhost));
  if (vhosts.length > 0) return vhosts;
  throw new NginxError('noSecureServer', `no server block answers https for "${name}"`, {
    hint: 'install the certificate first: certward install --nginx',
    details: { name },
  });
}
