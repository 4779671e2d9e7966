// BIND 9 on loopback, unprivileged, in a folder of its own.
import { writeFile } from 'node:fs/promises';
import type { TemporaryFolder } from '../temporary-folder.ts';
import { type NameServer, type NameServerOptions, type NameServerZone, zoneFile } from './options.ts';
import { runNameServer } from './run.ts';

/** Starts BIND (`named`) and waits until it serves all zones. */
export function startBind(options: NameServerOptions): Promise<NameServer> {
  return runNameServer({ program: 'named', configure, questionsIn }, options);
}

async function configure(folder: TemporaryFolder, options: NameServerOptions & { readonly host: string; readonly port: number }): Promise<string[]> {
  const { host, port, zones, keys = [] } = options;
  for (const zone of zones) if (zone.primary === undefined) await writeFile(folder.join(`${zone.name}.zone`), zoneFile(zone));
  const isIpv6 = host.includes(':');
  const lines = [
    ...keys.map(({ name, algorithm, secretBase64 }) => `key "${name}" { algorithm ${algorithm}; secret "${secretBase64}"; };`),
    'controls {};',
    'options {',
    `  directory "${folder.path}"; pid-file none; session-keyfile none; managed-keys-directory "${folder.path}";`,
    `  listen-on port ${port} { ${isIpv6 ? 'none' : host}; }; listen-on-v6 port ${port} { ${isIpv6 ? host : 'none'}; };`,
    '  recursion no; empty-zones-enable no; minimal-responses yes; dnssec-validation no; querylog yes;',
    '  notify no; allow-transfer { any; }; allow-notify { any; };',
    '};',
    ...zones.map((zone) => zoneClause(zone)),
  ];
  await writeFile(folder.join('named.conf'), `${lines.join('\n')}\n`, { mode: 0o600 });
  return ['-g', '-n', '1', '-c', folder.join('named.conf')];
}

function zoneClause({ name, primary, updateKeys = [] }: NameServerZone): string {
  if (primary !== undefined) return `zone "${name}" { type secondary; file "${name}.copy"; primaries { ${primary.host} port ${primary.port}; }; };`;
  const updates = updateKeys.length === 0 ? 'none;' : updateKeys.map((key) => `key "${key}";`).join(' ');
  return `zone "${name}" { type primary; file "${name}.zone"; allow-update { ${updates} }; };`;
}

function questionsIn(output: string): string[] {
  return [...output.matchAll(/ query: (\S+) IN (\S+) /g)].map(([, name = '', type = '']) => `${name.toLowerCase()} ${type}`);
}
