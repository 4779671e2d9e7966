// `rename`: another name for a certificate, and what still mentions the old paths.
import { type LineageStore, openLineageStore } from '@certward/engine';
import { withLocks } from '../compose/locks.ts';
import type { Command, Context } from '../context.ts';
import { cliError } from '../errors.ts';
import { renameTargets } from '../installers/stored-targets.ts';
import { selectLineages } from '../lineage-choice/select.ts';
import { version } from '../version.ts';

/** Runs the verb. Throws `answerMissing` without a new name. */
export const rename: Command = (context) =>
  withLocks(context, async () => {
    const { folders, log, terminal } = context;
    const store = openLineageStore({ configDir: folders.config, programVersion: version, log });
    await store.settleInterrupted();
    const [from, ...more] = await selectLineages(store, 'rename', context);
    if (from === undefined || more.length > 0) throw cliError('argumentConflict', 'one certificate at a time is renamed', { hint: 'name it with --cert-name' });
    const to = await newName(context);
    const old = store.load(from);
    const renamed = await store.rename(old, to);
    renameTargets(from, to, context);
    terminal.result(`Renamed certificate ${from} to ${to}.\nIts files are now in ${renamed.liveDir}`);
    const mentions = mentionsOf(old.liveDir, store);
    if (mentions.length > 0) terminal.warning(`These settings still mention ${old.liveDir}:\n${mentions.map((one) => `  ${one}`).join('\n')}`);
    terminal.notice(`Programs that read ${old.liveDir} have to be pointed at ${renamed.liveDir}.`);
    return { result: { from, to, liveDir: renamed.liveDir, mentions } };
  });

async function newName({ arguments: { values }, questions, signal }: Context): Promise<string> {
  return values.newName ?? (await questions.input('Enter the new name for the certificate', { flag: '--new-name', signal }));
}

/** Settings of renewal configurations, hooks above all, in which the folder occurs. */
function mentionsOf(folder: string, store: LineageStore): readonly string[] {
  return store.map((one) => {
    if (one.status !== 'ok') return [];
    const section = one.conf.document.root.section('renewalparams');
    const isMentioned = (key: string) => [section?.getLiteral(key) ?? []].flat().some((value) => value.includes(`${folder}/`) || value.endsWith(folder));
    return (section?.keys() ?? []).filter(isMentioned).map((key) => `${key} of ${one.name} (${one.confPath})`);
  }).flat();
}
