// One certificate from request to stored lineage: announces it, runs the issuance, stores the result, runs deploy hooks.
import type { Directory } from '@certward/acme';
import { type IssuanceRequest, type IssuanceResult, type Lineage, runIssuance, ValidationError } from '@certward/engine';
import { type Identifier, renewalInfoCertId } from '@certward/pki';
import { createListener } from '../compose/progress.ts';
import { cliError } from '../errors.ts';
import { expectDeployment } from '../installers/after-renewal.ts';
import { reportValidationFailures } from '../report/validation-failure.ts';
import { parsePreferredChallenges } from '../settings/challenges.ts';
import { summarizeNames } from '../settings/names.ts';
import type { AuthenticatorName } from '../settings/plugins.ts';
import { type Settings, withValues } from '../settings/settings.ts';
import { storedParameters } from '../settings/stored.ts';
import { type Assignment, assignAuthenticators } from './assign.ts';
import { pauseForDebugging } from './debug-challenges.ts';
import { issuanceKey, keepsKey } from './key.ts';
import type { IssueSession, OrderingAccount } from './session.ts';

/** Where the certificate goes. */
export type ObtainTarget = { readonly kind: 'create'; readonly name: string } | { readonly kind: 'renew'; readonly lineage: Lineage };

/** One certificate to obtain; `settings` are complete. */
export interface ObtainTask {
  readonly settings: Settings;
  readonly authenticator: AuthenticatorName;
  readonly identifiers: readonly Identifier[];
  readonly target: ObtainTarget;
}

/** What was obtained. A dry run has no lineage. */
export interface Obtained {
  readonly lineage: Lineage | undefined;
  readonly result: IssuanceResult;
}

/** Obtains. Prints which names the CA refused before it throws; hooks before and after are the caller's. */
export async function obtainLineage(task: ObtainTask, session: IssueSession): Promise<Obtained> {
  const { context } = session;
  const { identifiers, target } = task;
  const assignment = await assignAuthenticators(task.authenticator, identifiers, { settings: task.settings, session });
  try {
    const opened = await session.account(task.settings, assignment.name);
    const settings = completeSettings(task, opened);
    announce(task, session);
    let lineage: Lineage | undefined;
    const request = await buildRequest({ ...task, settings }, { assignment, opened, session });
    const result = await runIssuance(request, {
      ...issuanceDeps(session),
      store: async (issued) => {
        lineage = await storeIssued(target, issued, { settings, session });
      },
      debugChallenges: settings.values.debugChallenges ? (challenges) => pauseForDebugging(challenges, context) : undefined,
    });
    reportDropped(result, session);
    warnAboutChain(result, settings, session);
    // A rehearsal of a renewal shows the hooks the certificate that is live.
    const deployed = lineage ?? (target.kind === 'renew' && settings.values.dryRun ? target.lineage : undefined);
    if (deployed !== undefined) await session.hooks.runDeploy(settings.values, { liveFolder: deployed.liveDir, identifiers: result.identifiers });
    return { lineage, result };
  } catch (error) {
    throw explainRefusal(error, session);
  } finally {
    await assignment.release();
  }
}

/** What every issuance of a run works with, except where the certificate goes. */
export function issuanceDeps({ context, journal }: IssueSession) {
  const { clock, random, log, signal } = context;
  return { journal, listener: createListener(context), clock, random, log, signal };
}

/** Turns refused names into Certbot's block and sentence; other errors pass. */
export function explainRefusal(error: unknown, { context }: IssueSession): unknown {
  if (!(error instanceof ValidationError) || context.signal.aborted) return error;
  reportValidationFailures(error.failures, { terminal: context.terminal, program: context.program, error });
  return cliError('issuanceRefused', 'Some challenges have failed.', { details: error.details, retry: error.retry });
}

function completeSettings({ settings, target }: ObtainTask, { id }: OrderingAccount): Settings {
  const kept = target.kind === 'renew' && !settings.sources.has('reuseKey') && keepsKey(settings, target.lineage);
  const withKey = kept ? withValues(settings, { reuseKey: true }, 'stored') : settings;
  const challenges = parsePreferredChallenges(settings.values.preferredChallenges);
  const withChallenges = challenges.length === 0 ? withKey : withValues(withKey, { preferredChallenges: challenges }, settings.sources.get('preferredChallenges') ?? 'decided');
  return withValues(withChallenges, { account: id }, 'decided');
}

