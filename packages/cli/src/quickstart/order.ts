// Orders the certificate of a quickstart with the very command that people use, run in this process.
import path from 'node:path';
import type { Context } from '../context.ts';
import { cliError } from '../errors.ts';
import { runCommandLine } from '../run.ts';

/** What to order, and from whom. */
export interface QuickstartOrder {
  readonly name: string;
  readonly directoryUrl: string;
  readonly rootFile: string;
  readonly httpPort: number;
  readonly folder: string;
}

/** Where the certificate lies. */
export interface QuickstartLineage {
  readonly fullchainPath: string;
  readonly privkeyPath: string;
}

/** Runs `certonly --standalone` against the authority. Throws `issuanceRefused` with what it printed. */
export async function orderCertificate(context: Context, order: QuickstartOrder): Promise<QuickstartLineage> {
  const { clock, random, signal, environment, program } = context;
  const [config, work, logs] = ['config', 'work', 'logs'].map((part) => path.join(order.folder, part));
  const words = ['certonly', '--standalone', '--http-01-port', String(order.httpPort), '--http-01-address', '127.0.0.1', '-d', order.name];
  const unattended = ['-n', '--agree-tos', '--force-renewal', '--cert-name', order.name, '--server', order.directoryUrl];
  const folders = ['--config-dir', config ?? '', '--work-dir', work ?? '', '--logs-dir', logs ?? ''];
  let printed = '';
  const streams = {
    ...context.terminal.streams,
    stdinIsTerminal: false,
    stdoutIsTerminal: false,
    stderrIsTerminal: false,
    writeOut: (text: string) => void (printed += text),
    writeError: (text: string) => void (printed += text),
  };
  const status = await runCommandLine([...words, ...unattended, ...folders], {
    program,
    streams,
    // cli.ini belongs to the machine's real certificates, so the places where it lies are left out.
    environment: { ...environment, XDG_CONFIG_HOME: path.join(order.folder, 'none'), REQUESTS_CA_BUNDLE: order.rootFile },
    iniFiles: [],
    clock,
    random,
    signal,
  });
  signal.throwIfAborted();
  if (status !== 0) throw cliError('issuanceRefused', `the certificate was not issued:\n${printed.trim()}`);
  const live = path.join(config ?? '', 'live', order.name);
  return { fullchainPath: path.join(live, 'fullchain.pem'), privkeyPath: path.join(live, 'privkey.pem') };
}
