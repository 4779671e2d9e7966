// Runs a program with arguments, never through a shell: a server's own test, a reload, an undo command.
import { execFile } from 'node:child_process';

import { isAbort } from '@certward/base';

/** How {@link runProgram} runs it. */
export interface RunProgramOptions {
  /** Default 60 s; then the program is ended and its status is undefined. */
  readonly timeoutMs?: number | undefined;
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  readonly cwd?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** How it ended. A program that fails, or cannot be started, is a result: callers decide what it means. */
export interface ProgramResult {
  /** Exit status; undefined where it could not be started, or was ended by a signal or for taking too long. */
  readonly status: number | undefined;
  /** Both outputs, without blank space around; where it could not be started, why. At most 64 KiB. */
  readonly output: string;
}

const keptOutput = 65_536;

/** Runs `argv[0]` with the other arguments and waits for its end. Rejects only with the reason of `signal`. */
export function runProgram(argv: readonly string[], options: RunProgramOptions = {}): Promise<ProgramResult> {
  const { timeoutMs = 60_000, signal } = options;
  const [program, ...args] = argv;
  if (program === undefined || program === '') return Promise.resolve({ status: undefined, output: 'no command was given' });
  return new Promise((resolve, reject) => {
    const settings = {
      encoding: 'utf8' as const,
      timeout: timeoutMs,
      maxBuffer: 16 * 1024 * 1024,
      ...(options.env === undefined ? {} : { env: { ...options.env } }),
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      ...(signal === undefined ? {} : { signal }),
    };
    const child = execFile(program, args, settings, (error, stdout, stderr) => {
      if (error !== null && isAbort(error, signal)) {
        reject(signal?.reason as Error);
        return;
      }
      const printed = [stderr, stdout].map((text) => text.trim()).filter((text) => text !== '').join('\n');
      const code = error?.code;
      const status = error === null ? 0 : typeof code === 'number' ? code : undefined;
      resolve({ status, output: (printed === '' && error !== null ? error.message : printed).slice(0, keptOutput) });
    });
    child.stdin?.end();
  });
}
