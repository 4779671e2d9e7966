// Shows what a hook prints while it runs, in Certbot's shape: a heading, then the lines, indented by one blank.
import type { HookOutput } from '@certward/engine';
import type { Terminal } from '../terminal/terminal.ts';

/** Prints complete lines as they come. Blank lines at either end are dropped. */
export class HookOutputPrinter {
  readonly #print: Readonly<Record<HookOutput['stream'], LinePrinter>>;

  constructor(subject: string, terminal: Terminal) {
    this.#print = {
      stdout: new LinePrinter(`${subject} ran with output:`, (line) => terminal.result(line)),
      stderr: new LinePrinter(`${subject} ran with error output:`, (line) => terminal.warning(line)),
    };
  }

  write({ stream, text }: HookOutput): void {
    this.#print[stream].write(text);
  }

  /** Prints last lines that no line break ended. */
  end(): void {
    this.#print.stdout.write('\n');
    this.#print.stderr.write('\n');
  }
}

class LinePrinter {
  readonly #heading: string;
  readonly #printLine: (line: string) => void;
  #rest = '';
  #blank = 0;
  #started = false;

  constructor(heading: string, printLine: (line: string) => void) {
    this.#heading = heading;
    this.#printLine = printLine;
  }

  write(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#line(line.trimEnd());
  }

  #line(line: string): void {
    if (line === '') {
      this.#blank++;
      return;
    }
    if (this.#started) for (; this.#blank > 0; this.#blank--) this.#printLine('');
    else this.#printLine(this.#heading);
    this.#started = true;
    this.#blank = 0;
    this.#printLine(` ${line}`);
  }
}
