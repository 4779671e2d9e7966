// `reconfigure`: changes the stored settings of a lineage, once a rehearsal of its renewal has succeeded with them.
import type { Lineage } from '@certward/engine';
import { readFileSync } from 'node:fs';
import { withLocks } from '../compose/locks.ts';
import type { Command, CommandResult, Context } from '../context.ts';
import { cliError } from '../errors.ts';
import { validateHooks } from '../hooks/validate-hooks.ts';
import { settleAuthenticator } from '../issue/choose-authenticator.ts';
import { issuanceId, obtainLineage, type ObtainTask } from '../issue/obtain.ts';
import { IssueSession } from '../issue/session.ts';
import { selectLineages } from '../lineage-choice/select.ts';
import { forgetFailures } from '../renewal/failures.ts';
import { parsePreferredChallenges } from '../settings/challenges.ts';
import { keySpecOf } from '../settings/key.ts';
import { resolveServer } from '../settings/server.ts';
import { type Settings, settingsOf, withValues } from '../settings/settings.ts';
import { restoreSettings, storedParameters, storedSettingsOf } from '../settings/stored.ts';
import { typedWebrootMap } from '../settings/webroots.ts';

/** Runs the verb. */
export const reconfigure: Command = async (context) => {
  const { arguments: parsed, environment } = context;
  const typed = settingsOf(parsed, typedWebrootMap(parsed));
  parsePreferredChallenges(typed.values.preferredChallenges);
  keySpecOf(typed.values);
  await validateHooks(typed.values, environment);
  return await withLocks(context, async () => {
    await using session = new IssueSession(context);
    await session.store.settleInterrupted();
    const [name, ...more] = await selectLineages(session.store, 'reconfigure', context);
    if (name === undefined || more.length > 0) throw cliError('argumentConflict', 'one certificate at a time is reconfigured', { hint: 'name it with --cert-name' });
    return await reconfigureOne(session.store.load(name), typed, session);
  });
};

async function reconfigureOne(lineage: Lineage, typed: Settings, session: IssueSession): Promise<CommandResult> {
  const { context, store } = session;
  const { identifiers } = lineage.certificate;
  const restored = restoreSettings(typed, storedSettingsOf(lineage.conf.params));
  const { name: authenticator, settings } = await settleAuthenticator(restored, identifiers, context);
  await rehearse({ settings: await asRehearsal(settings, context), authenticator, identifiers, target: { kind: 'renew', lineage } }, session);
  const before = readFileSync(lineage.confPath, 'utf8');
  await store.setParams(lineage.name, storedParameters(settings));
  await forgetFailures(lineage.name, settings, session);
  const changed = readFileSync(lineage.confPath, 'utf8') !== before;
  context.terminal.result(
    changed ? '\nSuccessfully updated configuration.\nChanges will apply when the certificate renews.' : '\nNo changes were made to the renewal configuration.',
  );
  return { result: { name: lineage.name, changed, paths: { renewalConf: lineage.confPath } } };
}

async function asRehearsal(settings: Settings, { questions, signal, arguments: { sources } }: Context): Promise<Settings> {
  const asks = sources.get('deployHook') === 'typed' && !settings.values.runDeployHooks;
  const question = 'You are attempting to set a --deploy-hook. Would you like to run deploy hooks when it performs a dry run with the new settings? This will run all relevant deploy hooks, including directory hooks, unless --no-directory-hooks is set. This will use the current active certificate, and not the temporary test certificate acquired during the dry run.';
  const runDeployHooks = settings.values.runDeployHooks || (asks && (await questions.yesNo(question, { yes: 'Run deploy hooks', no: 'Do not run deploy hooks', unattended: false, signal })));
  return resolveServer(withValues(settings, { dryRun: true, runDeployHooks }, 'decided'));
}

/** A renewal that saves nothing, with the hooks that belong to one. */
async function rehearse(task: ObtainTask, session: IssueSession): Promise<void> {
  const { settings, authenticator, identifiers, target } = task;
  const { hooks } = session;
  await session.recovered({ id: issuanceId(target, settings), name: authenticator, settings }, async () => {
    await hooks.runPre(settings.values);
    hooks.expectPost(settings.values);
    let done = false;
    try {
      await obtainLineage(task, session);
      done = true;
    } finally {
      await hooks.runPost(done ? { renewed: identifiers, failed: [] } : { renewed: [], failed: identifiers });
    }
  });
  if (hooks.failure !== undefined) throw hooks.failure;
}
