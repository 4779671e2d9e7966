// A real nginx with a configuration of the test's own, on free ports, in a folder that goes away.
import { existsSync } from 'node:fs';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { randomInt } from 'node:crypto';
import { dirname, join } from 'node:path';
import { connect as connectTls, type PeerCertificate } from 'node:tls';
import { request } from 'node:http';
import { createCertificate, generatePrivateKey, type KeySpec, privateKeyToPem } from '@certward/pki';
import { systemClock } from '@certward/base';
import type { CertificatePaths, Installer } from '@certward/engine';
import { createNginxInstaller, type NginxInstallerOptions, openCheckpoints } from '@certward/installers';
import { findBinary, freePorts, Resources, type RunningProcess, startProcess, temporaryFolder, waitUntil } from '@certward/testing';

/** Placeholders in configurations: `@HOST@` becomes the address, `@HTTP@` and `@HTTPS@` become ports, `@ROOT@` the server root. */
export interface NginxWorld extends AsyncDisposable {
  readonly root: string;
  /** A loopback address of the test's own: port 80 of it is free. */
  readonly host: string;
  readonly configDir: string;
  readonly workDir: string;
  readonly httpPort: number;
  readonly httpsPort: number;
  installer(options?: Partial<NginxInstallerOptions>): Installer;
  start(): Promise<RunningProcess>;
  /** A self-signed certificate for names, in files as of a lineage. That labelled `ocsp` names a responder. */
  certificate(names: readonly string[], label?: string, key?: KeySpec): Promise<CertificatePaths>;
  read(path: string): Promise<string>;
  /** All files of the configuration, for comparing before and after. */
  snapshot(): Promise<Record<string, string>>;
  https(name: string): Promise<PeerCertificate>;
  http(name: string, path?: string): Promise<Answer>;
}

/** An HTTP answer. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** What every test configuration needs so that nginx touches nothing outside the folder. */
export function mainConfig(http: string): string {
  return `user root;
worker_processes 2;
pid @ROOT@/nginx.pid;
error_log @ROOT@/error.log;

events {
    worker_connections 512;
}

http {
    access_log off;
    client_body_temp_path @ROOT@/body;
    proxy_temp_path @ROOT@/proxy;
    fastcgi_temp_path @ROOT@/fastcgi;
    uwsgi_temp_path @ROOT@/uwsgi;
    scgi_temp_path @ROOT@/scgi;
${http}
}
`;
}

/** Writes the files into a new folder; nothing runs yet. Without `httpPort` a free one is taken. */
export async function createNginxWorld(files: Readonly<Record<string, string>>, options: { readonly httpPort?: number } = {}): Promise<NginxWorld> {
  await using resources = new Resources();
  const folder = resources.use(await temporaryFolder('nginx'));
  await chmod(folder.path, 0o755);
  const [freePort = 0, httpsPort = 0] = await freePorts(2);
  const { httpPort = freePort } = options;
  const host = options.httpPort === undefined ? '127.0.0.1' : `127.${randomInt(2, 250)}.${randomInt(1, 250)}.${randomInt(1, 250)}`;
  const [root, configDir, workDir] = [folder.join('etc-nginx'), folder.join('etc-letsencrypt'), folder.join('work')];
  for (const [name, content] of Object.entries(files)) {
    const path = join(root, name);
    await mkdir(dirname(path), { recursive: true });
    const text = content.replaceAll('@ROOT@', root).replaceAll('@HOST@', host).replaceAll('@HTTPS@', String(httpsPort)).replaceAll('@HTTP@', String(httpPort));
    await writeFile(path, Buffer.from(text, 'latin1'));
  }
  await mkdir(configDir, { recursive: true });
  await mkdir(workDir, { recursive: true });
  // Installers start a server that does not run; nobody else would end that one.
  resources.use({ [Symbol.asyncDispose]: () => endDaemon(join(root, 'nginx.pid')) });
  const owned = resources.move();
  const nginx = findBinary('nginx');
  return {
    root,
    host,
    configDir,
    workDir,
    httpPort,
    httpsPort,
    installer: (options) =>
      createNginxInstaller({
        serverRoot: root,
        configDir,
        workDir,
        httpPort,
        httpsPort,
        redirectPort: httpPort,
        checkpoints: openCheckpoints({ workDir }),
        ...options,
      }),
    start: async () =>
      owned.use(
        await startProcess({
          command: nginx,
          args: ['-c', join(root, 'nginx.conf'), '-g', 'daemon off;'],
          ready: async () => (await readFile(join(root, 'nginx.pid'), 'utf8').catch(() => '')) !== '',
        }),
      ),
    certificate: (names, label = 'one', key = { type: 'ecdsa', curve: 'P-256' }) => makeCertificate(folder.join('live', label), { names, label, key }),
    read: (path) => readFile(join(root, path), 'latin1'),
    snapshot: async () => Object.fromEntries(await Promise.all(Object.keys(files).map(async (name) => [name, await readFile(join(root, name), 'latin1')]))),
    https: (name) => certificateServed(name, { host, port: httpsPort }),
    http: (name, path) => getHttp(name, { host, port: httpPort, path }),
    [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose](),
  };
}

async function endDaemon(pidFile: string): Promise<void> {
  const pid = Number((await readFile(pidFile, 'utf8').catch(() => '')).trim());
  if (pid === 0) return;
  process.kill(pid, 'SIGTERM');
  await waitUntil(() => !existsSync(pidFile), { what: 'the end of nginx' });
}

async function makeCertificate(folder: string, { names, label, key: spec }: { names: readonly string[]; label: string; key: KeySpec }): Promise<CertificatePaths> {
  const key = await generatePrivateKey(spec);
  const now = systemClock.now().getTime();
  const certificate = createCertificate({
    subjectPublicKey: key,
    issuer: 'self',
    subject: { commonName: label },
    ocspUrl: label === 'ocsp' ? 'http://ocsp.test/' : undefined,
    identifiers: names.map((value) => ({ type: 'dns', value })),
    serialBytes: Uint8Array.of(1, ...Buffer.from(label)).subarray(0, 18),
    notBefore: new Date(now - 60_000),
    notAfter: new Date(now + 86_400_000),
  });
  await mkdir(folder, { recursive: true });
  const paths = { cert: join(folder, 'cert.pem'), chain: join(folder, 'chain.pem'), fullchain: join(folder, 'fullchain.pem'), privkey: join(folder, 'privkey.pem') };
  for (const path of [paths.cert, paths.chain, paths.fullchain]) await writeFile(path, certificate.pem);
  await writeFile(paths.privkey, privateKeyToPem(key), { mode: 0o600 });
  return paths;
}

/** The certificate that is served for a name. */
function certificateServed(servername: string, { host, port }: { host: string; port: number }): Promise<PeerCertificate> {
  return new Promise((resolve, reject) => {
    const socket = connectTls({ host, port, servername, rejectUnauthorized: false }, () => {
      resolve(socket.getPeerCertificate());
      socket.destroy();
    });
    socket.once('error', reject);
  });
}

/** A plain request with a `Host` of choice, on a connection of its own. */
function getHttp(name: string, { host, port, path = '/' }: { host: string; port: number; path?: string | undefined }): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const call = request({ host, port, path, headers: { host: name }, agent: false }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(chunks).toString('latin1') }));
    });
    call.once('error', reject);
    call.end();
  });
}
