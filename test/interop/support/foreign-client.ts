// What every foreign client needs: our authority over HTTPS on loopback, a folder, ports, and its program run to the end.
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type RunningCa, startCa, type StartCaOptions } from '@certward/ca';
import { parseCertificateChain, verifySignature } from '@certward/pki';
import { findBinary, freePorts, Resources, startProcess, type TemporaryFolder, temporaryFolder } from '@certward/testing';

/** How long a client may take. Some poll with pauses of several seconds. */
const patienceMs = 90_000;

/** The scene of one test. */
export interface Scene extends AsyncDisposable {
  readonly ca: RunningCa;
  readonly folder: TemporaryFolder;
  /** Where the authority looks for HTTP-01 and TLS-ALPN-01. */
  readonly httpPort: number;
  readonly tlsPort: number;
  /** A file with the authority's root. */
  readonly rootFile: string;
  readonly resources: Resources;
}

/** Starts the authority; every name resolves to 127.0.0.1. */
export async function startScene(options: StartCaOptions = {}): Promise<Scene> {
  const resources = new Resources();
  const folder = resources.use(await temporaryFolder('interop'));
  const [httpPort = 0, tlsPort = 0] = await freePorts(2);
  const ca = resources.use(await startCa({ roots: 2, ...options, validation: { httpPort, tlsPort, hosts: { '*': ['127.0.0.1'] }, ...options.validation } }));
  const rootFile = folder.join('root.pem');
  await writeFile(rootFile, ca.rootsPem);
  return { ca, folder, httpPort, tlsPort, rootFile, resources, [Symbol.asyncDispose]: () => resources[Symbol.asyncDispose]() };
}

/** How a program is run. */
export interface Run {
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** Runs a program to its end and returns what it printed. Throws with the output where it fails. */
export async function runToEnd(program: string, { args, env = {} }: Run): Promise<string> {
  await using started = await startProcess({
    command: program.startsWith('/') ? program : findBinary(program),
    args,
    name: program,
    // Proxies are for the world outside; our authority is on loopback.
    env: { HTTP_PROXY: undefined, HTTPS_PROXY: undefined, http_proxy: undefined, https_proxy: undefined, ...env },
  });
  const timeout = AbortSignal.timeout(patienceMs);
  const stop = () => void started.stop();
  timeout.addEventListener('abort', stop, { once: true });
  const exit = await started.exited;
  timeout.removeEventListener('abort', stop);
  if (exit.code !== 0) throw new Error(`${program} ended with ${exit.code ?? exit.signal}:\n${started.output()}`);
  return started.output();
}

/** Writes a shell script that a client calls. */
export async function writeScript(path: string, lines: readonly string[]): Promise<string> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, ['#!/bin/sh', 'set -eu', ...lines, ''].join('\n'));
  await chmod(path, 0o700);
  return path;
}

/** The names of a chain's leaf, after checking that the chain leads to the authority's first root. */
export function checkChain(pem: string, ca: RunningCa): readonly string[] {
  const [leaf, intermediate] = parseCertificateChain(pem);
  const [root] = parseCertificateChain(ca.rootsPem);
  if (leaf === undefined || intermediate === undefined || root === undefined) throw new Error('the chain is incomplete');
  if (!verifySignature(leaf, intermediate) || !verifySignature(intermediate, root)) throw new Error('the chain does not lead to the root');
  return leaf.identifiers.map(({ value }) => value).sort();
}

/** How many certificates the authority's revocation list names. */
export async function countRevoked(scene: Scene): Promise<number> {
  const crlFile = scene.folder.join('crl.der');
  const output = await runToEnd('curl', { args: ['-sS', '--cacert', scene.rootFile, '-o', crlFile, `${scene.ca.publicUrl}/crl/intermediate-1.crl`] }).then(() =>
    runToEnd('openssl', { args: ['crl', '-inform', 'DER', '-in', crlFile, '-noout', '-text'] }),
  );
  return output.match(/Serial Number:/g)?.length ?? 0;
}
