// The process around a run: signals, streams, exit status. What a run does is in `run.ts`.
import { fstatSync } from 'node:fs';
import { createRequire } from 'node:module';
import { systemClock, systemRandom } from '@certward/base';
import { runCommandLine } from './run.ts';
import { catchSignals } from './signals.ts';
import { processStreams } from './terminal/terminal.ts';

/** Runs the command line and ends the process with its exit status, or by the signal that stopped it. */
export async function main(words: readonly string[], program: string): Promise<void> {
  const signals = catchSignals();
  const exitCode = await runCommandLine(words, {
    program,
    streams: processStreams(isTerminal),
    environment: process.env,
    clock: systemClock,
    random: systemRandom,
    signal: signals.signal,
  });
  signals.dieIfTerminated();
  process.exit(exitCode);
}

/** Every terminal is a character device; only those pay for loading node:tty, which brings the network code along. */
function isTerminal(descriptor: number): boolean {
  try {
    if (!fstatSync(descriptor).isCharacterDevice()) return false;
  } catch {
    return false;
  }
  const { isatty } = createRequire(import.meta.url)('node:tty') as { readonly isatty: (descriptor: number) => boolean };
  return isatty(descriptor);
}
