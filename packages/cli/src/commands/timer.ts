// `timer`: the systemd timer, or the crontab line, that runs `renew`; and whether a timer is enough.
import { execFile } from 'node:child_process';
import { existsSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { openLineageStore, writeFileAtomic } from '@certward/engine';
import { optionTable } from '../args/table.ts';
import type { Command, Context } from '../context.ts';
import { cliError } from '../errors.ts';
import { cronLine, longestGapHours, serviceUnit, timerUnit, type TimerTarget, unitMark } from '../timer/units.ts';

const run = promisify(execFile);

/** Runs the verb. */
export const timer: Command = async (context) => {
  const { arguments: { values }, terminal, random } = context;
  if (values.install && values.remove) throw cliError('argumentConflict', '--install and --remove exclude each other');
  const target = targetOf(context);
  const files = filesOf(values.unitDir, target);
  const installed = files.every(({ file }) => existsSync(file));
  const tooShort = shortLived(context);
  if (values.install) await install(files, context);
  else if (values.remove) await remove(files, context);
  else terminal.result(show(files, cronLine(target, Math.floor(random.fraction() * 60)), installed));
  if (tooShort.length > 0 && !values.remove) {
    terminal.warning(`These certificates live so short that a run may come too late; the server, which looks at each in time, suits them better:\n${tooShort.map((name) => `  ${name}`).join('\n')}`);
  }
  const nowInstalled = values.install || (installed && !values.remove);
  return { result: { installed: nowInstalled, units: files.map(({ file }) => file), cron: cronLine(target, 17), tooShort } };
};

interface UnitFile {
  readonly file: string;
  readonly text: string;
}

function filesOf(folder: string, target: TimerTarget): readonly UnitFile[] {
  return [
    { file: path.join(folder, 'certward.service'), text: serviceUnit(target) },
    { file: path.join(folder, 'certward.timer'), text: timerUnit() },
  ];
}

function targetOf({ folders }: Context): TimerTarget {
  const [config, work, logs] = [folders.config, folders.work, folders.logs].map((folder) => path.resolve(folder)) as [string, string, string];
  const { configDir, workDir, logsDir } = optionTable;
  const usual = config === configDir.defaultValue && work === workDir.defaultValue && logs === logsDir.defaultValue;
  const launcher = realpathSync(process.argv[1] ?? '');
  return {
    // The timer spreads the load itself, and a run that is under way is waited for.
    command: [process.execPath, launcher, 'renew', '-q', '--wait', '--no-random-sleep-on-renew', ...(usual ? [] : ['--config-dir', config, '--work-dir', work, '--logs-dir', logs])],
    writable: [config, work, logs, '/etc/nginx', '/etc/apache2', '/etc/haproxy'],
  };
}

function show(files: readonly UnitFile[], cron: string, installed: boolean): string {
  const units = files.map(({ file, text }) => `# ${file}\n${text}`).join('\n');
  return `${units}\nThe timer is ${installed ? 'installed' : 'not installed; --install does that'}. Without systemd, a line for /etc/cron.d does the same:\n${cron}`;
}

async function install(files: readonly UnitFile[], context: Context): Promise<void> {
  for (const { file } of files) requireOurs(file);
  for (const { file, text } of files) await writeFileAtomic(file, text, { mode: 0o644 });
  await systemctl([['daemon-reload'], ['enable', '--now', 'certward.timer']], context);
  context.terminal.result(`Installed ${files.map(({ file }) => file).join(' and ')}.`);
}

async function remove(files: readonly UnitFile[], context: Context): Promise<void> {
  for (const { file } of files) requireOurs(file);
  if (files.some(({ file }) => existsSync(file))) await systemctl([['disable', '--now', 'certward.timer']], context);
  for (const { file } of files) rmSync(file, { force: true });
  await systemctl([['daemon-reload']], context);
  context.terminal.result('The timer is removed.');
}

function requireOurs(file: string): void {
  if (!existsSync(file) || readFileSync(file, 'utf8').startsWith(unitMark)) return;
  throw cliError('argumentConflict', `"${file}" was not written by this program`, { hint: 'move it away first' });
}

async function systemctl(calls: readonly (readonly string[])[], { arguments: { values }, terminal, signal }: Context): Promise<void> {
  if (values.unitDir !== optionTable.unitDir.defaultValue) return;
  if (!existsSync('/run/systemd/system')) {
    terminal.warning('systemd does not run here; the timer starts once it does.');
    return;
  }
  for (const call of calls) {
    try {
      await run('systemctl', call, { signal });
    } catch (cause) {
      const { stderr = '' } = cause as { readonly stderr?: string };
      throw cliError('folderUnusable', `systemctl ${call.join(' ')} failed`, { cause, hint: stderr.trim() });
    }
  }
}

/** Those whose last tenth, in which renewal must succeed, may pass between two runs. */
function shortLived({ folders, log }: Context): readonly string[] {
  return openLineageStore({ configDir: folders.config, log })
    .map((one) => (one.status === 'ok' && (one.certificate.notAfter.getTime() - one.certificate.notBefore.getTime()) / 10 < longestGapHours * 3_600_000 ? [one.name] : []))
    .flat();
}
