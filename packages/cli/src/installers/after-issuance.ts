// certonly with a web server: it is reloaded, so that it serves the new certificate where it already uses the old one.
import { describeError } from '@certward/base';
import type { IssueSession } from '../issue/session.ts';
import { isInstallerName } from '../settings/plugins.ts';
import type { Settings } from '../settings/settings.ts';

/** How the reload went. The certificate is saved either way. */
export interface ReloadOutcome {
  readonly failure?: Error;
  readonly nextSteps: readonly string[];
}

/** Reloads the server of the settings, if there is one. */
export async function reloadAfterIssuance(settings: Settings, { context, servers }: IssueSession): Promise<ReloadOutcome> {
  const { installer: name } = settings.values;
  if (!isInstallerName(name)) return { nextSteps: [] };
  try {
    context.log.info('reloading after issuance', { installer: name });
    await (await servers.prepared(name, settings)).restart();
    return { nextSteps: [] };
  } catch (cause) {
    context.log.error('reload failed', { installer: name, error: cause });
    const failure = cause instanceof Error ? cause : new Error(describeError(cause));
    return { failure, nextSteps: [`The certificate was saved, but ${name} could not be reloaded and does not serve it yet. When the error below is mended, reload ${name} by hand.`] };
  }
}
