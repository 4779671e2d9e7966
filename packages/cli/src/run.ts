// One run from words to exit status: parse, check, open the log, run the verb, report. Never throws.
import type { Clock, Random } from '@certward/base';
import type { Arguments } from './args/parse.ts';
import { parseArguments } from './args/parse.ts';
import { checkConflicts } from './check-arguments.ts';
import { commands } from './commands.ts';
import type { CommandResult, Context } from './context.ts';
import { exitCodeOf } from './errors.ts';
import { type JsonDocument, jsonError, jsonSchemaVersion } from './json-document.ts';
import type { Level } from './log/format.ts';
import { LogFile } from './log/log-file.ts';
import { describeArguments } from './log/arguments.ts';
import { reportFailure } from './report-failure.ts';
import { createQuestions } from './terminal/questions.ts';
import { Terminal, type TerminalStreams } from './terminal/terminal.ts';
import { visible, visibleJson } from './terminal/visible.ts';
import { versionLine } from './version.ts';

/** The outside of a run. */
export interface RunOptions {
  readonly program: string;
  readonly streams: TerminalStreams;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly random: Random;
  readonly signal: AbortSignal;
  /** Default: Certbot's two places. */
  readonly iniFiles?: readonly string[] | undefined;
}

/** Runs the words of a command line and resolves to the exit status. */
export async function runCommandLine(words: readonly string[], options: RunOptions): Promise<number> {
  let parsed: Arguments;
  try {
    parsed = parseArguments(words, options);
    if (parsed.help !== undefined) {
      const { helpPage } = await import('./args/help.ts');
      options.streams.writeOut(helpPage(options.program, parsed.help.topic));
      return 0;
    }
  } catch (error) {
    return reportSyntaxError(error, words, options);
  }
  if (parsed.version) {
    options.streams.writeOut(`${versionLine(options.program)}\n`);
    return 0;
  }
  return runVerb(parsed, options);
}

async function reportSyntaxError(error: unknown, words: readonly string[], { program, streams }: RunOptions): Promise<number> {
  if (words.includes('--json')) {
    const document: JsonDocument = { schema: jsonSchemaVersion, verb: null, ok: false, error: jsonError(error), warnings: [] };
    streams.writeOut(`${visibleJson(JSON.stringify(document, undefined, 2))}\n`);
  }
  const { usage } = await import('./args/help.ts');
  const { error: text, hint } = { error: jsonError(error).message, hint: jsonError(error).hint };
  streams.writeError(visible(`${usage(program)}${program}: error: ${text}\n${hint === null ? '' : `hint: ${hint}\n`}`));
  return exitCodeOf(error);
}

async function runVerb(parsed: Arguments, options: RunOptions): Promise<number> {
  const terminal = createTerminal(parsed, options);
  const log = new LogFile(options.clock, (level, line) => showLine(level, line, terminal));
  const { verb } = parsed;
  let outcome: CommandResult | undefined;
  let failure: unknown;
  try {
    for (const warning of parsed.warnings) terminal.warning(warning);
    checkConflicts(parsed);
    const context = createContext(parsed, { ...options, terminal, log });
    openLog(context, log);
    const command = await commands[verb]();
    const done = await command(context);
    outcome = done;
    failure = done.failure;
  } catch (error) {
    failure = options.signal.aborted ? (options.signal.reason ?? error) : error;
    if (failure !== error) log.debug('stopped', { error });
  }
  const ok = failure === undefined;
  if (!ok) reportFailure(failure, { log, terminal, program: options.program, debug: parsed.values.debug, verb });
  if (parsed.values.json) {
    const error = ok ? undefined : jsonError(failure);
    const result = typeof outcome?.result === 'function' ? outcome.result() : outcome?.result;
    terminal.document({ schema: jsonSchemaVersion, verb, ok, result, error, warnings: parsed.warnings } satisfies JsonDocument);
  }
  log.close();
  return ok ? 0 : exitCodeOf(failure);
}

/** `-v` shows what a person would want to know in a year, `-vv` everything that the file gets. */
function showLine(level: Level, line: string, terminal: Terminal): void {
  const needed = level === 'DEBUG' || level === 'ERROR' ? 2 : 1;
  if (terminal.mode.verbosity >= needed) terminal.notice(line.trimEnd());
}

function createTerminal({ values }: Arguments, { streams, environment }: RunOptions): Terminal {
  const plain = environment['NO_COLOR'] !== undefined || environment['TERM'] === 'dumb';
  return new Terminal(streams, {
    quiet: values.quiet,
    json: values.json,
    verbosity: values.verboseLevel ?? values.verbose,
    colours: streams.stderrIsTerminal && !plain,
  });
}

function createContext(parsed: Arguments, options: RunOptions & { readonly terminal: Terminal; readonly log: LogFile }): Context {
  const { values, verb } = parsed;
  const { streams, terminal, log, clock, random, environment, signal, program } = options;
  const unattended = values.nonInteractive || values.quiet || verb === 'renew';
  const interactive = !unattended && (values.forceInteractive || (streams.stdinIsTerminal && streams.stdoutIsTerminal));
  return {
    arguments: parsed,
    program,
    folders: { config: values.configDir, work: values.workDir, logs: values.logsDir },
    terminal,
    questions: createQuestions(terminal, { interactive }),
    log,
    clock,
    random,
    environment,
    signal,
  };
}

/** The verbs that Certbot does not have run from folders of their own and keep no log there. */
function openLog({ arguments: parsed, folders, terminal }: Context, log: LogFile): void {
  log.debug('arguments', { verb: parsed.verb, arguments: describeArguments(parsed) });
  if (parsed.verb === 'ca' || parsed.verb === 'quickstart' || parsed.verb === 'timer') return;
  log.open({ folder: folders.logs, maxBackups: parsed.values.maxLogBackups });
  if (!parsed.values.json) terminal.notice(`Saving debug log to ${log.file ?? ''}`);
}
