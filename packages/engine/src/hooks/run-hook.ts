// Runs the commands that a user wrote: the only place where a shell is started. Values reach it through the environment
// only, never as part of the command text.
import { spawn } from 'node:child_process';
import { type Clock, isAbort, systemClock, TimeoutError } from '@certward/base';
import type { CallOptions } from '../ports.ts';
import { CappedText } from './capped-text.ts';

/** One piece of a hook's output, as it came. */
export interface HookOutput {
  readonly stream: 'stdout' | 'stderr';
  readonly text: string;
}

/** Options of {@link runHook}. */
export interface RunHookOptions extends CallOptions {
  /** The whole environment of the hook. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Default: that of this process. */
  readonly workingFolder?: string | undefined;
  /** Sees output at once; the result has it too, up to the cap. */
  readonly onOutput?: ((output: HookOutput) => void) | undefined;
  /** Output beyond this many characters per stream is passed on but not kept. Default 64 Ki. */
  readonly captureLimit?: number | undefined;
  /** Ends the hook after this time. Default: never, as hooks may rightly wait for people. */
  readonly timeoutMs?: number | undefined;
  /** Whether the hook may read this process's standard input. Default true. */
  readonly inheritInput?: boolean | undefined;
  readonly clock?: Clock | undefined;
}

/** How a hook ended. A hook that fails is a result: callers decide what it means. */
export interface HookResult {
  /** Exit status; `undefined` when a signal ended it. */
  readonly status: number | undefined;
  readonly signal: string | undefined;
  readonly stdout: string;
  readonly stderr: string;
  /** Output was longer than the cap. */
  readonly truncated: boolean;
}

/** How long output may still arrive after the hook itself has ended; a background child may hold the pipe for ever. */
const drainMs = 100;
/** From asking a hook to end until it is killed. */
const killDelayMs = 5_000;

/**
 * Runs `command` through `/bin/sh -c` and resolves when it has ended, whatever its exit status.
 *
 * Children that it leaves in the background keep running and do not hold the result up. Throws a `TimeoutError` after
 * `timeoutMs` or the reason of `signal`; the hook and what it started in the foreground is ended in both cases.
 */
export async function runHook(command: string, options: RunHookOptions): Promise<HookResult> {
  const { signal, timeoutMs, clock = systemClock, captureLimit = 65_536 } = options;
  signal?.throwIfAborted();
  const child = spawn('/bin/sh', ['-c', command], {
    cwd: options.workingFolder,
    env: { ...options.env },
    stdio: [options.inheritInput === false ? 'ignore' : 'inherit', 'pipe', 'pipe'],
    // A process group of its own, so that ending the hook ends what the shell started for it.
    detached: true,
  });
  const ended = new AbortController();
  const stdout = new CappedText(captureLimit);
  const stderr = new CappedText(captureLimit);
  const collect = (stream: HookOutput['stream'], kept: CappedText) => {
    child[stream].setEncoding('utf8').on('data', (text: string) => {
      if (ended.signal.aborted) return;
      kept.append(text);
      options.onOutput?.({ stream, text });
    });
  };
  collect('stdout', stdout);
  collect('stderr', stderr);

  const exit = new Promise<{ status: number | undefined; signal: string | undefined }>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (status, by) => resolve({ status: status ?? undefined, signal: by ?? undefined }));
  });
  const closed = new Promise<void>((resolve) => {
    child.once('close', () => resolve());
  });
  const limit = timeoutMs === undefined ? undefined : rejectAfter(timeoutMs, clock, ended.signal);
  const aborted = signal === undefined ? undefined : rejectOnAbort(signal, ended.signal);
  try {
    const result = await Promise.race([exit, ...(limit === undefined ? [] : [limit]), ...(aborted === undefined ? [] : [aborted])]);
    await Promise.race([closed, clock.sleep(drainMs, { signal: ended.signal })]);
    return { ...result, stdout: stdout.text, stderr: stderr.text, truncated: stdout.truncated || stderr.truncated };
  } catch (error) {
    if (child.pid !== undefined) await endGroup(child.pid, exit, clock);
    throw error;
  } finally {
    ended.abort();
    // Left open for a background child that still writes: closing the pipe would kill it with SIGPIPE.
    for (const stream of [child.stdout, child.stderr]) (stream as unknown as { unref?: () => void }).unref?.();
    child.unref();
  }
}

async function rejectAfter(ms: number, clock: Clock, ended: AbortSignal): Promise<never> {
  try {
    await clock.sleep(ms, { signal: ended });
  } catch (error) {
    if (!isAbort(error, ended)) throw error;
    return await new Promise<never>(() => {});
  }
  throw new TimeoutError('the hook to end', ms);
}

function rejectOnAbort(signal: AbortSignal, ended: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true, signal: ended });
  });
}

async function endGroup(pid: number, exit: Promise<unknown>, clock: Clock): Promise<void> {
  signalGroup(pid, 'SIGTERM');
  const gone = new AbortController();
  const late = clock.sleep(killDelayMs, { signal: gone.signal }).then(
    () => signalGroup(pid, 'SIGKILL'),
    () => undefined,
  );
  await exit.catch(() => undefined);
  gone.abort();
  await late;
}

function signalGroup(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(-pid, name);
  } catch {
    // The group has ended by itself.
  }
}
