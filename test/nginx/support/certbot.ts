// The real Certbot with its nginx plugin, on the folders of a test.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { CertificatePaths } from '@certward/engine';
import { findBinary } from '@certward/testing';
import type { NginxWorld } from './nginx.ts';

const run = promisify(execFile);

/** Runs a verb of Certbot; resolves with what it printed. */
export async function runCertbot(world: NginxWorld, args: readonly string[]): Promise<string> {
  const folders = ['--config-dir', world.configDir, '--work-dir', world.workDir, '--logs-dir', `${world.workDir}/logs`];
  const server = ['--installer', 'nginx', '--nginx-server-root', world.root, '--nginx-sleep-seconds', '0', '--https-port', String(world.httpsPort), '--http-01-port', String(world.httpPort)];
  const { stdout, stderr } = await run(findBinary('certbot'), [...args, ...folders, ...server, '-n']);
  return stdout + stderr;
}

/** `certbot install` of a certificate for names. */
export function certbotInstall(world: NginxWorld, paths: CertificatePaths, { names, flags = [] }: { names: readonly string[]; flags?: readonly string[] }): Promise<string> {
  const files = ['--cert-path', paths.cert, '--key-path', paths.privkey, '--fullchain-path', paths.fullchain, '--chain-path', paths.chain];
  return runCertbot(world, ['install', ...files, '-d', names.join(','), ...flags]);
}
