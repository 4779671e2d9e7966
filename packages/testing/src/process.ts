// Starts programs, waits until they answer, and ends them by their own id, at the latest when the test run exits.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { deadline, describeError } from '@certward/base';
import { TestbedError } from './errors.ts';
import { waitUntil } from './wait.ts';

/** What {@link startProcess} starts. */
export interface ProcessOptions {
  /** Full path of the program; see `findBinary`. */
  readonly command: string;
  readonly args?: readonly string[];
  /** Added to the environment of the test run; undefined takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** Name for messages. Default: the command. */
  readonly name?: string;
  /** Says whether the program is ready to serve. Without one, it is as soon as it runs. */
  readonly ready?: (output: string) => boolean | Promise<boolean>;
  /** Default 15 s. */
  readonly readyTimeoutMs?: number;
  /** How long `stop` waits before it insists with SIGKILL. Default 3 s. */
  readonly stopPatienceMs?: number;
  readonly signal?: AbortSignal | undefined;
}

/** How a process ended. */
export interface ProcessExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A program that runs. Disposing ends it and waits until it is gone. */
export interface RunningProcess extends AsyncDisposable {
  readonly name: string;
  readonly pid: number;
  /** Resolves when the process has ended; never rejects. */
  readonly exited: Promise<ProcessExit>;
  /** What it printed so far on both outputs, the last 256 KiB. */
  output(): string;
  /** What it printed on standard output alone. */
  stdout(): string;
  stderr(): string;
  /** Asks it to end with `signal` (default SIGTERM), insists with SIGKILL, waits for the end. */
  stop(signal?: NodeJS.Signals): Promise<ProcessExit>;
}

const keptOutput = 256 * 1024;
const live = new Map<ChildProcess, string>();

/** Names and ids of the processes that {@link startProcess} started and that still run. */
export function liveProcesses(): readonly string[] {
  return [...live].map(([child, name]) => `${name} (pid ${child.pid ?? 'unknown'})`);
}

/** Starts a program and waits until it is ready. Throws `processFailed` or `notReady` with what it printed. */
export async function startProcess(options: ProcessOptions): Promise<RunningProcess> {
  const started = await launch(options);
  try {
    await untilReady(started, options);
    return started;
  } catch (error) {
    await started.stop('SIGKILL');
    throw error;
  }
}

async function launch(options: ProcessOptions): Promise<RunningProcess> {
  const { command, args = [], name = command, stopPatienceMs = 3_000 } = options;
  options.signal?.throwIfAborted();
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const both = collector();
  const outputs = { stdout: collector(), stderr: collector() };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (text: string) => {
      both.add(text);
      outputs[stream].add(text);
    });
  }
  const exited = new Promise<ProcessExit>((resolve) => {
    child.once('close', (code, signal) => {
      live.delete(child);
      resolve({ code, signal });
    });
  });
  try {
    await once(child, 'spawn');
  } catch (cause) {
    throw new TestbedError('processFailed', `${name} does not start: ${describeError(cause)}`, { cause });
  }
  killAtExit();
  live.set(child, name);
  const stop = async (signal: NodeJS.Signals = 'SIGTERM'): Promise<ProcessExit> => {
    child.kill(signal);
    const limit = deadline(`the end of ${name}`, stopPatienceMs);
    limit.signal.addEventListener('abort', () => child.kill('SIGKILL'), { once: true });
    const exit = await exited;
    limit[Symbol.dispose]();
    return exit;
  };
  return {
    name,
    pid: child.pid ?? 0,
    exited,
    output: both.text,
    stdout: outputs.stdout.text,
    stderr: outputs.stderr.text,
    stop,
    [Symbol.asyncDispose]: async () => void (await stop()),
  };
}

async function untilReady(started: RunningProcess, options: ProcessOptions): Promise<void> {
  const { ready, readyTimeoutMs = 15_000, signal } = options;
  if (ready === undefined) return;
  let exit: ProcessExit | undefined;
  void started.exited.then((how) => (exit = how));
  const ended = () => new TestbedError('processFailed', `${started.name} ended with ${describeExit(exit)}\n${started.output()}`);
  try {
    await waitUntil(async () => exit !== undefined || (await ready(started.output())), {
      what: `readiness of ${started.name}`,
      timeoutMs: readyTimeoutMs,
      signal,
    });
  } catch (cause) {
    if (!(cause instanceof TestbedError)) throw cause;
    throw new TestbedError('notReady', `${cause.message}\n${started.output()}`, { cause });
  }
  if (exit !== undefined) throw ended();
}

function describeExit(exit: ProcessExit | undefined): string {
  return exit?.signal == null ? `exit code ${exit?.code ?? 'unknown'}` : `signal ${exit.signal}`;
}

function collector() {
  let kept = '';
  return {
    add: (text: string) => {
      kept = (kept + text).slice(-keptOutput);
    },
    text: () => kept,
  };
}

let armed = false;

/** No server may outlive the test run, also when that ends by an exception or a signal. */
function killAtExit(): void {
  if (armed) return;
  armed = true;
  process.once('exit', () => {
    for (const child of live.keys()) child.kill('SIGKILL');
  });
  for (const [signal, code] of [['SIGTERM', 143], ['SIGHUP', 129]] as const) process.once(signal, () => process.exit(code));
}
