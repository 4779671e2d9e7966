// BIND 9 on loopback, unprivileged, in a folder of its own.
import { writeFile } from 'node:fs/promises';
import type { TemporaryFolder } from '../temporary-folder.ts';
import { type NameServer, type NameServerOptions, type NameServerQuestion, type NameServerZone, zoneFile } from './options.ts';
import { runNameServer } from './run.ts';

/** Starts BIND (`named`) and waits until it serves all zones. */
export function startBind(options: NameServerOptions): Promise<NameServer> {
  return runNameServer({ program: 'named', configure, questionsIn }, options);
}

async function configure(folder: TemporaryFolder, options: NameServerOptions & { readonly host: string; readonly port: number }): Promise<string[]> {
  const { host, port, zones, keys = [] } = options;
  for (const zone of zones) if (zone.primary === undefined) await writeFile(folder.join(`${zone.name}.zone`), zoneFile(zone));
  const lines = [
    ...keys.map(({ name, algorithm, secretBase64 }) => `key "${name}" { algorithm ${algorithm}; secret "${secretBase64}"; };`),
    ...bindOptions(folder, { host, port, extra: ['recursion no;'] }),
    ...zones.map((zone) => zoneClause(zone)),
  ];
  await writeFile(folder.join('named.conf'), `${lines.join('\n')}\n`, { mode: 0o600 });
  return ['-g', '-n', '1', '-c', folder.join('named.conf')];
}

/** The lines that every BIND of a test has: one listener, no state outside of its folder, all questions logged. */
export function bindOptions(
  folder: TemporaryFolder,
  { host, port, extra }: { readonly host: string; readonly port: number; readonly extra: readonly string[] },
): string[] {
  const isIpv6 = host.includes(':');
  return [
    'controls {};',
    'options {',
    `  directory "${folder.path}"; pid-file none; session-keyfile none; managed-keys-directory "${folder.path}";`,
    `  listen-on port ${port} { ${isIpv6 ? 'none' : host}; }; listen-on-v6 port ${port} { ${isIpv6 ? host : 'none'}; };`,
    '  empty-zones-enable no; minimal-responses yes; dnssec-validation no; querylog yes;',
    '  notify no; allow-transfer { any; }; allow-notify { any; };',
    // A Pebble asks for a hundred names from three vantage points at once, each over a connection of its own.
    '  tcp-clients 1000; tcp-listen-queue 200;',
    ...extra.map((line) => `  ${line}`),
    '};',
  ];
}

function zoneClause({ name, primary, updateKeys = [] }: NameServerZone): string {
  if (primary !== undefined) return `zone "${name}" { type secondary; file "${name}.copy"; primaries { ${primary.host} port ${primary.port}; }; };`;
  const updates = updateKeys.length === 0 ? 'none;' : updateKeys.map((key) => `key "${key}";`).join(' ');
  return `zone "${name}" { type primary; file "${name}.zone"; allow-update { ${updates} }; };`;
}

/** `query: NAME IN TYPE +E(0)T (ADDRESS)`: plus or minus for recursion desired, then flags, T for TCP. */
export function questionsIn(output: string): NameServerQuestion[] {
  return [...output.matchAll(/ query: (\S+) IN (\S+) ([+-])(\S*)/g)].map(([, name = '', type = '', recursion, flags = '']) => ({
    name: name.toLowerCase(),
    type,
    isRecursive: recursion === '+',
    transport: flags.includes('T') ? 'tcp' : 'udp',
  }));
}
