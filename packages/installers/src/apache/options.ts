// Options of the Apache installer. What is not given comes from the table of operating systems.
import { join, relative } from 'node:path';
import { type Clock, type Log, type Random, silentLog, systemClock, systemRandom } from '@certward/base';
import type { Checkpoints } from '../checkpoint/checkpoints.ts';
import { type ApacheLayout, defaultApacheLayout } from './server/os-table.ts';

/** Options of `createApacheInstaller`, called like Certbot's `--apache-…`. Undefined means the distribution's own. */
export interface ApacheInstallerOptions {
  readonly serverRoot?: string | undefined;
  /** Where new virtual host files go. When given, copies of hosts go there as well, not beside their originals. */
  readonly vhostRoot?: string | undefined;
  readonly logsRoot?: string | undefined;
  readonly ctl?: string | undefined;
  readonly bin?: string | undefined;
  readonly enmod?: string | undefined;
  readonly dismod?: string | undefined;
  readonly leVhostExt?: string | undefined;
  readonly handleModules?: boolean | undefined;
  readonly handleSites?: boolean | undefined;
  readonly challengeLocation?: string | undefined;
  /** CFG: home of options-ssl-apache.conf and .pluginstorage.json. */
  readonly configDir: string;
  /** WORK: home of http_challenges. */
  readonly workDir: string;
  /** Where http-01 is answered. Default 80. */
  readonly httpPort?: number | undefined;
  /** Default 443. */
  readonly httpsPort?: number | undefined;
  readonly checkpoints: Checkpoints;
  readonly log?: Log | undefined;
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
}

/** Options with nothing left open. */
export interface ResolvedOptions {
  readonly layout: ApacheLayout;
  readonly cloneFolder: string | undefined;
  readonly configDir: string;
  readonly workDir: string;
  readonly httpPort: string;
  readonly httpsPort: string;
  readonly checkpoints: Checkpoints;
  readonly log: Log;
  readonly clock: Clock;
  readonly random: Random;
}

/** Fills in the defaults. Folders inside the usual server root move with it. */
export function resolveOptions(options: ApacheInstallerOptions, defaults: ApacheLayout = defaultApacheLayout()): ResolvedOptions {
  const serverRoot = options.serverRoot ?? defaults.serverRoot;
  const moved = (path: string) => (isInside(path, defaults.serverRoot) ? join(serverRoot, relative(defaults.serverRoot, path)) : path);
  return {
    layout: {
      serverRoot,
      vhostRoot: options.vhostRoot ?? moved(defaults.vhostRoot),
      logsRoot: options.logsRoot ?? defaults.logsRoot,
      ctl: options.ctl ?? defaults.ctl,
      // Who names another control program means another server than the distribution's.
      bin: options.bin ?? (options.ctl === undefined ? defaults.bin : undefined),
      enmod: options.enmod ?? defaults.enmod,
      dismod: options.dismod ?? defaults.dismod,
      leVhostExt: options.leVhostExt ?? defaults.leVhostExt,
      handleModules: options.handleModules ?? defaults.handleModules,
      handleSites: options.handleSites ?? defaults.handleSites,
      challengeLocation: options.challengeLocation ?? moved(defaults.challengeLocation),
    },
    cloneFolder: options.vhostRoot,
    configDir: options.configDir,
    workDir: options.workDir,
    httpPort: String(options.httpPort ?? 80),
    httpsPort: String(options.httpsPort ?? 443),
    checkpoints: options.checkpoints,
    log: options.log ?? silentLog,
    clock: options.clock ?? systemClock,
    random: options.random ?? systemRandom,
  };
}

const isInside = (path: string, folder: string) => path === folder || path.startsWith(`${folder}/`);
