// Which existing certificates a verb is about, when --cert-name does not say it: asked from a list.
import type { LineageStore } from '@certward/engine';
import type { Context } from '../context.ts';
import { cliError } from '../errors.ts';

/** The named lineage, or those chosen from the list. Throws `answerMissing` unattended, `certificateMissing` when there are none. */
export async function selectLineages(store: LineageStore, what: string, { arguments: { values }, questions, signal }: Context): Promise<readonly string[]> {
  if (values.certName !== undefined) return [values.certName];
  const names = store.names();
  if (names.length === 0) throw cliError('certificateMissing', 'No existing certificates found.');
  const chosen = await questions.checklist(`Which certificate(s) would you like to ${what}?`, { choices: names, flag: '--cert-name', signal });
  return chosen.flatMap((index) => names[index] ?? []);
}
