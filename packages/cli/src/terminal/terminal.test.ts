import { describe, expect, test } from 'vitest';
import { createQuestions } from './questions.ts';
import { frameLine, Terminal, type TerminalMode } from './terminal.ts';
import { wrapText } from './wrap.ts';

function recorded(mode: Partial<TerminalMode> = {}) {
  let [out, error] = ['', ''];
  const streams = {
    stdinIsTerminal: false,
    stdoutIsTerminal: false,
    stderrIsTerminal: false,
    writeOut: (text: string) => void (out += text),
    writeError: (text: string) => void (error += text),
  };
  const terminal = new Terminal(streams, { quiet: false, json: false, verbosity: 0, colours: false, ...mode });
  return { terminal, out: () => out, error: () => error };
}

describe('Terminal', () => {
  test('results go to stdout; notices, warnings and errors to stderr', () => {
    const { terminal, out, error } = recorded();
    terminal.result('r');
    terminal.notice('n');
    terminal.warning('w');
    terminal.error('e', ['do this']);
    expect(out()).toBe('r\n');
    expect(error()).toBe('n\nw\ne\nhint: do this\n');
  });

  test('quiet leaves errors only', () => {
    const { terminal, out, error } = recorded({ quiet: true });
    terminal.result('r');
    terminal.notice('n');
    terminal.warning('w');
    terminal.progress('p');
    terminal.error('e');
    expect(out()).toBe('');
    expect(error()).toBe('e\n');
  });

  test('json prints one document on stdout and asks on stderr', () => {
    const { terminal, out, error } = recorded({ json: true });
    terminal.result('r');
    terminal.question('q? ');
    terminal.document({ ok: true });
    expect(JSON.parse(out())).toEqual({ ok: true });
    expect(error()).toBe('q? ');
  });

  test('details need -v', () => {
    const silent = recorded();
    silent.terminal.detail('d');
    expect(silent.error()).toBe('');
    const verbose = recorded({ verbosity: 1 });
    verbose.terminal.detail('d');
    expect(verbose.error()).toBe('d\n');
  });

  test('a progress line is replaced by what comes next, and only shown on a terminal', () => {
    const { terminal, error } = recorded({ colours: true });
    terminal.progress('working');
    terminal.notice('done');
    expect(error()).toBe('\r\u001B[2K\u001B[2mworking\u001B[0m\r\u001B[2Kdone\n');
    const piped = recorded();
    piped.terminal.progress('working');
    expect(piped.error()).toBe('');
  });

  test('batched results are written once, before anything on stderr', () => {
    const { terminal, out, error } = recorded();
    terminal.batched(() => {
      terminal.result('a');
      expect(out()).toBe('');
      terminal.notice('n');
      expect([out(), error()]).toEqual(['a\n', 'n\n']);
      terminal.result('b');
    });
    terminal.result('c');
    expect(out()).toBe('a\nb\nc\n');
  });

  test('a frame is 79 characters wide', () => {
    expect(frameLine).toHaveLength(79);
  });
});

describe('questions that nobody can answer', () => {
  const { terminal } = recorded();
  const questions = createQuestions(terminal, { interactive: false });

  test('take their default', async () => {
    expect(await questions.yesNo('sure?', { unattended: true })).toBe(true);
    expect(await questions.menu('which?', { choices: ['a', 'b'], unattended: 1 })).toBe(1);
    expect(await questions.input('what?', { unattended: 'x' })).toBe('x');
  });

  test('without one name the flag', async () => {
    await expect(questions.yesNo('Expand?', { flag: '--expand' })).rejects.toMatchObject({
      code: 'answerMissing',
      message: 'Missing command line flag or config entry for this setting:\nExpand?\n\n(You can set this with the --expand flag)',
    });
  });
});

test('wrapText breaks at blanks only', () => {
  expect(wrapText('aa bb cccccccc d', 5)).toEqual(['aa bb', 'cccccccc', 'd']);
  expect(wrapText('', 5)).toEqual([]);
});
