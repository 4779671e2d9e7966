// `quickstart`: the whole way from nothing to a served and checked certificate, on this machine alone.
// Everything is real: an ACME server, an order, an HTTP-01 validation over sockets, a TLS server, a TLS client.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type RunningCa, startCa } from '@certward/ca';
import type { Command, Context } from '../context.ts';
import { cliError } from '../errors.ts';
import { checkServedCertificate } from '../quickstart/check.ts';
import { freePort } from '../quickstart/free-port.ts';
import { orderCertificate } from '../quickstart/order.ts';
import { chooseDataFolder } from '../quickstart/data-folder.ts';
import { serveHttps } from '../quickstart/serve.ts';
import { aborted } from './ca.ts';

/** The name that is certified. Browsers and clients resolve it to this machine by themselves. */
const name = 'localhost';

/** Runs the verb. With `--once` it ends after the check, else on SIGINT. */
export const quickstart: Command = async (context) => {
  const { terminal, signal, clock, arguments: { values } } = context;
  const startedAt = clock.monotonicMs();
  using dataFolder = chooseDataFolder(context);
  const files = (part: string) => path.join(dataFolder.path, part);
  const httpPort = await freePort();

  await using ca = await startAuthority(context, { dataFolder: files('ca'), httpPort });
  const rootFile = writeRoot(files('root.pem'), ca.rootsPem);
  step(context, 1, `Started an ACME certificate authority: ${ca.directoryUrl}`, [`its keys and database: ${files('ca')}`, `its root:              ${rootFile}`]);

  const lineage = await orderCertificate(context, { name, directoryUrl: ca.directoryUrl, rootFile, httpPort, folder: files('letsencrypt') });
  step(context, 2, `Ordered a certificate for "${name}" over ACME; the authority validated it by HTTP-01 on port ${httpPort}`, [`certificate: ${lineage.fullchainPath}`, `key:         ${lineage.privkeyPath}`]);

  await using server = await serveHttps({ ...lineage, page: `${name} is served with a certificate from ${ca.directoryUrl}\n` });
  const url = `https://${name}:${server.port}/`;
  step(context, 3, `Serving HTTPS with it: ${url}`, []);

  const served = await checkServedCertificate({ name, port: server.port, rootsPem: ca.rootsPem, fullchainPath: lineage.fullchainPath, signal });
  step(context, 4, `A TLS client was served that certificate, and its chain leads to the root`, [`SHA-256: ${served.fingerprint}`, `valid until ${served.validTo}`]);

  const seconds = ((clock.monotonicMs() - startedAt) / 1000).toFixed(1);
  terminal.result(`\nIt works (${seconds} s).`);
  const result = { url, directoryUrl: ca.directoryUrl, dataFolder: dataFolder.path, rootFile, fingerprint: served.fingerprint, ...lineage };
  if (values.once) return { result };
  showNextSteps(context, { url, rootFile, directoryUrl: ca.directoryUrl, folder: files('letsencrypt') });
  await aborted(signal);
  terminal.result('\nStopped.');
  return { result };
};

async function startAuthority({ clock, random, log }: Context, { dataFolder, httpPort }: { readonly dataFolder: string; readonly httpPort: number }): Promise<RunningCa> {
  // The name is resolved here, so that no name server and no internet is needed.
  const validation = { httpPort, hosts: { [name]: ['127.0.0.1'] } };
  const start = (port: number) => startCa({ name: 'Certward Quickstart', dataFolder, port, validation, clock, random, log });
  // The same port as last time, because accounts and certificates contain the authority's address; any other if it is taken.
  const ca = await start(readPort(dataFolder)).catch(() => start(0));
  writeFileSync(portFile(dataFolder), String(ca.port), { mode: 0o644 });
  return ca;
}

function portFile(dataFolder: string): string {
  return path.join(dataFolder, 'port');
}

function readPort(dataFolder: string): number {
  try {
    const port = Number(readFileSync(portFile(dataFolder), 'utf8'));
    return Number.isInteger(port) && port > 0 && port < 65_536 ? port : 0;
  } catch {
    return 0;
  }
}

function writeRoot(file: string, rootsPem: string): string {
  try {
    mkdirSync(path.dirname(file), { recursive: true, mode: 0o755 });
    writeFileSync(file, rootsPem, { mode: 0o644 });
    return file;
  } catch (cause) {
    throw cliError('folderUnusable', `"${file}" cannot be written`, { cause, hint: 'name another folder with --data' });
  }
}

function step({ terminal }: Context, number: number, text: string, details: readonly string[]): void {
  terminal.result([`${number}. ${text}`, ...details.map((line) => `   ${line}`)].join('\n'));
}

function showNextSteps({ terminal, program }: Context, facts: { readonly url: string; readonly rootFile: string; readonly directoryUrl: string; readonly folder: string }): void {
  const folders = `--config-dir ${facts.folder}/config --work-dir ${facts.folder}/work --logs-dir ${facts.folder}/logs`;
  terminal.result(
    [
      '',
      'Look at it:',
      `  curl --cacert ${facts.rootFile} ${facts.url}`,
      `  ${program} certificates ${folders}`,
      '',
      'A real certificate, on a server whose port 80 is free:',
      `  ${program} certonly --standalone -d www.example.com`,
      '',
      'Press Ctrl-C to stop.',
    ].join('\n'),
  );
}
