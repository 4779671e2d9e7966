// `--show-changes`: the gathered edits as a diff. Nothing is written.
import type { Installer } from '@certward/engine';
import { unifiedDiff } from '@certward/installers';
import type { CommandResult, Context } from '../context.ts';

/** Prints what saving would change, and makes the result of the verb. */
export function showChanges(installer: Installer, { terminal }: Pick<Context, 'terminal'>): CommandResult {
  const changes = installer.pendingChanges().map((change) => ({ path: change.path, created: change.before === undefined, diff: unifiedDiff(change) }));
  if (changes.length === 0) terminal.result(`Nothing would change in the configuration of ${installer.name}.`);
  for (const { diff } of changes) terminal.result(diff.trimEnd());
  return { result: { action: 'shown', installer: installer.name, changes } };
}
