// A machine as `run --nginx` finds it: a real nginx on ports 80 and 443 of a loopback address of its own, an authority
// that validates there, and the three folders of the command.
import { request } from 'node:http';
import { connect, type PeerCertificate } from 'node:tls';
import { findBinary, Resources } from '@certward/testing';
import { createNginxWorld, mainConfig, type NginxWorld } from '../../nginx/support/nginx.ts';
import { sandboxFor, startAuthority, type TestAuthority } from '../../cli/support/authority.ts';
import type { Sandbox } from '../../cli/support/sandbox.ts';

/** The parts, and how to look at what is served. */
export interface NginxSite extends AsyncDisposable {
  readonly nginx: NginxWorld;
  readonly authority: TestAuthority;
  readonly sandbox: Sandbox;
  readonly address: string;
  /** Options that every command takes: the server root, no waiting. */
  readonly plugin: readonly string[];
  /** Options of an issuance: nobody asks, the authority is ours. */
  readonly unattended: readonly string[];
  http(name: string, path?: string): Promise<{ readonly status: number; readonly location: string | undefined; readonly body: string }>;
  https(name: string): Promise<{ readonly certificate: PeerCertificate; readonly headers: string }>;
}

/** Two sites in one file each, one of them with a comment and odd blank space that must survive. */
const sites = (address: string) => `
    server {
        listen ${address}:80;
        server_name a.test   www.a.test; # both
        location / { return 200 "site a"; }
    }
    server {
        listen ${address}:80;
        server_name b.test;
\tlocation / { return 200 "site b"; }
    }
`;

let started = 0;

/** Starts everything. Each test file has a network of its own (`127.0.91`), and each start an address of its own in it. */
export async function startNginxSite(network: string): Promise<NginxSite> {
  started += 1;
  const address = `${network}.${started}`;
  await using resources = new Resources();
  const nginx = resources.use(await createNginxWorld({ 'nginx.conf': mainConfig(sites(address)) }));
  await nginx.start();
  const authority = resources.use(await startAuthority({ validation: { httpPort: 80, tlsPort: 443, hosts: { '*': [address] } } }));
  const sandbox = resources.use(await sandboxFor(authority));
  const owned = resources.move();
  return {
    nginx,
    authority,
    sandbox,
    address,
    plugin: ['--nginx', '--nginx-server-root', nginx.root, '--nginx-ctl', findBinary('nginx')],
    unattended: ['-n', '--agree-tos', '--server', authority.directoryUrl],
    http: (name, path = '/') => getHttp(address, name, path),
    https: (name) => getHttps(address, name),
    [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose](),
  };
}

function getHttp(host: string, name: string, path: string): Promise<{ status: number; location: string | undefined; body: string }> {
  return new Promise((resolve, reject) => {
    const call = request({ host, port: 80, path, headers: { host: name }, agent: false }, (answer) => {
      let body = '';
      answer.setEncoding('utf8').on('data', (text: string) => (body += text));
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, location: answer.headers.location, body }));
    });
    call.once('error', reject).end();
  });
}

function getHttps(host: string, name: string): Promise<{ certificate: PeerCertificate; headers: string }> {
  return new Promise((resolve, reject) => {
    // What is served is the question here, not whether this process trusts it.
    const socket = connect({ host, port: 443, servername: name, rejectUnauthorized: false }, () => {
      const certificate = socket.getPeerCertificate();
      let headers = '';
      socket.setEncoding('utf8').on('data', (text: string) => (headers += text));
      socket.once('end', () => resolve({ certificate, headers }));
      socket.write(`GET / HTTP/1.1\r\nHost: ${name}\r\nConnection: close\r\n\r\n`);
    });
    socket.once('error', reject);
  });
}
