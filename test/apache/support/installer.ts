// The installer under test, pointed at a test's Apache.
import { type ApacheInstallerOptions, createApacheInstaller, openCheckpoints } from '@certward/installers';
import type { ApacheRoot } from './apache-root.ts';

/** The options that point an installer at a test's Apache. */
export function optionsFor(root: ApacheRoot): Omit<ApacheInstallerOptions, 'checkpoints' | 'log' | 'clock' | 'random'> {
  return {
    serverRoot: root.serverRoot,
    logsRoot: root.folder.join('log'),
    challengeLocation: root.serverRoot,
    ctl: root.ctl,
    enmod: root.enmod,
    dismod: root.dismod,
    handleModules: true,
    handleSites: true,
    configDir: root.configDir,
    workDir: root.workDir,
    httpPort: root.httpPort,
    httpsPort: root.httpsPort,
  };
}

/** An installer as the command line makes it. */
export function installerFor(root: ApacheRoot, options: Partial<ApacheInstallerOptions> = {}) {
  return createApacheInstaller({ ...optionsFor(root), checkpoints: openCheckpoints({ workDir: root.workDir }), ...options });
}
