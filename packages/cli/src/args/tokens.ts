// From the argument list to option occurrences, as argparse reads it: values, clusters of short flags, `--opt=value`.
// The verb is the first word that is neither an option nor the value of one, wherever it stands.
import { cliError } from '../errors.ts';
import { displayName, findFlag, type FlagMeaning } from './flags.ts';
import { type OptionName, optionOf } from './table.ts';
import { parseVerb, type Verb } from './verbs.ts';
import { withoutCredentials } from './without-credentials.ts';

/** One mention of an option. `value` is absent for switches. */
export interface Occurrence {
  readonly name: OptionName;
  readonly off: boolean;
  readonly value: string | undefined;
}

/** The argument list, taken apart. Occurrences keep their order, because `-w` and `-d` mean something by it. */
export interface Tokens {
  readonly verb: Verb | undefined;
  readonly occurrences: readonly Occurrence[];
  /** Help was asked for, on a topic if one was named. */
  readonly help: { readonly topic: string | undefined } | undefined;
  readonly version: boolean;
}

interface Scan {
  readonly words: readonly string[];
  position: number;
  verb: Verb | undefined;
  help: { topic: string | undefined } | undefined;
  version: boolean;
  readonly occurrences: Occurrence[];
  readonly unrecognized: string[];
}

/** Takes the argument list apart. Throws `argumentSyntax` with argparse's wording. */
export function tokenize(words: readonly string[]): Tokens {
  const scan: Scan = { words, position: 0, verb: undefined, help: undefined, version: false, occurrences: [], unrecognized: [] };
  if (words[0] === 'help') {
    const topic = words.slice(1).find((word) => !word.startsWith('-'));
    return { verb: undefined, occurrences: [], help: { topic }, version: false };
  }
  while (scan.position < words.length) readToken(scan);
  if (scan.unrecognized.length > 0 && scan.help === undefined && !scan.version) {
    throw cliError('argumentSyntax', `unrecognized arguments: ${withoutCredentials(scan.unrecognized).join(' ')}`);
  }
  const { verb, occurrences, help, version } = scan;
  return { verb, occurrences, help: help && { topic: help.topic ?? verb }, version };
}

function readToken(scan: Scan): void {
  const word = scan.words[scan.position++] ?? '';
  if (word === '--') readRest(scan);
  else if (word === '--version') scan.version = true;
  else if (word === '-h' || (word.startsWith('--h') && '--help'.startsWith(word))) readHelp(scan);
  else if (isOptionLike(word)) readOption(scan, word);
  else readWord(scan, word);
}

/** After `--` nothing is an option; there are no positional arguments to take it. */
function readRest(scan: Scan): void {
  scan.unrecognized.push(...scan.words.slice(scan.position));
  scan.position = scan.words.length;
}

/** A word that argparse takes for an option: a dash and more, but not a text with blanks. */
function isOptionLike(word: string): boolean {
  if (!word.startsWith('-') || word === '-') return false;
  if (findFlag(word.split('=', 1)[0] ?? '') !== undefined) return true;
  return !word.includes(' ');
}

function readHelp(scan: Scan): void {
  const next = scan.words[scan.position];
  const topic = next !== undefined && !next.startsWith('-') ? next : undefined;
  if (topic !== undefined) scan.position++;
  scan.help = { topic: topic ?? scan.help?.topic };
}

function readWord(scan: Scan, word: string): void {
  const verb = scan.verb === undefined ? parseVerb(word) : undefined;
  if (verb === undefined) scan.unrecognized.push(word);
  else scan.verb = verb;
}

function readOption(scan: Scan, word: string): void {
  const equals = word.indexOf('=');
  const spelling = equals < 0 ? word : word.slice(0, equals);
  const meaning = findFlag(spelling);
  if (meaning !== undefined) {
    record(scan, meaning, equals < 0 ? undefined : word.slice(equals + 1));
  } else if (!word.startsWith('--') && findFlag(word.slice(0, 2)) !== undefined) {
    readCluster(scan, word);
  } else {
    scan.unrecognized.push(word);
  }
}

/** `-qn`, `-dfoo`, `-nvv`, `-nd=foo`: switches until an option takes the rest as its value. */
function readCluster(scan: Scan, word: string): void {
  for (let index = 1; index < word.length; index++) {
    const meaning = findFlag(`-${word[index]}`);
    const rest = word.slice(index + 1);
    if (meaning === undefined) {
      const before = findFlag(`-${word[index - 1]}`);
      const name = before === undefined ? word : displayName(before.name);
      throw cliError('argumentSyntax', `argument ${name}: ignored explicit argument '${word.slice(index)}'`);
    }
    if (takesValue(meaning)) {
      record(scan, meaning, rest === '' ? undefined : rest.replace(/^=/, ''));
      return;
    }
    record(scan, meaning, undefined);
  }
}

function takesValue({ name }: FlagMeaning): boolean {
  const { kind } = optionOf(name);
  return kind === 'text' || kind === 'integer' || kind === 'list';
}

function record(scan: Scan, meaning: FlagMeaning, attached: string | undefined): void {
  const { name, off } = meaning;
  if (!takesValue(meaning)) {
    if (attached !== undefined) {
      throw cliError('argumentSyntax', `argument ${displayName(name)}: ignored explicit argument '${attached}'`);
    }
    scan.occurrences.push({ name, off, value: undefined });
    return;
  }
  const value = attached ?? nextValue(scan);
  if (value === undefined) throw cliError('argumentSyntax', `argument ${displayName(name)}: expected one argument`);
  scan.occurrences.push({ name, off, value });
}

/** The next word, unless it is an option. Negative numbers and texts with blanks count as values, as in argparse. */
function nextValue(scan: Scan): string | undefined {
  const next = scan.words[scan.position];
  if (next === undefined || next === '--') return undefined;
  if (isOptionLike(next) && !/^-\d+$|^-\d*\.\d+$/.test(next)) return undefined;
  scan.position++;
  return next;
}
