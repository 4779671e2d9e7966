// What every verb gets: the arguments and the doors to the outside. Made once per run by `run.ts`.
import type { Clock, Log, Random } from '@certward/base';
import type { Arguments } from './args/parse.ts';
import type { Questions } from './terminal/questions.ts';
import type { Terminal } from './terminal/terminal.ts';

/** The three folders of Certbot's layout. */
export interface Folders {
  readonly config: string;
  readonly work: string;
  readonly logs: string;
}

/** Everything that a verb may use. */
export interface Context {
  readonly arguments: Arguments;
  /** The name we were called by: `certward`, or `certbot` when linked under that name. */
  readonly program: string;
  readonly folders: Folders;
  readonly terminal: Terminal;
  readonly questions: Questions;
  readonly log: Log;
  readonly clock: Clock;
  readonly random: Random;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Aborts on SIGINT and SIGTERM. Clean-up runs under deadlines of its own. */
  readonly signal: AbortSignal;
}

/** What `--json` shows of a verb that succeeded. */
export type JsonResult = Readonly<Record<string, unknown>>;

/** What a verb did. */
export interface CommandResult {
  /** Shown by `--json` under `result`; a function where making it costs something that nobody may ask for. */
  readonly result: JsonResult | (() => JsonResult);
  /** Set when the verb did its work but part of it failed, as in `renew`; the summary was printed already. */
  readonly failure?: Error;
}

/** A verb's module exports one of these. */
export type Command = (context: Context) => Promise<CommandResult>;
