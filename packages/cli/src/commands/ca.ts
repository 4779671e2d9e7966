// `ca`: the embedded certificate authority in the foreground, until it is told to stop.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { Secret } from '@certward/base';
import { startCa } from '@certward/ca';
import type { Command } from '../context.ts';
import type { Values } from '../args/table.ts';
import { cliError } from '../errors.ts';
import { splitList } from '../settings/names.ts';
import { stateFolder } from '../state-folder.ts';

/** Runs the verb. Ends well on SIGINT and SIGTERM: stopping is what people want of a server. */
export const ca: Command = async ({ arguments: { values }, environment, terminal, log, clock, random, signal }) => {
  const dataFolder = values.caInMemory ? undefined : path.resolve(values.dataDir ?? path.join(stateFolder(environment), 'ca'));
  await using running = await startCa({
    host: values.caAddress,
    port: values.caPort,
    dataFolder,
    hostNames: splitList(values.caNames),
    roots: values.caRoots,
    validation: {
      httpPort: values.caHttpPort,
      tlsPort: values.caTlsPort,
      ...(values.caDnsServers.length === 0 ? {} : { dnsServers: splitList(values.caDnsServers) }),
      ...(values.caHosts.length === 0 ? {} : { hosts: parseHosts(values.caHosts) }),
    },
    ...(values.caEab.length === 0 ? {} : { eabKeys: parseEabKeys(values.caEab) }),
    clock,
    random,
    log,
  });
  for (const line of running.startMessage) terminal.result(line);
  terminal.result(`root:      ${dataFolder === undefined ? `${running.publicUrl}/roots/0` : writeRoot(dataFolder, running.rootsPem)}`);
  terminal.result('Press Ctrl-C to stop.');
  await aborted(signal);
  return { result: { directoryUrl: running.directoryUrl, dataFolder: dataFolder ?? null } };
};

/** The root beside the state, since fetching it from an authority that is not trusted yet proves nothing. */
function writeRoot(dataFolder: string, rootsPem: string): string {
  const file = path.join(dataFolder, 'root.pem');
  writeFileSync(file, rootsPem, { mode: 0o644 });
  return file;
}

/** Resolves when the signal aborts. The authority's socket keeps the process alive meanwhile. */
export function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

function parseHosts(values: Values['caHosts']): Readonly<Record<string, readonly string[]>> {
  const hosts = new Map<string, string[]>();
  for (const value of values) {
    const [name = '', address = ''] = value.split('=');
    if (name === '' || address === '') throw cliError('argumentInvalid', `--validation-host "${value}" is not NAME=ADDRESS`);
    hosts.set(name, [...(hosts.get(name) ?? []), address]);
  }
  return Object.fromEntries(hosts);
}

function parseEabKeys(values: Values['caEab']): Readonly<Record<string, Secret>> {
  return Object.fromEntries(
    values.map((value) => {
      const at = value.indexOf(':');
      if (at < 1 || at === value.length - 1) throw cliError('argumentInvalid', '--require-eab is not KID:KEY', { hint: 'KEY is base64url without padding' });
      return [value.slice(0, at), new Secret(value.slice(at + 1))];
    }),
  );
}
