// `certonly`: obtains a certificate, or renews the one that has the same names, and saves it.
import type { Lineage } from '@certward/engine';
import type { Identifier } from '@certward/pki';
import { optionTable } from '../args/table.ts';
import { withLocks } from '../compose/locks.ts';
import type { Command, CommandResult, Context } from '../context.ts';
import { validateHooks } from '../hooks/validate-hooks.ts';
import { chooseLineage, type LineageChoice } from '../lineage-choice/choose.ts';
import type { LineageView } from '../lineage-choice/match.ts';
import { lineageAccess } from '../lineage-choice/access.ts';
import { settleAuthenticator } from '../issue/choose-authenticator.ts';
import { settleKeyType } from '../issue/key.ts';
import { issuanceId, obtainLineage, type ObtainTarget, type ObtainTask } from '../issue/obtain.ts';
import { refuseStagingOverReal } from '../issue/staging-guard.ts';
import { IssueSession } from '../issue/session.ts';
import { describeLineage } from '../report/lineage-json.ts';
import { reportIssued } from '../report/issued.ts';
import { parsePreferredChallenges } from '../settings/challenges.ts';
import { keySpecOf } from '../settings/key.ts';
import { lineageNameFor, requestedIdentifiers } from '../settings/names.ts';
import { chosenPlugins, requireAuthenticator } from '../settings/plugins.ts';
import { resolveServer } from '../settings/server.ts';
import { type Settings, settingsOf } from '../settings/settings.ts';
import { typedWebrootMap } from '../settings/webroots.ts';

/** Runs the verb. */
export const certonly: Command = async (context) => {
  const { arguments: parsed, environment } = context;
  // Everything that can be refused without the network or the disk is refused first.
  const typedIdentifiers = requestedIdentifiers(parsed.values);
  const settings = resolveServer(settingsOf(parsed, typedWebrootMap(parsed)));
  parsePreferredChallenges(settings.values.preferredChallenges);
  keySpecOf(settings.values);
  const { authenticator } = chosenPlugins(settings);
  if (authenticator !== undefined) requireAuthenticator(authenticator);
  await validateHooks(settings.values, environment);
  if (settings.values.csr !== undefined) {
    const { obtainForCsr } = await import('../issue/csr.ts');
    return await withLocks(context, () => obtainForCsr(settings, context));
  }
  return await withLocks(context, async () => {
    await using session = new IssueSession(context);
    const identifiers = typedIdentifiers.length > 0 || parsed.values.certName !== undefined ? typedIdentifiers : await askNames(context);
    const choice = await chooseLineage({ settings, identifiers, lineages: lineageAccess(session) }, context);
    if (choice.kind === 'keep') return keep(session.store.load(choice.lineage.name), context);
    return await obtain(choice, settings, session);
  });
};

async function askNames({ questions, signal }: Context): Promise<readonly Identifier[]> {
  const message = 'Please enter the domain name(s) you would like on your certificate (comma and/or space separated)';
  const answer = await questions.input(message, { flag: '--domains', signal });
  return requestedIdentifiers({ domains: answer.split(/[\s,]+/).filter((name) => name !== ''), ipAddresses: [], webrootMap: '' });
}

function keep(lineage: Lineage, { terminal }: Context): CommandResult {
  terminal.result('Certificate not yet due for renewal');
  terminal.framedResult('Certificate not yet due for renewal; no action taken.');
  return { result: { action: 'kept', ...describeLineage(lineage) } };
}

async function obtain(choice: Exclude<LineageChoice<LineageView>, { readonly kind: 'keep' }>, asked: Settings, session: IssueSession): Promise<CommandResult> {
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

async function obtainBetweenHooks(task: ObtainTask, session: IssueSession): Promise<CommandResult> {
  const { settings, identifiers, target } = task;
  const { context, hooks } = session;
  await hooks.runPre(settings.values);
  hooks.expectPost(settings.values);
  let renewed: typeof identifiers = [];
  let done: CommandResult;
  try {
    const { lineage, result } = await obtainLineage(task, session);
    renewed = result.identifiers;
    if (lineage === undefined) {
      context.terminal.result('The dry run was successful.');
      done = { result: { action: 'dryRun', identifiers: renewed.map(({ value }) => value) } };
    } else {
      report(lineage, settings, context);
      done = { result: { action: target.kind === 'renew' ? 'renewed' : 'created', ...describeLineage(lineage), dropped: result.dropped.map(({ identifier }) => identifier.value) } };
    }
  } catch (error) {
    if (!context.signal.aborted) await hooks.runFailure(settings.values, { name: target.kind === 'renew' ? target.lineage.name : target.name, identifiers, error });
    throw error;
  } finally {
    const names = new Set(renewed.map(({ value }) => value));
    await hooks.runPost({ renewed, failed: identifiers.filter(({ value }) => !names.has(value)) });
  }
  return hooks.failure === undefined ? done : { ...done, failure: hooks.failure };
}

function nameFor(choice: LineageChoice<LineageView>): string {
  if (choice.kind !== 'create') return choice.lineage.name;
  return choice.name ?? lineageNameFor(choice.identifiers);
}

function report(lineage: Lineage, { values }: Settings, { terminal, program, folders }: Context): void {
  const byHand = values.authenticator === 'manual' && values.manualAuthHook === undefined;
  reportIssued(
    {
      fullchainPath: lineage.links.fullchain,
      privkeyPath: lineage.links.privkey,
      notAfter: lineage.certificate.notAfter,
      renewable: !byHand && !values.noAutorenew,
      // The packager's timer knows only the usual folder.
      preconfiguredRenewal: values.preconfiguredRenewal && folders.config === optionTable.configDir.defaultValue,
      nextSteps: byHand
        ? [`This certificate will not be renewed automatically. Autorenewal of --manual certificates requires the use of an authentication hook script (--manual-auth-hook) but one was not provided. To renew this certificate, repeat this same ${program} command before the certificate's expiry date.`]
        : [],
      program,
    },
    terminal,
  );
}
