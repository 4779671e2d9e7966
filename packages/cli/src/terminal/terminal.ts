// The one owner of terminal output. Its rules:
//  - results and questions go to stdout; notices, warnings and errors go to stderr;
//  - `-q` silences everything but errors; `--json` replaces what goes to stdout by one document at the end;
//  - colours and progress lines appear only where stderr is a terminal, and never with NO_COLOR or TERM=dumb;
//  - an error says the problem first and then, on lines of their own, hints; texts that scripts match on are Certbot's;
//  - what could steer a terminal is shown as an escape, wherever the text came from (`visible.ts`);
//  - nothing here logs, and nothing else writes to the terminal.
import { writeSync } from 'node:fs';
import { visible, visibleJson } from './visible.ts';

/** What of the process the terminal needs. */
export interface TerminalStreams {
  readonly stdinIsTerminal: boolean;
  readonly stdoutIsTerminal: boolean;
  readonly stderrIsTerminal: boolean;
  writeOut(text: string): void;
  writeError(text: string): void;
}

/** How much is said. */
export interface TerminalMode {
  readonly quiet: boolean;
  readonly json: boolean;
  readonly verbosity: number;
  readonly colours: boolean;
}

/** Output that waits for its turn. */
export interface HeldOutput {
  readonly stream: 'stdout' | 'stderr';
  readonly text: string;
}

/** Seventy-nine characters of alternating dashes, as Certbot frames its results. */
export const frameLine = `${'- '.repeat(39)}-`;

const clearLine = '\r\u001B[2K';

/** Prints what a run has to say. State: whether a progress line stands on the screen and has to be cleared first. */
export class Terminal {
  readonly mode: TerminalMode;
  readonly streams: TerminalStreams;
  #progressShown = false;
  /** Output that {@link Terminal.batched} holds back. */
  #held: string[] | undefined;

  constructor(streams: TerminalStreams, mode: TerminalMode) {
    this.streams = streams;
    this.mode = mode;
  }

  /** Prints part of the result. */
  result(text: string): void {
    if (this.mode.quiet || this.mode.json) return;
    this.#clearProgress();
    const line = `${visible(text)}\n`;
    if (this.#held === undefined) this.streams.writeOut(line);
    else this.#held.push(line);
  }

  /** Runs `work` and writes the results that it prints in one go: thousands of lines are thousands of system calls. */
  batched<T>(work: () => T): T {
    this.#held ??= [];
    try {
      return work();
    } finally {
      this.#release();
      this.#held = undefined;
    }
  }

  #release(): void {
    const held = this.#held?.splice(0) ?? [];
    if (held.length > 0) this.streams.writeOut(held.join(''));
  }

  /** Prints a result between two frame lines. */
  framedResult(text: string): void {
    this.result(`\n${frameLine}\n${text}\n${frameLine}`);
  }

  /** Prints something that is good to know. */
  notice(text: string): void {
    this.#notice(visible(text));
  }

  #notice(shown: string): void {
    if (this.mode.quiet) return;
    this.#release();
    this.#clearProgress();
    this.streams.writeError(`${shown}\n`);
  }

  /** Prints something only for people who asked for more with `-v`. */
  detail(text: string): void {
    if (this.mode.verbosity >= 1) this.notice(text);
  }

  /** Prints something that is probably not what was wanted, although the run goes on. */
  warning(text: string): void {
    this.#notice(this.#paint(visible(text), 33));
  }

  /** Prints an error and its hints; also with `-q`. */
  error(text: string, hints: readonly string[] = []): void {
    this.#release();
    this.#clearProgress();
    const lines = [this.#paint(visible(text), 31), ...hints.map((hint) => `hint: ${visible(hint)}`)];
    this.streams.writeError(`${lines.join('\n')}\n`);
  }

  /** Prints what a {@link holdTerminal} has kept, all of it together. */
  replay(pieces: readonly HeldOutput[]): void {
    if (pieces.length === 0) return;
    this.#release();
    this.#clearProgress();
    for (const { stream, text } of pieces) {
      if (stream === 'stdout') this.streams.writeOut(text);
      else this.streams.writeError(text);
    }
  }

  /** Shows what long work is doing, on one line that the next output replaces. */
  progress(text: string): void {
    if (this.mode.quiet || this.mode.json || !this.mode.colours) return;
    this.streams.writeError(`${clearLine}\u001B[2m${visible(text.replaceAll(/\s+/g, ' ')).slice(0, 78)}\u001B[0m`);
    this.#progressShown = true;
  }

  /** Prints the one document of `--json`. */
  document(content: unknown): void {
    this.#clearProgress();
    this.streams.writeOut(`${visibleJson(JSON.stringify(content, undefined, 2))}\n`);
  }

  /** Prints a question, also with `--json`, where it goes to stderr. */
  question(text: string): void {
    this.#clearProgress();
    if (this.mode.json) this.streams.writeError(visible(text));
    else this.streams.writeOut(visible(text));
  }

  #paint(text: string, colour: number): string {
    return this.mode.colours ? `\u001B[${colour}m${text}\u001B[0m` : text;
  }

  #clearProgress(): void {
    if (this.#progressShown) this.streams.writeError(clearLine);
    this.#progressShown = false;
  }
}

/** The process's own streams. Writes are synchronous and do not load Node's stream machinery. */
export function processStreams(isTerminal: (descriptor: number) => boolean): TerminalStreams {
  return {
    stdinIsTerminal: isTerminal(0),
    stdoutIsTerminal: isTerminal(1),
    stderrIsTerminal: isTerminal(2),
    writeOut: (text) => writeAll(1, text),
    writeError: (text) => writeAll(2, text),
  };
}

/** A full pipe makes writeSync fail with EAGAIN when the other end set it to non-blocking; a closed one ends the output. */
function writeAll(descriptor: number, text: string): void {
  let rest: Uint8Array = Buffer.from(text);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(descriptor, rest));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'EAGAIN') return;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
}
