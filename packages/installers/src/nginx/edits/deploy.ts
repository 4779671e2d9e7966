// Points server blocks at a certificate.
import type { CertificatePaths } from '@certward/engine';
import { NginxError } from '../errors.ts';
import { chooseForDeploy } from '../match/choose.ts';
import { directivesNamed, removeNode } from '../parser/edit.ts';
import { wordFor } from '../parser/words.ts';
import type { Configuration } from '../tree/configuration.ts';
import type { Vhost } from '../tree/vhost.ts';
import type { EditContext } from './context.ts';
import { setCertificateOf } from './certificate-lines.ts';
import { copyVhost, dropSocketOptions } from './copy.ts';
import { setDirective } from './directives.ts';
import { makeSsl } from './make-ssl.ts';

/** Blocks made from the default server for names that no block had; one serves all such names of a run. */
export type MadeVhosts = Map<string, Vhost>;

/** Makes every block of `name` serve the certificate. Throws `noServerBlock` or `directiveConflict`. */
export function deployCertificate(name: string, paths: CertificatePaths, context: EditContext & { readonly made: MadeVhosts }): readonly Vhost[] {
  const { configuration } = context;
  const chosen = chooseForDeploy(configuration, name);
  const vhosts = chosen.length > 0 ? chosen : [vhostFromDefault(name, context.httpsPort, { ...context, anyPort: true })];
  for (const vhost of vhosts) {
    const setCertificate = () => setCertificateOf(vhost, paths, configuration);
    if (configuration.hasSsl(vhost)) setCertificate();
    else makeSsl(vhost, { ...context, setCertificate });
    configuration.refresh(vhost);
  }
  return vhosts;
}

/** How {@link vhostFromDefault} looks for a block to copy. */
export interface FromDefaultOptions {
  readonly configuration: Configuration;
  readonly made: MadeVhosts;
  /** Take the only default server of all when none is on the port. */
  readonly anyPort: boolean;
}

/** A copy of the default server that answers for `name`. Throws `noServerBlock` where it is not clear which to copy. */
export function vhostFromDefault(name: string, port: string, { configuration, made, anyPort }: FromDefaultOptions): Vhost {
  let vhost = made.get(port);
  if (vhost === undefined) {
    vhost = copyVhost(configuration, defaultVhost(name, port, { configuration, anyPort }));
    dropSocketOptions(configuration, vhost);
    for (const node of directivesNamed(vhost.block.body, 'server_name').slice(1)) removeNode(vhost.block.body, node);
    made.set(port, vhost);
    vhost.names = [];
  }
  setDirective(configuration, vhost, ['server_name', ...vhost.names, wordFor(name)]);
  configuration.refresh(vhost);
  return vhost;
}

function defaultVhost(name: string, port: string, { configuration, anyPort }: { readonly configuration: Configuration; readonly anyPort: boolean }): Vhost {
  const all = configuration.vhosts.filter((vhost) => vhost.addresses.some((address) => address.isDefault));
  const onPort = all.filter((vhost) => vhost.addresses.some((address) => address.isDefault && address.port === port));
  const [one] = onPort.length === 0 && anyPort ? all : onPort;
  if (one !== undefined && (onPort.length === 1 || (onPort.length === 0 && all.length === 1))) return one;
  throw new NginxError('noServerBlock', `Could not automatically find a matching server block for ${name}. Set the \`server_name\` directive to use the Nginx installer.`, {
    hint: `give one server block the line "server_name ${name};"`,
    details: { name },
  });
}
