// From occurrences and file settings to typed values.
import { assertNever } from '@certward/base';
import { cliError } from '../errors.ts';
import { displayName, spellings } from './flags.ts';
import type { IniSetting } from './ini.ts';
import type { Occurrence } from './tokens.ts';
import { type OptionName, optionOf } from './table.ts';
import { withoutCredentials } from './without-credentials.ts';

/** The value after one more mention of the option. Throws `argumentSyntax` with argparse's wording. */
export function addOccurrence(previous: unknown, { name, off, value }: Occurrence): unknown {
  const option = optionOf(name);
  switch (option.kind) {
    case 'flag':
      return true;
    case 'pair':
      return !off;
    case 'count':
      return (typeof previous === 'number' ? previous : 0) + 1;
    case 'text':
      return checkChoice(name, value ?? '');
    case 'integer':
      return parseInteger(name, value ?? '');
    case 'list':
      return [...(Array.isArray(previous) ? (previous as readonly string[]) : []), value ?? ''];
    default:
      return assertNever(option.kind);
  }
}

function checkChoice(name: OptionName, value: string): string {
  const { choices } = optionOf(name);
  // --reason is matched without regard to case, as Certbot does.
  const wanted = name === 'reason' ? value.toLowerCase() : value;
  if (choices === undefined || choices.includes(wanted)) return wanted;
  const offered = choices.map((choice) => `'${choice}'`).join(', ');
  throw cliError('argumentSyntax', `argument ${displayName(name)}: invalid choice: '${value}' (choose from ${offered})`);
}

function parseInteger(name: OptionName, value: string): number {
  const trimmed = value.trim();
  if (!/^[+-]?\d+(_\d+)*$/.test(trimmed)) {
    throw cliError('argumentSyntax', `argument ${displayName(name)}: invalid int value: '${value}'`);
  }
  const number = Number(trimmed.replaceAll('_', ''));
  const { minimum } = optionOf(name);
  if (minimum !== undefined && number < minimum) {
    const bound = minimum === 0 ? 'must be a non-negative integer' : `must be at least ${minimum}`;
    throw cliError('argumentSyntax', `argument ${displayName(name)}: ${bound}`);
  }
  return number;
}

/** What one file setting means. Without occurrences it says `False`: the default, whatever weaker files say. */
export interface SettingMeaning {
  readonly name: OptionName;
  readonly occurrences: readonly Occurrence[];
}

/** Finds the option of a file setting. Throws `argumentSyntax` for unknown keys and values that are none. */
export function interpretSetting({ key, value }: IniSetting): SettingMeaning {
  const meaning = spellings().get(`--${key}`);
  if (meaning === undefined) {
    throw cliError('argumentSyntax', `unrecognized arguments: ${unknownSetting(key, value)}`, {
      hint: 'keys in cli.ini are the long option names, spelled in full and with dashes',
    });
  }
  const { name, off } = meaning;
  const { kind } = optionOf(name);
  const values = typeof value === 'string' ? [value] : value;
  if (kind === 'text' || kind === 'integer') return { name, occurrences: [{ name, off, value: values.at(-1) ?? '' }] };
  if (kind === 'list') return { name, occurrences: values.map((one) => ({ name, off, value: one })) };
  return { name, occurrences: isOn(key, values[0] ?? '') ? [{ name, off, value: undefined }] : [] };
}

function unknownSetting(key: string, value: IniSetting['value']): string {
  const [word = ''] = withoutCredentials([`--${key}=${typeof value === 'string' ? shown(value) : `[${value.join(', ')}]`}`]);
  return word;
}

/** A bare key reads as `True` in Certbot's message. */
function shown(value: string): string {
  return value === 'true' ? 'True' : value === 'false' ? 'False' : value;
}

function isOn(key: string, value: string): boolean {
  const word = value.toLowerCase();
  if (['true', 'yes', '1'].includes(word)) return true;
  if (['false', 'no', '0'].includes(word)) return false;
  throw cliError('argumentSyntax', `Unexpected value for ${key}: '${value}'. Expecting 'true', 'false', 'yes', 'no', '1' or '0'`);
}
