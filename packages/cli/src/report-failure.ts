// The end of a run that failed: the trace to the log, the message and where to look to the screen.
import { AppError, describeError, hintsOf } from '@certward/base';
import type { Verb } from './args/verbs.ts';
import { CliError } from './errors.ts';
import type { LogFile } from './log/log-file.ts';
import type { Terminal } from './terminal/terminal.ts';

/** Where a failure is reported. */
export interface FailureOutlets {
  readonly log: LogFile;
  readonly terminal: Terminal;
  readonly program: string;
  readonly debug: boolean;
  readonly verb: Verb;
}

/** Reports `failure`. The epilogue with the log's path is Certbot's, under the name that we were called by. */
export function reportFailure(failure: unknown, { log, terminal, program, debug, verb }: FailureOutlets): void {
  log.error('failed', { error: failure });
  if (failure instanceof CliError && failure.code === 'interrupted') {
    terminal.error(failure.message);
    return;
  }
  const unexpected = !(failure instanceof AppError);
  const heading = unexpected ? 'An unexpected error occurred:\n' : '';
  terminal.error(`${heading}${describeError(failure)}`, hintsOf(failure));
  if (debug && failure instanceof Error) terminal.error(failure.stack ?? '');
  if (verb === 'ca' || verb === 'quickstart') return;
  const file = log.openTemporary();
  const name = program === 'certbot' ? 'Certbot' : 'Certward';
  const seeLog = file === undefined ? 'Re-run' : `See the logfile ${file} or re-run`;
  terminal.error(`Ask for help or search for solutions at https://community.letsencrypt.org. ${seeLog} ${name} with -v for more details.`);
}
