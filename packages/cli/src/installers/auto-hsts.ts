// `--auto-hsts`: HSTS whose lifetime grows with the runs of `renew` and becomes permanent after a renewal. Apache only.
import { describeError } from '@certward/base';
import type { Installer } from '@certward/engine';
import type { ApacheInstaller } from '@certward/installers';
import type { Context } from '../context.ts';
import { cliError } from '../errors.ts';
import type { IssueSession } from '../issue/session.ts';
import type { RenewalOutcome } from '../renewal/outcome.ts';
import { isInstallerName } from '../settings/plugins.ts';
import type { Settings } from '../settings/settings.ts';
import { restoreSettings, storedSettingsOf } from '../settings/stored.ts';
import { hasGrowingHsts } from './waiting.ts';

/** Refuses an installer that has no growing HSTS, before anything is changed. Throws `enhancementFailed`. */
export function requireAutoHsts(installer: Installer): asserts installer is ApacheInstaller {
  if (canGrow(installer)) return;
  throw cliError('enhancementFailed', `--auto-hsts is not supported by ${installer.name}`, { hint: 'it works with --apache; --hsts sends the header for a year from the start' });
}

function canGrow(installer: Installer): installer is ApacheInstaller {
  return 'enableAutoHsts' in installer;
}

/** Begins with a minute for the virtual hosts of names. */
export async function enableAutoHsts(installer: Installer, names: readonly string[], { terminal, signal }: Context): Promise<void> {
  requireAutoHsts(installer);
  const { messages } = await installer.enableAutoHsts(names, { signal });
  for (const message of messages) terminal.result(message);
}

/** The part of `renew`: raises what is due, and makes it permanent for certificates that were just renewed. */
export async function growHsts(outcomes: readonly RenewalOutcome[], typed: Settings, session: IssueSession): Promise<void> {
  const { context, store, servers } = session;
  if (typed.values.dryRun || typed.values.disableRenewUpdates || !hasGrowingHsts(context)) return;
  const renewed = new Set(outcomes.flatMap((one) => (one.kind === 'renewed' ? [one.planned.candidate.name] : [])));
  for (const lineage of store.list()) {
    if (lineage.status !== 'ok') continue;
    try {
      const settings = restoreSettings(typed, storedSettingsOf(lineage.conf.params));
      const { installer: name } = settings.values;
      const installer = isInstallerName(name) ? await servers.prepared(name, settings) : undefined;
      if (installer === undefined || !canGrow(installer)) continue;
      const grown = installer.isAutoHstsDue() ? await installer.growAutoHsts({ signal: context.signal }) : undefined;
      const finished = renewed.has(lineage.name) ? await installer.finishAutoHsts(lineage.conf.links, { signal: context.signal }) : undefined;
      for (const message of [...(grown?.messages ?? []), ...(finished?.messages ?? [])]) context.terminal.result(message);
    } catch (error) {
      context.signal.throwIfAborted();
      context.log.error('growing HSTS failed', { lineage: lineage.name, error });
      context.terminal.warning(`HSTS of ${lineage.name} was not raised: ${describeError(error)}`);
    }
  }
}
