// Questions, asked only where a person can answer. Elsewhere the default answers, or an error names the missing flag.
import { cliError } from '../errors.ts';
import { LineReader } from './line-reader.ts';
import { frameLine, type Terminal } from './terminal.ts';

/** What every question has in common. */
export interface QuestionOptions {
  /** The flag that would have answered it, for the error of an unattended run. */
  readonly flag?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Asks. Every method throws `answerMissing` when nobody can answer and there is no default, `cancelled` on "c". */
export interface Questions {
  readonly interactive: boolean;
  yesNo(question: string, options: QuestionOptions & { readonly yes?: string; readonly no?: string; readonly unattended?: boolean }): Promise<boolean>;
  menu(message: string, options: QuestionOptions & { readonly choices: readonly string[]; readonly unattended?: number }): Promise<number>;
  checklist(message: string, options: QuestionOptions & { readonly choices: readonly string[]; readonly unattended?: readonly number[] }): Promise<readonly number[]>;
  /** Waits for Enter. Only where somebody is there; elsewhere it returns at once. */
  pause(message: string, options: QuestionOptions): Promise<void>;
  input(message: string, options: QuestionOptions & { readonly unattended?: string }): Promise<string>;
}

/** Questions over the terminal; `interactive` says whether somebody is there. */
export function createQuestions(terminal: Terminal, { interactive }: { readonly interactive: boolean }): Questions {
  const unanswered = <T>(question: string, fallback: T | undefined, flag: string | undefined): T => {
    if (fallback !== undefined) return fallback;
    const how = flag === undefined ? '' : `\n\n(You can set this with the ${flag} flag)`;
    throw cliError('answerMissing', `Missing command line flag or config entry for this setting:\n${question}${how}`, {
      details: flag === undefined ? {} : { flag },
    });
  };
  const reader = new LineReader();
  const read = (prompt: string, signal: AbortSignal | undefined) => {
    terminal.question(prompt);
    return reader.next(signal);
  };
  return {
    interactive,
    async yesNo(question, { yes = 'Yes', no = 'No', unattended, flag, signal }) {
      if (!interactive) return unanswered(question, unattended, flag);
      terminal.question(`\n${frameLine}\n${question}\n${frameLine}\n`);
      for (;;) {
        const answer = (await read(`${bracketed(yes)}/${bracketed(no)}: `, signal)).toLowerCase();
        if (answer !== '' && yes.toLowerCase().startsWith(answer)) return true;
        if (answer !== '' && no.toLowerCase().startsWith(answer)) return false;
      }
    },
    async menu(message, { choices, unattended, flag, signal }) {
      if (!interactive) return unanswered([message, ...choices].join('\n'), unattended, flag);
      showChoices(terminal, message, choices);
      for (;;) {
        const answer = await read(`Select the appropriate number [1-${choices.length}] then [enter] (press 'c' to cancel): `, signal);
        if (/^c(ancel)?$/i.test(answer)) throw cliError('cancelled', 'User chose to cancel the operation and may reinvoke the client.');
        const number = Number(answer);
        if (Number.isInteger(number) && number >= 1 && number <= choices.length) return number - 1;
      }
    },
    async checklist(message, { choices, unattended, flag, signal }) {
      if (!interactive) return unanswered([message, ...choices].join('\n'), unattended, flag);
      showChoices(terminal, message, choices);
      for (;;) {
        const answer = await read("Select the appropriate numbers separated by commas and/or spaces, or leave input\nblank to select all options shown (Enter 'c' to cancel): ", signal);
        if (/^c(ancel)?$/i.test(answer)) throw cliError('cancelled', 'User chose to cancel the operation and may reinvoke the client.');
        const numbers = answer.split(/[\s,]+/).filter((one) => one !== '').map(Number);
        if (numbers.length === 0) return choices.map((_, index) => index);
        if (numbers.every((one) => Number.isInteger(one) && one >= 1 && one <= choices.length)) return [...new Set(numbers.map((one) => one - 1))];
      }
    },
    async pause(message, { signal }) {
      if (interactive) await read(`${message} `, signal);
    },
    async input(message, { unattended, flag, signal }) {
      if (!interactive) return unanswered(message, unattended, flag);
      const answer = await read(`${message} (Enter 'c' to cancel): `, signal);
      if (/^c(ancel)?$/i.test(answer)) throw cliError('cancelled', 'User chose to cancel the operation and may reinvoke the client.');
      return answer;
    },
  };
}

function bracketed(label: string): string {
  return `(${label.slice(0, 1)})${label.slice(1)}`;
}

function showChoices(terminal: Terminal, message: string, choices: readonly string[]): void {
  const lines = choices.map((choice, index) => `${index + 1}: ${choice}`);
  terminal.question([`\n${message}`, frameLine, ...lines, frameLine, ''].join('\n'));
}
