// `run`: obtains a certificate and puts it into a web server. What cannot be installed is kept all the same.
import { type CertificatePaths, type Enhancement, type Installer, openLineageStore } from '@certward/engine';
import type { Identifier } from '@certward/pki';
import { withLocks } from '../compose/locks.ts';
import type { Command, CommandResult, Context } from '../context.ts';
import { cliError } from '../errors.ts';
import { enableAutoHsts, requireAutoHsts } from '../installers/auto-hsts.ts';
import { chooseInstaller } from '../installers/choose.ts';
import { deployCertificate, gatherDeployment } from '../installers/deploy.ts';
import { enhanceServer, gatherEnhancements, requestedEnhancements, supportedEnhancements } from '../installers/enhancements.ts';
import { namesToCertify } from '../installers/names.ts';
import { showChanges } from '../installers/show-changes.ts';
import { hasTargets } from '../installers/stored-targets.ts';
import { fulfil, type IssueRequest, readRequest, type RequestOutcome } from '../issue/request.ts';
import { IssueSession } from '../issue/session.ts';
import { reportInstalled } from '../report/installed.ts';
import { reportNextSteps, reportSaved } from '../report/issued.ts';
import { issuedReportOf } from '../report/issued-lineage.ts';
import { describeLineage } from '../report/lineage-json.ts';
import { lineageNameFor } from '../settings/names.ts';
import { chosenPlugins, type InstallerName } from '../settings/plugins.ts';
import { type Settings, withValues } from '../settings/settings.ts';

type Installable = Exclude<RequestOutcome, { readonly action: 'dryRun' }>;

/** Runs the verb. */
export const runVerb: Command = async (context) => {
  const { values } = context.arguments;
  if (values.ipAddresses.length > 0) {
    throw cliError('argumentConflict', 'IP addresses cannot be installed into a web server; use certonly', { hint: `${context.program} certonly takes --ip-address` });
  }
  const request = await readRequest(context);
  return await withLocks(context, async () => {
    await using session = new IssueSession(context);
    const name = await chooseInstaller(request.settings, 'How would you like to authenticate and install certificates?', context);
    const settings = settledFor(request.settings, name);
    const installer = await session.servers.prepared(name, settings);
    if (values.autoHsts) requireAutoHsts(installer);
    const identifiers = await namesToCertify({ settings, identifiers: request.identifiers }, session);
    if (values.showChanges) return await preview(installer, { settings, identifiers }, context);
    const outcome = await fulfil({ settings, identifiers }, session);
    if (outcome.action === 'dryRun') return { result: { action: outcome.action } };
    return await install(outcome, { installer, settings }, session);
  });
};

/** One plugin does both unless an authenticator is named. */
function settledFor(settings: Settings, installer: InstallerName): Settings {
  const decided = withValues(settings, { installer }, settings.sources.get('installer') ?? 'decided');
  return chosenPlugins(decided).authenticator === undefined ? withValues(decided, { authenticator: installer }, 'decided') : decided;
}

interface Installation {
  readonly installer: Installer;
  readonly settings: Settings;
}

async function install(outcome: Installable, { installer, settings }: Installation, session: IssueSession): Promise<CommandResult> {
  const { context } = session;
  const { lineage } = outcome;
  const names = lineage.certificate.identifiers.map(({ value }) => value);
  const isNew = outcome.action !== 'kept';
  if (isNew) reportSaved(issuedReportOf(lineage, outcome.settings, context), context.terminal);
  const enhancements = supportedEnhancements(installer, requestedEnhancements(settings.values, { redirectByDefault: true }), context);
  let failure: Error | undefined;
  try {
    await deployCertificate(installer, { names, paths: lineage.links }, context);
    await enhanceServer(installer, { names, enhancements, paths: lineage.links }, context);
    if (settings.values.autoHsts) await enableAutoHsts(installer, names, context);
    if (hasTargets(lineage.name, context)) await (await import('../installers/targets.ts')).applyStoredTargets(lineage, context);
    reportInstalled(names, { renewed: outcome.action === 'renewed' }, context.terminal);
  } catch (error) {
    context.signal.throwIfAborted();
    failure = error instanceof Error ? error : cliError('installationFailed', 'the certificate could not be installed', { cause: error });
  }
  const nextSteps = failure === undefined ? [] : [retryAdvice(installer.name, lineage.name, context)];
  if (isNew) reportNextSteps(issuedReportOf(lineage, outcome.settings, { ...context, nextSteps }), context.terminal);
  else if (failure !== undefined) context.terminal.result(`\nNEXT STEPS:\n- ${nextSteps.join('')}`);
  const result = { action: outcome.action, ...describeLineage(lineage), installer: installer.name, installed: failure === undefined, enhancements: failure === undefined ? enhancements : [] };
  failure ??= session.hooks.failure;
  return failure === undefined ? { result } : { result, failure };
}

function retryAdvice(installer: string, lineage: string, { program }: Context): string {
  return `The certificate was saved, but could not be installed (installer: ${installer}). When the error below is mended, install it with:\n  ${program} install --cert-name ${lineage}`;
}

/** What deploying would change, with the paths that the certificate has or would get. */
async function preview(installer: Installer, { settings, identifiers }: IssueRequest, context: Context): Promise<CommandResult> {
  const { folders, log } = context;
  const store = openLineageStore({ configDir: folders.config, log });
  const lineage = settings.values.certName ?? lineageNameFor(identifiers);
  const known = store.names().includes(lineage) ? store.load(lineage, { repair: false }) : undefined;
  const names = previewNames(identifiers, known?.certificate.identifiers);
  const paths = known?.links ?? pathsOf(`${folders.config}/live/${lineage}`);
  await gatherDeployment(installer, { names, paths }, context);
  const enhancements: readonly Enhancement[] = supportedEnhancements(installer, requestedEnhancements(settings.values, { redirectByDefault: true }), context);
  await gatherEnhancements(installer, { names, enhancements, paths }, context);
  return showChanges(installer, context);
}

function previewNames(typed: readonly Identifier[], known: readonly Identifier[] = []): readonly string[] {
  return (typed.length > 0 ? typed : known).map(({ value }) => value);
}

function pathsOf(folder: string): CertificatePaths {
  return { cert: `${folder}/cert.pem`, chain: `${folder}/chain.pem`, fullchain: `${folder}/fullchain.pem`, privkey: `${folder}/privkey.pem` };
}
