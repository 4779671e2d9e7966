// What a hook printed and how it ended, in Certbot's words.
import type { HookResult } from '@certward/engine';
import type { Context } from '../context.ts';

/** Reports a hook that ended. `label` is `pre-hook`, or `--manual-auth-hook` with the name it ran for. */
export function reportHook(label: string, result: HookResult, { terminal, log }: Pick<Context, 'terminal' | 'log'>, forName?: string): void {
  const { status, signal, stdout, stderr } = result;
  const subject = `Hook '${label}'${forName === undefined ? '' : ` for ${forName}`}`;
  log.info('hook ended', { hook: label, status, signal, stdout, stderr });
  if (status !== 0) terminal.warning(`${subject} reported error code ${status ?? `-${signal ?? ''}`}`);
  if (stdout.trim() !== '') terminal.result(`${subject} ran with output:\n${indent(stdout)}`);
  if (stderr.trim() !== '') terminal.warning(`${subject} ran with error output:\n${indent(stderr)}`);
}

function indent(text: string): string {
  return text
    .trim()
    .split('\n')
    .map((line) => ` ${line}`)
    .join('\n');
}
