// What certonly and run have in common: the checks before anything happens, the choice of the lineage, and obtaining
// into it or keeping it, with the hooks around.
import type { Lineage } from '@certward/engine';
import type { Identifier } from '@certward/pki';
import type { Context } from '../context.ts';
import { validateHooks } from '../hooks/validate-hooks.ts';
import { lineageAccess } from '../lineage-choice/access.ts';
import { chooseLineage, type LineageChoice } from '../lineage-choice/choose.ts';
import type { LineageView } from '../lineage-choice/match.ts';
import { parsePreferredChallenges } from '../settings/challenges.ts';
import { keySpecOf } from '../settings/key.ts';
import { lineageNameFor, requestedIdentifiers } from '../settings/names.ts';
import { chosenPlugins, requireAuthenticator } from '../settings/plugins.ts';
import { resolveServer } from '../settings/server.ts';
import { type Settings, settingsOf } from '../settings/settings.ts';
import { typedWebrootMap } from '../settings/webroots.ts';
import { settleAuthenticator } from './choose-authenticator.ts';
import { settleKeyType } from './key.ts';
import { issuanceId, obtainLineage, type ObtainTarget, type ObtainTask } from './obtain.ts';
import { recoverLineage } from './recover-lineage.ts';
import type { IssueSession } from './session.ts';
import { refuseStagingOverReal } from './staging-guard.ts';

/** A request as the command line makes it. */
export interface IssueRequest {
  readonly settings: Settings;
  /** Empty when no name was typed. */
  readonly identifiers: readonly Identifier[];
}

/** What became of a request. */
export type RequestOutcome =
  | { readonly action: 'kept'; readonly lineage: Lineage }
  | { readonly action: 'dryRun'; readonly identifiers: readonly Identifier[] }
  | { readonly action: 'created' | 'renewed'; readonly lineage: Lineage; readonly settings: Settings; readonly dropped: readonly Identifier[] };

/** Reads the request. Everything that can be refused without the network or the disk is refused here. */
export async function readRequest({ arguments: parsed, environment }: Context): Promise<IssueRequest> {
  const identifiers = requestedIdentifiers(parsed.values);
  const settings = resolveServer(settingsOf(parsed, typedWebrootMap(parsed)));
  parsePreferredChallenges(settings.values.preferredChallenges);
  keySpecOf(settings.values);
  const { authenticator } = chosenPlugins(settings);
  if (authenticator !== undefined) requireAuthenticator(authenticator);
  await validateHooks(settings.values, environment);
  return { settings, identifiers };
}

/** Asks for names, with a free answer. */
export async function askNames({ questions, signal }: Context): Promise<readonly Identifier[]> {
  const message = 'Please enter the domain name(s) you would like on your certificate (comma and/or space separated)';
  const answer = await questions.input(message, { flag: '--domains', signal });
  return requestedIdentifiers({ domains: answer.split(/[\s,]+/).filter((name) => name !== ''), ipAddresses: [], webrootMap: '' });
}

/** Obtains, renews or keeps. What is saved is reported by the caller. */
export async function fulfil({ settings, identifiers }: IssueRequest, session: IssueSession): Promise<RequestOutcome> {
  await session.store.settleInterrupted();
  const choice = await chooseLineage({ settings, identifiers, lineages: lineageAccess(session) }, session.context);
  if (choice.kind !== 'keep') return await obtain(choice, settings, session);
  // The certificate may be the work of a run that was killed before it could clean up.
  await recoverLineage(choice.lineage.name, settings, session);
  session.context.terminal.result('Certificate not yet due for renewal');
  return { action: 'kept', lineage: session.store.load(choice.lineage.name) };
}

type Issuing = Exclude<LineageChoice<LineageView>, { readonly kind: 'keep' }>;

async function obtain(choice: Issuing, asked: Settings, session: IssueSession): Promise<RequestOutcome> {
  const { context, store } = session;
  const { identifiers } = choice;
  const existing = choice.kind === 'renew' ? store.load(choice.lineage.name) : undefined;
  const { name: authenticator, settings: settled } = await settleAuthenticator(asked, identifiers, context);
  const settings = existing === undefined ? settled : await settleKeyType(settled, existing, context);
  if (existing !== undefined) refuseStagingOverReal(settings, existing);
  const target: ObtainTarget = existing === undefined ? { kind: 'create', name: nameFor(choice) } : { kind: 'renew', lineage: existing };
  const task: ObtainTask = { settings, authenticator, identifiers, target };
  return await session.recovered({ id: issuanceId(target, settings), name: authenticator, settings }, () => obtainBetweenHooks(task, session));
}

async function obtainBetweenHooks(task: ObtainTask, session: IssueSession): Promise<RequestOutcome> {
  const { settings, identifiers, target } = task;
  const { context, hooks } = session;
  await hooks.runPre(settings.values);
  hooks.expectPost(settings.values);
  let renewed: typeof identifiers = [];
  try {
    const { lineage, result } = await obtainLineage(task, session);
    renewed = result.identifiers;
    if (lineage === undefined) return { action: 'dryRun', identifiers: renewed };
    return { action: target.kind === 'renew' ? 'renewed' : 'created', lineage, settings, dropped: result.dropped.map(({ identifier }) => identifier) };
  } catch (error) {
    if (!context.signal.aborted) await hooks.runFailure(settings.values, { name: target.kind === 'renew' ? target.lineage.name : target.name, identifiers, error });
    throw error;
  } finally {
    const names = new Set(renewed.map(({ value }) => value));
    await hooks.runPost({ renewed, failed: identifiers.filter(({ value }) => !names.has(value)) });
  }
}

function nameFor(choice: Issuing): string {
  if (choice.kind !== 'create') return choice.lineage.name;
  return choice.name ?? lineageNameFor(choice.identifiers);
}
