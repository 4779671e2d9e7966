// A virtual host as the walk found it: where it stands and what it says, included files taken into account.
import type { ContainerNode, DirectiveNode, SectionNode } from '../parser/nodes.ts';
import type { Address } from './address.ts';
import type { ConfigFile } from './config-files.ts';

/** A directive and where it stands. */
export interface PlacedDirective {
  readonly node: DirectiveNode;
  readonly file: ConfigFile;
  readonly container: ContainerNode;
  /** Arguments with `${NAME}` replaced. */
  readonly args: readonly string[];
  /** It stands in a `<Directory>`, `<Location>`, `<If>` or the like, and so does not hold for the whole host. */
  readonly scoped: boolean;
}

/** A `<VirtualHost>` section. */
export interface VirtualHost {
  readonly file: ConfigFile;
  readonly section: SectionNode;
  /** What holds the section: its file or, say, an `<IfModule>`. */
  readonly container: ContainerNode;
  readonly addresses: readonly Address[];
  /** In lower case, without scheme and port. */
  readonly serverName: string | undefined;
  readonly aliases: readonly string[];
  readonly ssl: boolean;
  /** Inside `<Macro>`: what it says is known only where the macro is used. */
  readonly inMacro: boolean;
  readonly directives: readonly PlacedDirective[];
}

/** ServerName and ServerAliases. */
export function namesOf(host: VirtualHost): string[] {
  return [...new Set([...(host.serverName === undefined ? [] : [host.serverName]), ...host.aliases])];
}

/** The directives called `name` (lower case) that hold for the whole host, included files too. */
export function directivesOf(host: VirtualHost, name: string): PlacedDirective[] {
  return host.directives.filter((placed) => placed.node.name === name && !placed.scoped);
}

/** Those of {@link directivesOf} that stand in the section itself, not in a file that others may include as well. */
export function ownDirectivesOf(host: VirtualHost, name: string): PlacedDirective[] {
  return directivesOf(host, name).filter((placed) => placed.file === host.file);
}

/** `ServerName https://Example.com:443` means `example.com`. */
export function plainServerName(value: string): string {
  return value.replace(/^[a-z]+:\/\//i, '').replace(/:\d*$/, '').replace(/\.$/, '').toLowerCase();
}

/** Reads what the directives of a host say about it. */
export function describeHost(
  host: Pick<VirtualHost, 'addresses' | 'directives' | 'inMacro'>,
  httpsPort: string,
): Pick<VirtualHost, 'serverName' | 'aliases' | 'ssl'> {
  let serverName: string | undefined;
  let engine: string | undefined;
  const aliases: string[] = [];
  for (const { node, args, scoped } of host.directives) {
    if (scoped) continue;
    if (node.name === 'servername') serverName = args[0];
    else if (node.name === 'sslengine') engine = args[0]?.toLowerCase();
    else if (node.name === 'serveralias') aliases.push(...args);
  }
  const onHttpsPort = host.addresses.some(({ port }) => port === httpsPort || port === '443');
  return {
    serverName: serverName === undefined || host.inMacro ? undefined : plainServerName(serverName),
    aliases: host.inMacro ? [] : aliases.map((alias) => alias.toLowerCase()),
    // `SSLEngine on` may also stand outside of the host: the port tells then.
    ssl: engine === 'on' || engine === 'optional' || (engine !== 'off' && onHttpsPort),
  };
}
