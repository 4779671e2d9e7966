// certonly with a web server: it is reloaded, so that it serves the new certificate where it already uses the old one.
import { describeError } from '@certward/base';
import type { Lineage } from '@certward/engine';
import type { Context } from '../context.ts';
import type { IssueSession } from '../issue/session.ts';
import { isInstallerName } from '../settings/plugins.ts';
import type { Settings } from '../settings/settings.ts';
import { hasTargets } from './stored-targets.ts';

/** How the reload went. The certificate is saved either way. */
export interface ReloadOutcome {
  readonly failure?: Error;
  readonly nextSteps: readonly string[];
}

/** Applies the targets of the lineage and reloads the server of the settings, where there are any. */
export async function reloadAfterIssuance(lineage: Lineage, settings: Settings, session: IssueSession): Promise<ReloadOutcome> {
  const targets = await updateTargets(lineage, session.context);
  const server = await reloadServer(settings, session);
  const failure = targets.failure ?? server.failure;
  const nextSteps = [...targets.nextSteps, ...server.nextSteps];
  return failure === undefined ? { nextSteps } : { failure, nextSteps };
}

async function updateTargets(lineage: Lineage, context: Context): Promise<ReloadOutcome> {
  if (!hasTargets(lineage.name, context)) return { nextSteps: [] };
  try {
    const { applyStoredTargets } = await import('./targets.ts');
    await applyStoredTargets(lineage, context);
    return { nextSteps: [] };
  } catch (cause) {
    context.signal.throwIfAborted();
    const step = `The certificate was saved, but a program that it goes to did not take it. When the error below is mended: ${context.program} install --cert-name ${lineage.name}`;
    return { failure: asError(cause), nextSteps: [step] };
  }
}

async function reloadServer(settings: Settings, { context, servers }: IssueSession): Promise<ReloadOutcome> {
  const { installer: name } = settings.values;
  if (!isInstallerName(name)) return { nextSteps: [] };
  try {
    context.log.info('reloading after issuance', { installer: name });
    await (await servers.prepared(name, settings)).restart();
    return { nextSteps: [] };
  } catch (cause) {
    context.log.error('reload failed', { installer: name, error: cause });
    return { failure: asError(cause), nextSteps: [`The certificate was saved, but ${name} could not be reloaded and does not serve it yet. When the error below is mended, reload ${name} by hand.`] };
  }
}

function asError(cause: unknown): Error {
  return cause instanceof Error ? cause : new Error(describeError(cause));
}
