// A real HAProxy with a backend, lineages to deploy, and a client that sees certificates and counts lost requests.
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { Agent as TlsAgent, get } from 'node:https';
import type { AddressInfo } from 'node:net';
import { connect as connectTls } from 'node:tls';

import { createHaproxyInstaller, type HaproxyInstallerOptions } from '@certward/installers';
import { callHttp, createServerIdentity, findBinary, freePorts, Resources, type RunningProcess, startProcess, temporaryFolder } from '@certward/testing';

/** Everything that a test of HAProxy needs. */
export type Site = Awaited<ReturnType<typeof startSite>>;

/** Starts HAProxy with the configuration that `config` writes. */
export async function startSite(config: (parts: { folder: string; http: number; https: number; backend: number }) => string, options: Partial<HaproxyInstallerOptions> = {}) {
  await using resources = new Resources();
  const folder = resources.use(await temporaryFolder('haproxy'));
  const [http = 0, https = 0] = await freePorts(2);
  const backend = resources.use(await startBackend());
  for (const name of ['work', 'certs', 'live']) mkdirSync(folder.join(name));
  const configFile = folder.join('haproxy.cfg');
  const lineage = (name: string, names: readonly string[]) => writeLineage(folder.join('live', name), names);
  const first = await lineage('first', ['first.test']);
  writeFileSync(folder.join('first.pem'), first.bundle);
  writeFileSync(configFile, config({ folder: folder.path, http, https, backend: backend.port }));
  const installer = createHaproxyInstaller({
    configFile,
    workDir: folder.join('work'),
    pemDir: folder.join('certs'),
    ctl: findBinary('haproxy'),
    statsSocket: folder.join('stats.sock'),
    masterSocket: folder.join('master.sock'),
    httpPort: http,
    httpsPort: https,
    ...options,
  });
  const held = resources.move();
  const start = async (): Promise<RunningProcess> =>
    held.use(
      await startProcess({
        command: findBinary('haproxy'),
        args: ['-W', '-db', '-S', folder.join('master.sock'), '-f', configFile],
        name: 'haproxy',
        ready: (output) => output.includes('Loading success'),
      }),
    );
  return { folder, configFile, http, https, installer, lineage, start, [Symbol.asyncDispose]: () => held[Symbol.asyncDispose]() };
}

/** The settings that all configurations share. */
export const settings = (folder: string) => `global
    stats socket ${folder}/stats.sock mode 600 level admin expose-fd listeners
    log stderr format raw local0 err

defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
    option idle-close-on-response
`;

async function writeLineage(folder: string, names: readonly string[]) {
  const identity = await createServerIdentity(names);
  mkdirSync(folder, { recursive: true });
  const paths = { cert: `${folder}/cert.pem`, chain: `${folder}/chain.pem`, fullchain: `${folder}/fullchain.pem`, privkey: `${folder}/privkey.pem` };
  writeFileSync(paths.cert, identity.certificatePem);
  writeFileSync(paths.chain, identity.trustedCaPem);
  writeFileSync(paths.fullchain, identity.certificatePem + identity.trustedCaPem);
  writeFileSync(paths.privkey, identity.keyPem, { mode: 0o600 });
  return { paths, bundle: identity.certificatePem + identity.trustedCaPem + identity.keyPem, certificatePem: identity.certificatePem };
}

async function startBackend() {
  const server: Server = createServer((request, response) => response.end(`backend ${request.url ?? ''}`));
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

/** The certificate that a client is served for a name. */
export function servedCertificate(port: number, servername: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connectTls({ port, host: '127.0.0.1', servername, rejectUnauthorized: false }, () => {
      const { raw } = socket.getPeerCertificate();
      socket.destroy();
      resolve(raw.toString('base64'));
    });
    socket.on('error', reject);
  });
}

/** A PEM certificate as {@link servedCertificate} answers. */
export const asServed = (pem: string): string => pem.replaceAll(/-----[^-]+-----|\s/g, '');

/** Plain http to HAProxy. */
export const request = (port: number, host: string, path = '/') => callHttp(`http://127.0.0.1:${port}${path}`, { headers: { host } });

/** Sends requests without pause, on kept and on new connections, until stopped. */
export function startLoad(port: number, servername: string) {
  const kept = new TlsAgent({ keepAlive: true, maxSockets: 4 });
  const counts = { answered: 0, lost: 0, reasons: new Set<string>() };
  const stopping = new AbortController();
  const one = (agent: TlsAgent | false) =>
    new Promise<void>((resolve) => {
      const lose = (error: Error) => {
        counts.lost += 1;
        counts.reasons.add(error.message);
        resolve();
      };
      get({ port, host: '127.0.0.1', servername, headers: { host: servername }, rejectUnauthorized: false, agent }, (response) => {
        response.on('error', lose);
        response.resume().on('end', () => {
          if (response.statusCode === 200) counts.answered += 1;
          else lose(new Error(`status ${response.statusCode ?? 0}`));
          resolve();
        });
      }).on('error', lose);
    });
  const loops = [kept, kept, kept, false as const, false as const].map(async (agent) => {
    while (!stopping.signal.aborted) await one(agent);
  });
  return {
    counts,
    async stop() {
      stopping.abort();
      await Promise.all(loops);
      kept.destroy();
      return counts;
    },
  };
}
