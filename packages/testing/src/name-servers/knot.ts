// Knot DNS on loopback, unprivileged, in a folder of its own.
import { writeFile } from 'node:fs/promises';
import type { TemporaryFolder } from '../temporary-folder.ts';
import { type NameServer, type NameServerOptions, type NameServerZone, zoneFile } from './options.ts';
import { runNameServer } from './run.ts';

/** Starts Knot (`knotd`) and waits until it serves all zones. */
export function startKnot(options: NameServerOptions): Promise<NameServer> {
  return runNameServer({ program: 'knotd', configure, questionsIn: () => [] }, options);
}

async function configure(folder: TemporaryFolder, options: NameServerOptions & { readonly host: string; readonly port: number }): Promise<string[]> {
  const { host, port, zones, keys = [] } = options;
  for (const zone of zones) if (zone.primary === undefined) await writeFile(folder.join(`${zone.name}.zone`), zoneFile(zone));
  const lines = [
    'server:',
    `  rundir: "${folder.path}"`,
    `  listen: "${host}@${port}"`,
    '  udp-workers: 1',
    '  tcp-workers: 1',
    '  background-workers: 1',
    'database:',
    `  storage: "${folder.path}"`,
    // The defaults reserve gigabytes of address space, which containers may not have.
    '  journal-db-max-size: 50M',
    '  kasp-db-max-size: 10M',
    '  timer-db-max-size: 10M',
    '  catalog-db-max-size: 10M',
    'log:',
    '  - target: stderr',
    '    any: info',
    ...section('key', keys.flatMap((key) => [`  - id: ${key.name}`, `    algorithm: ${key.algorithm}`, `    secret: ${key.secretBase64}`])),
    ...section('remote', zones.flatMap((zone) => (zone.primary === undefined ? [] : [`  - id: primary-${zone.name}`, `    address: "${zone.primary.host}@${zone.primary.port}"`]))),
    'acl:',
    '  - id: open',
    '    address: [127.0.0.0/8, "::1"]',
    '    action: [transfer, notify]',
    ...zones.flatMap((zone) => (zone.updateKeys ?? []).flatMap((key) => [`  - id: update-${zone.name}-${key}`, `    key: ${key}`, '    action: update'])),
    'template:',
    '  - id: default',
    `    storage: "${folder.path}"`,
    '    zonefile-sync: -1',
    '    zonefile-load: difference-no-serial',
    '    journal-content: all',
    'zone:',
    ...zones.flatMap((zone) => zoneClause(zone)),
  ];
  await writeFile(folder.join('knot.conf'), `${lines.join('\n')}\n`, { mode: 0o600 });
  return ['-c', folder.join('knot.conf')];
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`${title}:`, ...lines];
}

function zoneClause({ name, primary, updateKeys = [] }: NameServerZone): string[] {
  const acls = ['open', ...updateKeys.map((key) => `update-${name}-${key}`)];
  return [`  - domain: ${name}`, ...(primary === undefined ? [`    file: "${name}.zone"`] : [`    master: primary-${name}`]), `    acl: [${acls.join(', ')}]`];
}
