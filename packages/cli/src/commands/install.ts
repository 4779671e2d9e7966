// `install`: puts a certificate that is there already into a web server or into files of any other program, and remembers
// where it went for its renewals.
import { type LineageStore, openLineageStore } from '@certward/engine';
import { withLocks } from '../compose/locks.ts';
import type { Command, CommandResult, Context } from '../context.ts';
import { chooseCertificate, type InstallableCertificate, typedCertificate } from '../installers/certificate.ts';
import { chooseInstaller } from '../installers/choose.ts';
import { deployCertificate, gatherDeployment } from '../installers/deploy.ts';
import { enhanceServer, gatherEnhancements, requestedEnhancements, supportedEnhancements } from '../installers/enhancements.ts';
import { namesForServer } from '../installers/names-of-certificate.ts';
import { rememberInstaller } from '../installers/remember.ts';
import { InstallerSession } from '../installers/session.ts';
import { readStoredTargets, type StoredTargets, storeTargets } from '../installers/stored-targets.ts';
import type { AppliedTarget } from '../installers/targets.ts';
import { showChanges } from '../installers/show-changes.ts';
import { reportInstalled } from '../report/installed.ts';
import { chosenPlugins } from '../settings/plugins.ts';
import { settingsOf } from '../settings/settings.ts';
import { version } from '../version.ts';

/** Runs the verb. Targets alone need no web server; a lineage that has targets is brought to them again. */
export const install: Command = async (context) => {
  warnAboutAuthenticator(context);
  const typed = typedCertificate(context);
  const targets = context.arguments.values.targets.length === 0 ? {} : (await import('../installers/targets.ts')).readTypedTargets(context);
  return await withLocks(context, async () => {
    const { folders, log } = context;
    const store = openLineageStore({ configDir: folders.config, programVersion: version, log });
    const certificate = typed ?? (await chooseCertificate(store, 'Which certificate would you like to install?', context));
    const wanted = certificate.lineage === undefined ? targets : { ...readStoredTargets(certificate.lineage, context), ...targets };
    const hasServer = Object.keys(wanted).length === 0 || chosenPlugins(settingsOf(context.arguments, new Map())).installer !== undefined;
    const applied = await installIntoTargets(certificate, { wanted, typed: targets }, context);
    if (!hasServer) return { result: { action: 'installed', name: certificate.lineage ?? null, targets: applied } };
    const { result } = await installCertificate(certificate, store, context);
    return { result: { ...(typeof result === 'function' ? result() : result), targets: applied } };
  });
};

async function installIntoTargets(certificate: InstallableCertificate, { wanted, typed }: { readonly wanted: StoredTargets; readonly typed: StoredTargets }, context: Context): Promise<readonly AppliedTarget[]> {
  if (Object.keys(wanted).length === 0 || context.arguments.values.showChanges) return [];
  const { applyTargets } = await import('../installers/targets.ts');
  const applied = await applyTargets(wanted, certificate.paths, context);
  if (certificate.lineage !== undefined && Object.keys(typed).length > 0) await storeTargets(certificate.lineage, typed, context);
  return applied;
}

async function installCertificate(certificate: InstallableCertificate, store: LineageStore, context: Context): Promise<CommandResult> {
  const settings = settingsOf(context.arguments, new Map());
  await using servers = new InstallerSession(context);
  const name = await chooseInstaller(settings, 'Which installer would you like to use?', context);
  const installer = await servers.prepared(name, settings);
  const names = namesForServer(certificate, context);
  const { paths } = certificate;
  const enhancements = supportedEnhancements(installer, requestedEnhancements(settings.values, { redirectByDefault: true }), context);
  if (settings.values.showChanges) {
    await gatherDeployment(installer, { names, paths }, context);
    await gatherEnhancements(installer, { names, enhancements, paths }, context);
    return showChanges(installer, context);
  }
  await deployCertificate(installer, { names, paths }, context);
  await enhanceServer(installer, { names, enhancements, paths }, context);
  if (certificate.lineage !== undefined) await rememberInstaller(store, certificate.lineage, { name, settings });
  reportInstalled(names, { renewed: false }, context.terminal);
  return { result: { action: 'installed', name: certificate.lineage ?? null, installer: name, identifiers: names, enhancements, paths } };
}

/** An authenticator has nothing to do here. */
function warnAboutAuthenticator({ arguments: { values, verb }, terminal }: Context): void {
  if (values.authenticator !== undefined) terminal.warning(`Specifying an authenticator doesn't make sense when running "${verb}"`);
}
