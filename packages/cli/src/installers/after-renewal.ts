// After `renew`: what was renewed goes to the web servers, each of which is reloaded once per run.
// A lineage waits in WORK/certward/deployments until its server has taken the new certificate, so that a run that was
// killed, or a server that was down, is made up for by the next run and not by the next renewal.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describeError, hintsOf } from '@certward/base';
import type { Installer, Lineage } from '@certward/engine';
import type { Context } from '../context.ts';
import type { IssueSession } from '../issue/session.ts';
import type { RenewalOutcome } from '../renewal/outcome.ts';
import { chosenPlugins, isInstallerName } from '../settings/plugins.ts';
import type { Settings } from '../settings/settings.ts';
import { restoreSettings, storedSettingsOf } from '../settings/stored.ts';
import { hasTargets } from './stored-targets.ts';
import { waitingDeployments, waitingFolder } from './waiting.ts';

/** Notes, when `renew` is about to store a new version, that the lineage's server is to be told. */
export function expectDeployment({ name }: Pick<Lineage, 'name'>, settings: Settings, { context }: IssueSession): void {
  if (context.arguments.verb !== 'renew' || !(isInstallerName(chosenPlugins(settings).installer) || hasTargets(name, context))) return;
  mkdirSync(waitingFolder(context), { recursive: true, mode: 0o755 });
  writeFileSync(path.join(waitingFolder(context), name), '');
}

/** Tells the servers about all waiting lineages. A renewal whose server could not be told counts as failed. */
export async function deployRenewed(outcomes: readonly RenewalOutcome[], typed: Settings, session: IssueSession): Promise<readonly RenewalOutcome[]> {
  const failures = await tellServers(typed, session);
  return outcomes.map((outcome) => {
    if (outcome.kind === 'invalid' || outcome.kind === 'failed' || !failures.has(outcome.planned.candidate.name)) return outcome;
    return { kind: 'failed', planned: outcome.planned, error: failures.get(outcome.planned.candidate.name), retryAt: undefined };
  });
}

async function tellServers(typed: Settings, session: IssueSession): Promise<ReadonlyMap<string, unknown>> {
  const { context } = session;
  const failures = new Map<string, unknown>();
  const servers = new Map<Installer, string[]>();
  for (const name of waitingDeployments(context)) {
    try {
      const installer = await deployOne(name, typed, session);
      if (installer === undefined) settle(name, context);
      else servers.set(installer, [...(servers.get(installer) ?? []), name]);
    } catch (error) {
      context.signal.throwIfAborted();
      failures.set(name, error);
    }
  }
  for (const [installer, names] of servers) await reloadOnce(installer, names, { session, failures });
  for (const [name, error] of failures) reportFailure(name, error, context);
  return failures;
}

/** Brings the files of one lineage up to date; the reload is shared. `undefined` where there is nobody to tell. */
async function deployOne(name: string, typed: Settings, { store, servers, context }: IssueSession): Promise<Installer | undefined> {
  if (!store.names().includes(name)) return undefined;
  const lineage = store.load(name);
  if (hasTargets(name, context)) {
    const { applyStoredTargets } = await import('./targets.ts');
    await applyStoredTargets(lineage, context);
  }
  const settings = restoreSettings(typed, storedSettingsOf(lineage.conf.params));
  const { installer: chosen } = chosenPlugins(settings);
  if (!isInstallerName(chosen)) return undefined;
  const installer = await servers.prepared(chosen, settings);
  context.log.info('deploying after renewal', { lineage: name, installer: chosen });
  return installer;
}

async function reloadOnce(installer: Installer, names: readonly string[], { session, failures }: { readonly session: IssueSession; readonly failures: Map<string, unknown> }): Promise<void> {
  const { context } = session;
  context.terminal.result(`Reloading ${installer.name} server after certificate renewal`);
  try {
    await installer.restart();
    for (const name of names) settle(name, context);
  } catch (error) {
    for (const name of names) failures.set(name, error);
  }
}

function reportFailure(name: string, error: unknown, { log, terminal }: Context): void {
  log.error('deployment after renewal failed', { lineage: name, error });
  terminal.error(`The certificate ${name} was renewed, but its web server does not serve it yet: ${describeError(error)}`, [...hintsOf(error), 'the next run of renew tries again']);
}

function settle(name: string, context: Context): void {
  rmSync(path.join(waitingFolder(context), name), { force: true });
}
