// `config_changes`: lists the changes that can be rolled back. Reads only, takes no lock.
import { checkpointsOf } from '../compose/installers.ts';
import type { Command } from '../context.ts';
import { formatInstant } from '../report/dates.ts';

/** Runs the verb. `--num` limits the list. */
export const configChanges: Command = async (context) => {
  const { terminal, arguments: { values } } = context;
  const all = await (await checkpointsOf(context)).list();
  const shown = all.slice(0, values.changesShown ?? all.length);
  if (all.length === 0) terminal.result('No changes of web server configurations have been recorded.');
  for (const { at, titles, notes, files } of shown) {
    const lines = [
      formatInstant(at),
      ...titles.map((title) => `  ${title}`),
      ...notes.split('\n').filter((line) => line !== '').map((line) => `    ${line}`),
      '  Affected files:',
      ...files.map((file) => `    ${file}`),
      '',
    ];
    terminal.result(lines.join('\n'));
  }
  return { result: () => ({ changes: shown.map(({ at, titles, notes, files }) => ({ at: at.toISOString(), titles, notes, files })), total: all.length }) };
};
