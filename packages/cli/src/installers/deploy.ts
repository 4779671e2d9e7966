// Puts a certificate into a web server: edits for every name, one checkpoint, the server's own test, one reload.
// What fails leaves the configuration as it was.
import type { CertificatePaths, Installer, InstallerEdit } from '@certward/engine';
import type { Context } from '../context.ts';

/** What is deployed where. */
export interface Deployment {
  readonly names: readonly string[];
  readonly paths: CertificatePaths;
}

/** Gathers the edits in memory; nothing is written. Throws when a name has no virtual host. */
export async function gatherDeployment(installer: Installer, { names, paths }: Deployment, { signal }: Pick<Context, 'signal'>): Promise<readonly InstallerEdit[]> {
  const edits: InstallerEdit[] = [];
  for (const name of names) edits.push(await installer.deploy(name, paths, { signal }));
  return edits;
}

/** Deploys and reloads. Says for each name where it went. */
export async function deployCertificate(installer: Installer, deployment: Deployment, context: Context): Promise<void> {
  const { terminal, log, signal } = context;
  terminal.result('Deploying certificate');
  const edits = await gatherDeployment(installer, deployment, context);
  await installer.save('Deployed ACME Certificate', { signal });
  await reload(installer, context);
  log.info('certificate deployed', { installer: installer.name, identifiers: deployment.names });
  for (const message of edits.flatMap(({ messages }) => messages)) terminal.result(message);
}

/** Reloads after an edit; when the server refuses, the edit is taken back and the server reloaded with what it had. */
export async function reload(installer: Installer, { log, terminal }: Pick<Context, 'log' | 'terminal'>): Promise<void> {
  try {
    // Without the run's signal: what is saved and tested is also loaded.
    await installer.restart();
  } catch (error) {
    log.warn('reload failed: the change is taken back', { installer: installer.name, error });
    terminal.warning(`${installer.name} could not be reloaded: its configuration is put back as it was.`);
    await installer.rollback(1).catch((failure: unknown) => {
      log.error('rollback failed', { installer: installer.name, error: failure });
    });
    throw error;
  }
}
