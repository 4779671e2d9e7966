// `enhance`: adds redirects, headers or stapling to the virtual hosts of an existing certificate.
import { openLineageStore } from '@certward/engine';
import { withLocks } from '../compose/locks.ts';
import type { Command, Context } from '../context.ts';
import { cliError } from '../errors.ts';
import { enableAutoHsts, requireAutoHsts } from '../installers/auto-hsts.ts';
import { chooseCertificate, type InstallableCertificate } from '../installers/certificate.ts';
import { chooseInstaller } from '../installers/choose.ts';
import { enhanceServer, gatherEnhancements, requestedEnhancements, supportedEnhancements } from '../installers/enhancements.ts';
import { typedNames } from '../installers/names-of-certificate.ts';
import { InstallerSession } from '../installers/session.ts';
import { showChanges } from '../installers/show-changes.ts';
import { settingsOf } from '../settings/settings.ts';

/** Runs the verb. */
export const enhance: Command = async (context) => {
  const settings = settingsOf(context.arguments, new Map());
  const wanted = requestedEnhancements(settings.values, { redirectByDefault: false });
  const { autoHsts } = settings.values;
  if (wanted.length === 0 && !autoHsts) {
    throw cliError('argumentConflict', 'Please specify one or more enhancement types to configure.', { hint: `--redirect, --hsts, --uir and --staple-ocsp are there; \`${context.program} --help enhance\` says what they do` });
  }
  return await withLocks(context, async () => {
    const { folders, log } = context;
    await using servers = new InstallerSession(context);
    const name = await chooseInstaller(settings, 'Which installer would you like to use to configure the selected enhancements?', context);
    const installer = await servers.prepared(name, settings);
    const store = openLineageStore({ configDir: folders.config, log });
    const certificate = await chooseCertificate(store, 'Which certificate would you like to use to enhance your configuration?', context);
    const names = await chooseNames(certificate, context);
    const enhancements = supportedEnhancements(installer, wanted, context);
    if (autoHsts) requireAutoHsts(installer);
    if (enhancements.length === 0 && !autoHsts) throw cliError('enhancementFailed', `${name} supports none of the requested enhancements`, { hint: `it supports ${installer.enhancements.join(', ')}` });
    const task = { names, enhancements, paths: certificate.paths };
    if (settings.values.showChanges) {
      await gatherEnhancements(installer, task, context);
      return showChanges(installer, context);
    }
    await enhanceServer(installer, task, context);
    if (autoHsts) await enableAutoHsts(installer, names, context);
    const enabled = [...enhancements, ...(autoHsts ? ['auto-hsts'] : [])];
    context.terminal.result(`Enabled for ${names.join(', ')}: ${enabled.join(', ')}`);
    return { result: { action: 'enhanced', name: certificate.lineage ?? null, installer: name, identifiers: names, enhancements: enabled } };
  });
};

/** The typed names, else the answer to a question; unattended all of them. */
async function chooseNames(certificate: InstallableCertificate, context: Context): Promise<readonly string[]> {
  const typed = typedNames(certificate, context);
  const { names } = certificate;
  if (typed.length > 0 || names.length < 2) return typed.length > 0 ? typed : names;
  const { questions, signal } = context;
  const chosen = await questions.checklist('Which domain names would you like to enable the selected enhancements for?', { choices: names, unattended: names.map((_, index) => index), signal });
  return chosen.flatMap((index) => names[index] ?? []);
}
