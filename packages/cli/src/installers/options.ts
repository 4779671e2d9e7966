// The options that belong to one installer, as its plugin names them: those that somebody set.
import { type OptionName, optionNames, optionOf } from '../args/table.ts';
import type { InstallerName } from '../settings/plugins.ts';
import type { Settings } from '../settings/settings.ts';

/** The installer's options that were set, by name. */
export function installerValues(name: InstallerName, { values }: Pick<Settings, 'values'>): Readonly<Partial<Record<OptionName, unknown>>> {
  const own = optionNames.filter((option) => optionOf(option).topics[0] === name && values[option] !== undefined);
  return Object.fromEntries(own.map((option) => [option, values[option]]));
}
