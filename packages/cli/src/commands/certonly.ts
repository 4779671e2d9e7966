// `certonly`: obtains a certificate, or renews the one that has the same names, and saves it. A web server that proved
// control, or that is named with --installer, is reloaded and otherwise left as it is.
import { withLocks } from '../compose/locks.ts';
import type { Command, CommandResult } from '../context.ts';
import { reloadAfterIssuance } from '../installers/after-issuance.ts';
import { namesToCertify } from '../installers/names.ts';
import { settleInstaller } from '../installers/settle.ts';
import { fulfil, readRequest, type RequestOutcome } from '../issue/request.ts';
import { IssueSession } from '../issue/session.ts';
import { describeLineage } from '../report/lineage-json.ts';
import { reportIssued } from '../report/issued.ts';
import { issuedReportOf } from '../report/issued-lineage.ts';
import { isInstallerName } from '../settings/plugins.ts';
import type { Settings } from '../settings/settings.ts';

/** Runs the verb. */
export const certonly: Command = async (context) => {
  const request = await readRequest(context);
  if (request.settings.values.csr !== undefined) {
    const { obtainForCsr } = await import('../issue/csr.ts');
    return await withLocks(context, () => obtainForCsr(request.settings, context));
  }
  return await withLocks(context, async () => {
    await using session = new IssueSession(context);
    const settings = settleInstaller(request.settings);
    const { installer } = settings.values;
    // A web server that cannot be used is found out before the CA is troubled.
    if (isInstallerName(installer)) await session.servers.prepared(installer, settings);
    const identifiers = await namesToCertify({ ...request, settings }, session);
    const done = await finish(await fulfil({ settings, identifiers }, session), settings, session);
    const failure = done.failure ?? session.hooks.failure;
    return failure === undefined ? done : { ...done, failure };
  });
};

async function finish(outcome: RequestOutcome, asked: Settings, session: IssueSession): Promise<CommandResult> {
  const { context } = session;
  const { terminal } = context;
  switch (outcome.action) {
    case 'kept':
      terminal.framedResult('Certificate not yet due for renewal; no action taken.');
      return { result: { action: 'kept', ...describeLineage(outcome.lineage) } };
    case 'dryRun':
      terminal.result('The dry run was successful.');
      return { result: { action: 'dryRun', identifiers: outcome.identifiers.map(({ value }) => value) } };
    default:
      return await reportObtained(outcome, asked, session);
  }
}

async function reportObtained(outcome: Extract<RequestOutcome, { readonly action: 'created' | 'renewed' }>, asked: Settings, session: IssueSession): Promise<CommandResult> {
  const { context } = session;
  const { lineage, settings, dropped, action } = outcome;
  const { failure, nextSteps } = await reloadAfterIssuance(lineage, asked, session);
  reportIssued(issuedReportOf(lineage, settings, { ...context, nextSteps }), context.terminal);
  const result = { action, ...describeLineage(lineage), dropped: dropped.map(({ value }) => value) };
  return failure === undefined ? { result } : { result, failure };
}
