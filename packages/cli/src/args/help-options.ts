// How help prints one option: spellings, value, wrapped text, default. Same shape as argparse, at 79 columns.
import { wrapText } from '../terminal/wrap.ts';
import type { Option } from './option.ts';
import { optionNames, optionOf } from './table.ts';

const textColumn = 24;
const width = 79;

/** The lines for all visible options of a topic, or of those whose home is that topic. */
export function optionEntries(which: { readonly topic: string } | { readonly home: string }): readonly string[] {
  return optionNames
    .map(optionOf)
    .filter(({ hidden, topics }) => !hidden && ('topic' in which ? topics.includes(which.topic) : topics[0] === which.home))
    .flatMap(optionLines);
}

function optionLines(option: Option): readonly string[] {
  const value = valueName(option);
  const spelled = [...option.flags, ...option.offFlags].map((flag) => (value === '' ? flag : `${flag} ${value}`)).join(', ');
  const text = wrapText(`${option.help} (default: ${shownDefault(option)})`, width - textColumn);
  const head = `  ${spelled}`;
  const indent = ' '.repeat(textColumn);
  if (head.length + 2 > textColumn) return [head, ...text.map((line) => indent + line)];
  return [head.padEnd(textColumn) + (text[0] ?? ''), ...text.slice(1).map((line) => indent + line)];
}

function valueName({ kind, choices, metavar }: Option): string {
  if (kind === 'flag' || kind === 'pair' || kind === 'count') return '';
  return choices === undefined ? metavar : `{${choices.join(',')}}`;
}

function shownDefault({ shownDefault: text, defaultValue }: Option): string {
  if (text !== undefined) return text;
  if (defaultValue === undefined || defaultValue === '' || (Array.isArray(defaultValue) && defaultValue.length === 0)) return 'none';
  if (typeof defaultValue === 'boolean') return defaultValue ? 'on' : 'off';
  return typeof defaultValue === 'string' || typeof defaultValue === 'number' ? String(defaultValue) : 'none';
}
