// The options table: every option that the command knows, by the name under which the code reads it.
import { automationOptions } from './options/automation.ts';
import { deadOptions } from './options/dead.ts';
import { hookOptions } from './options/hooks.ts';
import { installerOptions } from './options/installers.ts';
import { ownOptions } from './options/own.ts';
import { pathOptions } from './options/paths.ts';
import { pluginOptions } from './options/plugins.ts';
import { securityOptions } from './options/security.ts';
import { testingOptions } from './options/testing.ts';
import { flag } from './option.ts';
import type { Option } from './option.ts';

/** All options. The order is the order of help pages and of stored renewal parameters. */
export const optionTable = {
  ...automationOptions,
  ...securityOptions,
  ...testingOptions,
  ...pathOptions,
  ...hookOptions,
  ...pluginOptions,
  ...installerOptions,
  ...ownOptions,
  updateRegistration: flag({ flags: ['--update-registration'], topics: ['register'], hidden: true, tier: 'dead', help: 'change the contacts of the existing account; today that is update_account' }),
  ...deadOptions,
} as const;

/** The name of an option in the code. */
export type OptionName = keyof typeof optionTable;

/** The value type of each option. */
export type Values = { readonly [Name in OptionName]: (typeof optionTable)[Name] extends Option<infer T> ? T : never };

/** All option names, in table order. */
export const optionNames = Object.keys(optionTable) as readonly OptionName[];

/** The row of an option, without its value type. */
export function optionOf(name: OptionName): Option {
  return optionTable[name];
}
