// SIGINT and SIGTERM: the first one aborts the run, which cleans up; a second one ends the process at once.
import { setMaxListeners } from 'node:events';
import { cliError } from './errors.ts';

/** The run's abort signal and the way to end as the signal asked. */
export interface CaughtSignals {
  readonly signal: AbortSignal;
  /** After a SIGTERM, dies by it, so that the caller sees how we ended (a shell shows 143). */
  dieIfTerminated(): void;
}

/** Starts listening. Call once per process. */
export function catchSignals(): CaughtSignals {
  const controller = new AbortController();
  // A hundred waits may hang on this one signal; Node's warning at the eleventh is about leaks.
  setMaxListeners(0, controller.signal);
  let terminated = false;
  const onSignal = (name: NodeJS.Signals) => {
    if (controller.signal.aborted) process.exit(1);
    terminated = name !== 'SIGINT';
    controller.abort(cliError('interrupted', 'Exiting due to user request.', { details: { signal: name } }));
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, onSignal);
  return {
    signal: controller.signal,
    dieIfTerminated() {
      if (!terminated) return;
      process.removeAllListeners('SIGTERM');
      process.kill(process.pid, 'SIGTERM');
    },
  };
}
