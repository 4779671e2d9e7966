// Checks the configured hooks before anything else happens. Apart from the runner, because every renewal run checks and few run.
import type { Values } from '../args/table.ts';
import type { Context } from '../context.ts';

/** What of the options hooks depend on. */
export type HookValues = Pick<Values, 'preHook' | 'postHook' | 'deployHook' | 'failureHook' | 'strictHooks' | 'noDirectoryHooks' | 'dryRun' | 'runDeployHooks' | 'disableHookValidation'>;

/** Checks that each configured hook starts with a command. Throws the engine's `hookNotFound` or `hookNotExecutable`. */
export async function validateHooks(values: HookValues, environment: Context['environment']): Promise<void> {
  if (values.disableHookValidation) return;
  const named = { 'pre-hook': values.preHook, 'post-hook': values.postHook, 'deploy-hook': values.deployHook, 'failure-hook': values.failureHook };
  const configured = Object.entries(named).flatMap(([label, command]) => (command === undefined ? [] : [{ label, command }]));
  if (configured.length === 0) return;
  const { validateHookCommand } = await import('./validate-command.ts');
  for (const { label, command } of configured) await validateHookCommand(command, { label, path: environment['PATH'] });
}

