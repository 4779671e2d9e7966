// The one place that chooses concrete installers. Each is loaded only when it is used.
import path from 'node:path';
import type { Installer } from '@certward/engine';
import type { Checkpoints } from '@certward/installers';
import type { Context } from '../context.ts';
import { cliError } from '../errors.ts';
import type { InstallerName } from '../settings/plugins.ts';
import type { Settings } from '../settings/settings.ts';

/** An installer that is not prepared yet, and the folder in which Certbot's lock keeps others out of its configuration. */
export interface ComposedInstaller {
  readonly installer: Installer;
  readonly serverRoot: string;
}

interface Parts {
  readonly configDir: string;
  readonly workDir: string;
  readonly httpPort: number;
  readonly httpsPort: number;
  readonly checkpoints: Checkpoints;
  readonly log: Context['log'];
  readonly clock: Context['clock'];
}

type Maker = (settings: Settings, parts: Parts) => Promise<ComposedInstaller>;

const makers = {
  nginx: async ({ values }, parts) => {
    const { createNginxInstaller } = await import('@certward/installers');
    const serverRoot = values.nginxServerRoot ?? nginxRoot();
    return { serverRoot, installer: createNginxInstaller({ ...parts, serverRoot, ctl: values.nginxCtl, sleepSeconds: values.nginxSleepSeconds }) };
  },
  apache: async ({ values }, parts) => {
    const { createApacheInstaller, defaultApacheLayout } = await import('@certward/installers');
    const installer = createApacheInstaller({
      ...parts,
      serverRoot: values.apacheServerRoot,
      vhostRoot: values.apacheVhostRoot,
      logsRoot: values.apacheLogsRoot,
      ctl: values.apacheCtl,
      bin: values.apacheBin,
      enmod: values.apacheEnmod,
      dismod: values.apacheDismod,
      leVhostExt: values.apacheLeVhostExt,
      handleModules: yesOrNo(values.apacheHandleModules, '--apache-handle-modules'),
      handleSites: yesOrNo(values.apacheHandleSites, '--apache-handle-sites'),
      challengeLocation: values.apacheChallengeLocation,
    });
    return { installer, serverRoot: values.apacheServerRoot ?? defaultApacheLayout().serverRoot };
  },
  haproxy: async ({ values }, { workDir, httpPort, httpsPort, log }) => {
    const { createHaproxyInstaller } = await import('@certward/installers');
    const configFile = values.haproxyConfig ?? '/etc/haproxy/haproxy.cfg';
    const installer = createHaproxyInstaller({
      workDir,
      httpPort,
      httpsPort,
      log,
      configFile,
      pemDir: values.haproxyPemDir,
      statsSocket: values.haproxyStatsSocket,
      masterSocket: values.haproxyMasterSocket,
      pidFile: values.haproxyPidFile,
      reloadCommand: values.haproxyReloadCommand?.split(/\s+/).filter((word) => word !== ''),
      ctl: values.haproxyCtl,
    });
    return { installer, serverRoot: path.dirname(configFile) };
  },
} as const satisfies Record<InstallerName, Maker>;

/** Makes an installer from settings. */
export async function composeInstaller(name: InstallerName, settings: Settings, context: Context): Promise<ComposedInstaller> {
  const { folders, log, clock } = context;
  const { http01Port, httpsPort } = settings.values;
  return await makers[name](settings, { configDir: folders.config, workDir: folders.work, httpPort: http01Port, httpsPort, checkpoints: await checkpointsOf(context), log, clock });
}

/** The checkpoints in the working folder: one sequence for all web servers, and for Certbot. */
export async function checkpointsOf({ folders, log, clock }: Pick<Context, 'folders' | 'log' | 'clock'>): Promise<Checkpoints> {
  const { openCheckpoints } = await import('@certward/installers');
  return openCheckpoints({ workDir: folders.work, log, clock });
}

/** Where ports and packages of the system put nginx.conf. */
function nginxRoot(): string {
  if (['freebsd', 'openbsd', 'darwin'].includes(process.platform)) return '/usr/local/etc/nginx';
  return process.platform === 'netbsd' ? '/usr/pkg/etc/nginx' : '/etc/nginx';
}

/** Certbot stores these as True and False, and takes them so. */
function yesOrNo(value: string | undefined, flag: string): boolean | undefined {
  if (value === undefined) return undefined;
  const word = value.toLowerCase();
  if (word === 'true' || word === 'false') return word === 'true';
  throw cliError('argumentInvalid', `${flag} is True or False, not "${value}"`);
}
