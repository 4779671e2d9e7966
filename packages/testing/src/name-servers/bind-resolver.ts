// BIND as a recursive resolver that caches: it knows a few zones by the addresses of their servers, and an empty root.
import { writeFile } from 'node:fs/promises';
import type { TemporaryFolder } from '../temporary-folder.ts';
import { bindOptions, questionsIn } from './bind.ts';
import type { NameServer } from './options.ts';
import { runNameServer } from './run.ts';

/** What {@link startBindResolver} resolves. */
export interface BindResolverOptions {
  /** Where questions about each zone go. Nothing outside of these zones exists. */
  readonly zones: Readonly<Record<string, { readonly host: string; readonly port: number }>>;
}

/** Starts the resolver. It remembers what does not exist, as resolvers of the world do. */
export function startBindResolver({ zones }: BindResolverOptions): Promise<NameServer> {
  const configure = async (folder: TemporaryFolder, { host, port }: { readonly host: string; readonly port: number }): Promise<string[]> => {
    const forwards = Object.entries(zones).map(
      ([name, server]) => `zone "${name}" { type forward; forward only; forwarders { ${server.host} port ${server.port}; }; };`,
    );
    const lines = [...bindOptions(folder, { host, port, extra: ['recursion yes; allow-recursion { any; }; max-cache-size 16M;'] }), 'zone "." { type primary; file "root.zone"; };', ...forwards];
    await writeFile(folder.join('named.conf'), `${lines.join('\n')}\n`);
    // BIND looks for a forwarder only below a zone cut of its own zones.
    const cuts = Object.keys(zones).map((name) => `${name}. NS servers.invalid.`);
    await writeFile(folder.join('root.zone'), ['$TTL 60', '. SOA primary.invalid. hostmaster.invalid. 1 3600 600 604800 5', '. NS servers.invalid.', 'servers.invalid. A 127.0.0.1', ...cuts, ''].join('\n'));
    return ['-g', '-n', '1', '-c', folder.join('named.conf')];
  };
  return runNameServer({ program: 'named', configure, questionsIn }, { zones: [{ name: '.' }] });
}
