// Which option a spelling means: exact, or an abbreviation that can mean only one option.
import { cliError } from '../errors.ts';
import type { Tier } from './option.ts';
import { type OptionName, optionNames, optionOf } from './table.ts';

/** What a spelling stands for. */
export interface FlagMeaning {
  readonly spelling: string;
  readonly name: OptionName;
  /** The spelling switches a pair off. */
  readonly off: boolean;
}

let exact: ReadonlyMap<string, FlagMeaning> | undefined;

/** Every spelling with its meaning. Built once, on first use. */
export function spellings(): ReadonlyMap<string, FlagMeaning> {
  exact ??= new Map(optionNames.flatMap(meaningsOf).map((meaning) => [meaning.spelling, meaning]));
  return exact;
}

function meaningsOf(name: OptionName): readonly FlagMeaning[] {
  const { flags, offFlags } = optionOf(name);
  return [
    ...flags.map((spelling) => ({ spelling, name, off: false })),
    ...offFlags.map((spelling) => ({ spelling, name, off: true })),
  ];
}

const tiers: readonly Tier[] = ['certbot', 'own', 'dead'];

/**
 * The meaning of `spelling`, abbreviations included; `undefined` when there is none.
 * Aliases of one option do not make an abbreviation ambiguous. Options of Certbot win over our own and over dead ones,
 * so that an abbreviation that works in a script for Certbot means the same here.
 * Throws `argumentSyntax` when several options fit.
 */
export function findFlag(spelling: string): FlagMeaning | undefined {
  const known = spellings();
  const found = known.get(spelling);
  if (found !== undefined || !spelling.startsWith('--') || spelling === '--') return found;
  for (const tier of tiers) {
    const fits = [...known.values()].filter((one) => one.spelling.startsWith(spelling) && optionOf(one.name).tier === tier);
    const first = fits[0];
    if (first === undefined) continue;
    if (fits.every((one) => one.name === first.name && one.off === first.off)) return first;
    const names = fits.map((one) => one.spelling).join(', ');
    throw cliError('argumentSyntax', `ambiguous option: ${spelling} could match ${names}`);
  }
  return undefined;
}

/** How messages name an option: all its spellings. */
export function displayName(name: OptionName): string {
  return optionOf(name).flags.join('/');
}
