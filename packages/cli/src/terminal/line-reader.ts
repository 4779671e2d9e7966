// Reads answers from stdin, one line per question. Lines that arrive early (a pipe) wait for their question.
import type { Interface } from 'node:readline';
import { cliError } from '../errors.ts';

/** Certbot waits ten hours for an answer. */
const answerTimeoutMs = 36_000_000;

/** One reader per process, because a second one would miss what the first has buffered. */
export class LineReader {
  #reader: Interface | undefined;
  readonly #lines: string[] = [];
  #ended = false;
  #wake: (() => void) | undefined;

  /** The next line. Throws `cancelled` at the end of input or after ten hours, and the reason of `signal`. */
  async next(signal: AbortSignal | undefined): Promise<string> {
    signal?.throwIfAborted();
    const reader = (this.#reader ??= await this.#open());
    const limit = AbortSignal.timeout(answerTimeoutMs);
    const stop = signal === undefined ? limit : AbortSignal.any([signal, limit]);
    reader.resume();
    try {
      while (this.#lines.length === 0 && !this.#ended) await this.#change(stop);
    } catch (error) {
      throw limit.aborted ? cliError('cancelled', 'no answer came in ten hours', { cause: error }) : error;
    } finally {
      // Hooks inherit stdin; between questions it is theirs.
      reader.pause();
    }
    const line = this.#lines.shift();
    if (line === undefined) throw cliError('cancelled', 'no answer: the input ended');
    return line.trim();
  }

  async #open(): Promise<Interface> {
    const { createInterface } = await import('node:readline');
    // Without `output`, readline leaves Ctrl-C to the process's own handler and echoing to the terminal.
    const reader = createInterface({ input: process.stdin });
    reader.on('line', (line) => {
      this.#lines.push(line);
      this.#wake?.();
    });
    reader.on('close', () => {
      this.#ended = true;
      this.#wake?.();
    });
    return reader;
  }

  #change(stop: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const onAbort = () => reject(stop.reason as Error);
      stop.addEventListener('abort', onAbort, { once: true });
      this.#wake = () => {
        stop.removeEventListener('abort', onAbort);
        resolve();
      };
    });
  }
}
