// `install`: puts a certificate that is there already into a web server, and remembers the web server for its renewals.
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
import { showChanges } from '../installers/show-changes.ts';
import { reportInstalled } from '../report/installed.ts';
import { settingsOf } from '../settings/settings.ts';
import { version } from '../version.ts';

/** Runs the verb. */
export const install: Command = async (context) => {
  warnAboutAuthenticator(context);
  const typed = typedCertificate(context);
  return await withLocks(context, async () => {
    const { folders, log } = context;
    const store = openLineageStore({ configDir: folders.config, programVersion: version, log });
    const certificate = typed ?? (await chooseCertificate(store, 'Which certificate would you like to install?', context));
    return await installCertificate(certificate, store, context);
  });
};

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
