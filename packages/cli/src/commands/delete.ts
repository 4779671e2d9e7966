// `delete`: removes certificates with everything that belongs to them.
import { openLineageStore, type LineageStore } from '@certward/engine';
import type { Command, Context } from '../context.ts';
import { withLocks } from '../compose/locks.ts';
import { forgetTargets } from '../installers/stored-targets.ts';
import { selectLineages } from '../lineage-choice/select.ts';

const warning =
  'WARNING: Before continuing, ensure that the listed certificates are not being used by any installed server software (e.g. Apache, nginx, mail servers). Deleting a certificate that is still being used will cause the server software to stop working.';

/** Runs the verb. Unattended it does not ask again. */
export const deleteVerb: Command = (context) =>
  withLocks(context, async () => {
    const { folders, questions, terminal, log, signal } = context;
    const store = openLineageStore({ configDir: folders.config, log });
    const names = await selectLineages(store, 'delete', context);
    const list = names.map((name) => `  * ${name}`).join('\n');
    const question = `The following certificate(s) are selected for deletion:\n\n${list}\n\n${warning}\n\nAre you sure you want to delete the above certificate(s)?`;
    if (!questions.interactive) terminal.result(`The following certificate(s) are selected for deletion:\n\n${list}\n`);
    if (!(await questions.yesNo(question, { unattended: true, signal }))) {
      terminal.result('Deletion of certificate(s) canceled.');
      return { result: { deleted: [], kept: [] } };
    }
    const kept = [];
    for (const name of names) kept.push(...(await deleteLineage(store, name, context)));
    return { result: { deleted: names, kept } };
  });

/** Deletes one lineage and says so; returns paths that were left because they do not look like ours. */
export async function deleteLineage(store: LineageStore, name: string, { terminal, log, folders }: Pick<Context, 'terminal' | 'log' | 'folders'>): Promise<readonly string[]> {
  const { kept } = await store.delete(name);
  forgetTargets(name, { folders });
  log.info('certificate deleted', { lineage: name, kept });
  terminal.result(`Deleted all files relating to certificate ${name}.`);
  for (const path of kept) terminal.warning(`left in place, because it does not look like a part of the certificate: ${path}`);
  return kept;
}