function announce({ identifiers, settings, target }: ObtainTask, { context }: IssueSession): void {
  const renewing = target.kind === 'renew';
  const names = summarizeNames(identifiers);
  if (settings.values.dryRun) context.terminal.result(renewing ? `Simulating renewal of an existing certificate for ${names}` : `Simulating a certificate request for ${names}`);
  else context.terminal.result(renewing ? `Renewing an existing certificate for ${names}` : `Requesting a certificate for ${names}`);
}

/** The journal's name for an issuance: one certificate at one CA. */
export function issuanceId(target: ObtainTarget, { values }: Settings): string {
  const name = target.kind === 'renew' ? target.lineage.name : target.name;
  return `${name} ${values.server}`;
}

async function buildRequest(
  { settings, identifiers, target }: ObtainTask,
  { assignment, opened, session }: { readonly assignment: Assignment; readonly opened: OrderingAccount; readonly session: IssueSession },
): Promise<IssuanceRequest> {
  const { values } = settings;
  const lineage = target.kind === 'renew' ? target.lineage : undefined;
  const directory = await opened.client.directory({ signal: session.context.signal });
  return {
    id: issuanceId(target, settings),
    identifiers,
    key: issuanceKey(settings, lineage),
    mustStaple: values.mustStaple,
    replaces: replacedId(lineage, settings, directory),
    newerThan: lineage?.certificate.notBefore,
    allowSubsetOfNames: values.allowSubsetOfNames,
    ...commonRequest(settings, assignment, opened),
  };
}

/** The parts of a request that do not depend on a lineage. */
export function commonRequest({ values }: Settings, { authenticatorFor }: Pick<Assignment, 'authenticatorFor'>, { account }: OrderingAccount) {
  const challenges = parsePreferredChallenges(values.preferredChallenges);
  const profile = values.requiredProfile ?? values.preferredProfile;
  return {
    directoryUrl: values.server,
    account,
    authenticatorFor,
    challengePreference: challenges.length === 0 ? undefined : challenges,
    profile: profile === undefined ? undefined : { name: profile, required: values.requiredProfile !== undefined },
    preferredChain: values.preferredChain,
    issuanceTimeoutMs: values.issuanceTimeout * 1000,
    dryRun: values.dryRun,
  };
}

/** RFC 9773 §5: names the certificate that is replaced, where it came from this CA and the CA gives renewal information. */
function replacedId(lineage: Lineage | undefined, { values }: Settings, { renewalInfo }: Directory): string | undefined {
  // CAs refuse an order that replaces what another account ordered.
  if (lineage?.conf.params.account !== values.account) return undefined;
  if (lineage === undefined || renewalInfo === undefined || values.dryRun || lineage.conf.server !== values.server) return undefined;
  try {
    return renewalInfoCertId(lineage.certificate);
  } catch {
    // A certificate without an authority key id has no such name.
    return undefined;
  }
}

async function storeIssued(
  target: ObtainTarget,
  { certificatePem: fullchainPem, privateKeyPem: key }: IssuanceResult,
  { settings, session }: { readonly settings: Settings; readonly session: IssueSession },
): Promise<Lineage> {
  const params = storedParameters(settings);
  const privateKeyPem = key?.reveal() ?? '';
  if (target.kind === 'renew') expectDeployment(target.lineage, settings, session);
  if (target.kind === 'renew') return await session.store.addVersion(target.lineage, { fullchainPem, privateKeyPem, params });
  return await session.store.create({ name: target.name, fullchainPem, privateKeyPem, params });
}

/** The CA had no chain to the wanted issuer; text as Certbot's. */
export function warnAboutChain({ chain }: IssuanceResult, { values }: Settings, { context }: IssueSession): void {
  const issuer = values.preferredChain;
  if (issuer === undefined || chain.at(-1)?.issuerCommonName === issuer) return;
  const name = context.program === 'certbot' ? 'Certbot' : 'Certward';
  context.terminal.warning(`${name} has been configured to prefer certificate chains with issuer '${issuer}', but no chain from the CA matched this issuer. Using the default certificate chain instead.`);
}

function reportDropped({ dropped, identifiers }: IssuanceResult, { context }: IssueSession): void {
  if (dropped.length === 0) return;
  const left = dropped.map(({ identifier, detail }) => `  ${identifier.value}${detail === undefined ? '' : `: ${detail}`}`).join('\n');
  context.terminal.warning(`Unable to obtain a certificate with every requested domain. Retrying without: ${dropped.map(({ identifier }) => identifier.value).join(', ')}\n${left}\nThe certificate has: ${identifiers.map(({ value }) => value).join(', ')}`);
}
